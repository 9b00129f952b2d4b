//! What a figure should be. The rates are multiples of what the same use cases reached in Express
//! and Flask on the same kind of machine and stores; all others are ratios within one run.

use super::Figures;
use crate::baseline::Baseline;

/// One goal of a use case.
#[derive(Clone, Copy)]
pub(super) enum Goal {
    /// Requests per second.
    Rate(f64),
    /// CPU milliseconds of the server.
    App(f64),
    /// The server's CPU time as a multiple of a bare password hash.
    Hashes(f64),
    /// The stores' CPU time as a multiple of MongoDB's for a bare insert.
    Inserts(f64),
    /// The 99th percentile as a multiple of the median.
    Tail(f64),
    /// CPU time of server and stores as a multiple of another use case's, which is the first number, in
    /// milliseconds.
    Of(f64, f64),
}

impl Goal {
    /// The goal, what was reached where that is no column of its own, and `!` if it is missed.
    pub(super) fn judge(self, figures: &Figures, floor: &Baseline) -> String {
        let at_most = |figure: f64, most: f64| if figure > most { "!" } else { "" };
        match self {
            Self::Rate(least) => format!("requests/s ≥ {least:.0}{}", at_most(least, figures.rate)),
            Self::App(most) => format!("app ≤ {most:.1}{}", at_most(figures.app, most)),
            Self::Hashes(most) => {
                let is = figures.app / floor.hash;
                format!("app {is:.2} ≤ {most:.2} hashes{}", at_most(is, most))
            }
            Self::Inserts(most) => {
                let is = figures.store.total() / floor.insert_store;
                format!("store {is:.1} ≤ {most:.1} inserts{}", at_most(is, most))
            }
            Self::Of(base, most) => {
                let is = figures.cpu() / base;
                format!("app + store {is:.2} ≤ {most:.2} × plain{}", at_most(is, most))
            }
            Self::Tail(most) => {
                let is = figures.p99 / figures.p50;
                format!("p99 {is:.1} ≤ {most:.1} × p50{}", at_most(is, most))
            }
        }
    }
}
