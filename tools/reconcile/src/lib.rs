//! Holds all stores of a shop against each other: does it keep what it promises (I1 to I15)?
//!
//! A library for tests, which judge a shop that has come to rest exactly, and for an operator's
//! command, which may run on a living one. Reads pages of one moment where a store can keep it,
//! and never writes: its connections to Postgres are read only. What is under way is left out
//! and counted, see [`Moment`](moment).
//!
//! `read` gathers, `judge` judges: plain data in, findings out.

mod acknowledged;
mod bounds;
pub mod command;
pub mod history;
mod judge;
mod moment;
mod orders;
mod outboxes;
mod products;
mod read;
mod report;
mod reviews;
mod sessions;
mod stores;
mod text;

use domain::events::Queue;

use crate::moment::Moment;
use crate::read::Remembered;

pub use history::{Acknowledged, History};
pub use report::{Finding, Invariant, Report, Section};
pub use stores::{Away, Stores};

/// What a shop is judged by.
#[derive(Clone, Debug)]
pub struct Options {
    /// What clients were told, to be held against the stores (I5).
    pub history: Option<History>,
    /// For how long faults have been over, in seconds: nothing was killed, no store was away.
    /// What must be over by now is judged by it (I3, I6). Infinite where none is known of.
    pub quiet_seconds: f64,
    /// Whether the shop has come to rest: nobody buys, recovery has run, queues are drained. Then
    /// nothing is excused by being under way.
    pub settled: bool,
}

impl Default for Options {
    /// A living shop without known faults.
    fn default() -> Self {
        Self { history: None, quiet_seconds: f64::INFINITY, settled: false }
    }
}

impl Options {
    /// A shop that has come to rest.
    pub fn settled() -> Self {
        Self { settled: true, ..Self::default() }
    }
}

/// Reads all stores once and judges what it found.
///
/// # Errors
/// When a store is away, or holds what cannot be read: then nothing is said of any invariant.
pub async fn check(stores: &Stores, options: &Options) -> Result<Report, Away> {
    let mut report = Report::default();
    let depths = Box::pin(read::depths(stores)).await?;
    let moment = Box::pin(Moment::now(stores, options, &depths)).await?;
    report.add(Invariant::Queues, judge::queues::queues(&depths, &moment));
    for (queue, depth) in Queue::ALL.into_iter().zip(&depths) {
        report.note(Invariant::Queues, judge::queues::described(queue, *depth));
    }

    // Orders are read last: one that has not moved since the check began had not moved while
    // everything else about it was read. Each part is boxed: the drivers' futures nest deeply.
    let mut remembered = Box::pin(Remembered::read(stores)).await?;
    Box::pin(reviews::check(stores, &moment, &mut remembered, &mut report)).await?;
    let stock = Box::pin(orders::check(stores, &moment, &mut remembered, &mut report)).await?;
    Box::pin(products::check(stores, &moment, &mut remembered, stock, &mut report)).await?;
    Box::pin(outboxes::check(stores, &moment, &mut remembered, &mut report)).await?;
    Box::pin(bounds::check(stores, &moment, &mut report)).await?;
    Box::pin(sessions::check(stores, &mut report)).await?;
    let history = options.history.as_ref();
    Box::pin(acknowledged::check(stores, &moment, &remembered, history, &mut report)).await?;
    Ok(report)
}

/// As [`check`], for a shop that goes on selling: what looks violated is looked at once more
/// after `pause`, and stands only if it is found again.
///
/// # Errors
/// As [`check`].
pub async fn check_living(stores: &Stores, options: &Options, pause: std::time::Duration) -> Result<Report, Away> {
    let first = check(stores, options).await?;
    if first.holds() || options.settled {
        return Ok(first);
    }
    tokio::time::sleep(pause).await;
    Ok(check(stores, options).await?.confirmed_by(&first))
}
