//! The plan of a run.

use std::path::PathBuf;
use std::time::Duration;

use super::action_kind::{ActionKind, Weights};
use super::pace::{Pace, RunLimits};
use super::tolerance::Tolerance;
use crate::admin::Credentials;

/// The plan of a run.
#[derive(Clone, Debug)]
pub struct WorkloadPlan {
    /// Base URLs of servers of the same shop.
    pub urls: Vec<String>,
    /// The number of customers.
    pub users: usize,
    /// How their requests follow each other.
    pub pace: Pace,
    /// When the run ends.
    pub limits: RunLimits,
    /// How long requests that are pending at the end may take.
    pub drain_timeout: Duration,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// Determines what every customer does, as far as the shop's responses allow.
    pub seed: u64,
    /// How often each kind of request is chosen.
    pub weights: Weights,
    /// The share of purchases with a card that is slow, fails at first or loses its reply.
    pub faulty_card_share: f64,
    /// What is not unexpected.
    pub tolerance: Tolerance,
    /// Where acknowledgements are written.
    pub history: Option<PathBuf>,
    /// For what only an admin may do.
    pub admin: Option<Credentials>,
    /// How many products an admin adds to a shop that has none.
    pub seed_products: u32,
}

impl WorkloadPlan {
    /// The kinds that are skipped without an admin.
    pub(crate) fn skipped_kinds(&self, has_admin: bool) -> Vec<ActionKind> {
        ActionKind::BY_ADMIN.into_iter().filter(|_| !has_admin).collect()
    }
}
