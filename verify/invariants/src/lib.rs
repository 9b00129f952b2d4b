//! Holds all stores of a shop against each other: does it keep what it promises (I1 to I15)?
//!
//! A library for tests, which judge a shop that has come to rest exactly, and for an operator's
//! command, which may run on a living one. Reads pages of one moment where a store can keep it,
//! and never writes: its connections to Postgres are read only. What is under way is left out
//! and counted, see [`Moment`](moment).
//!
//! `read` gathers, `judge` judges: plain data in, findings out.

mod acknowledgements;
mod check_context;
mod check_state;
pub mod command;
pub mod history;
mod orders;
mod outboxes;
mod products;
mod recounts;
mod report;
mod report_text;
mod retention;
mod rules;
mod sessions;
mod stores;

use domain::events::Queue;

use crate::check_context::CheckContext;
use crate::check_state::CheckState;

pub use history::{Acknowledged, History};
pub use report::{Invariant, InvariantReport, InvariantSection, Violation};
pub use stores::{StoreError, Stores};

/// What a shop is judged by.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// What clients were told, to be held against the stores (I5).
    pub history: Option<History>,
    /// For how long faults have been over, in seconds: nothing was killed, no store was away.
    /// What must be over by now is judged by it (I3, I6). Infinite where none is known of.
    pub seconds_since_fault: f64,
    /// Whether the shop has come to rest: nobody buys, recovery has run, queues are drained. Then
    /// nothing is excused by being under way.
    pub quiescent: bool,
}

impl Default for CheckOptions {
    /// A living shop without known faults.
    fn default() -> Self {
        Self { history: None, seconds_since_fault: f64::INFINITY, quiescent: false }
    }
}

impl CheckOptions {
    /// A shop that has come to rest.
    pub fn quiescent() -> Self {
        Self { quiescent: true, ..Self::default() }
    }
}

/// Reads all stores once and judges what it found.
///
/// # Errors
/// When a store is away, or holds what cannot be read: then nothing is said of any invariant.
pub async fn check(stores: &Stores, options: &CheckOptions) -> Result<InvariantReport, StoreError> {
    let mut report = InvariantReport::default();
    let depths = Box::pin(check_state::queue_depths(stores)).await?;
    let moment = Box::pin(CheckContext::new(stores, options, &depths)).await?;
    report.add_violations(Invariant::Queues, rules::queues::check_queues(&depths, &moment));
    for (queue, depth) in Queue::ALL.into_iter().zip(&depths) {
        report.add_note(Invariant::Queues, rules::queues::describe_queue(queue, *depth));
    }

    // Orders are read last: one that has not moved since the check began had not moved while
    // everything else about it was read. Each part is boxed: the drivers' futures nest deeply.
    let mut remembered = Box::pin(CheckState::load(stores)).await?;
    Box::pin(recounts::check(stores, &moment, &mut remembered, &mut report)).await?;
    let stock = Box::pin(orders::check(stores, &moment, &mut remembered, &mut report)).await?;
    Box::pin(products::check(stores, &moment, &mut remembered, stock, &mut report)).await?;
    Box::pin(outboxes::check(stores, &moment, &mut remembered, &mut report)).await?;
    Box::pin(retention::check(stores, &moment, &mut report)).await?;
    Box::pin(sessions::check(stores, &mut report)).await?;
    let history = options.history.as_ref();
    Box::pin(acknowledgements::check(stores, &moment, &remembered, history, &mut report)).await?;
    Ok(report)
}

/// As [`check`], for a shop that goes on selling: what looks violated is looked at once more
/// after `pause`, and stands only if it is found again.
///
/// # Errors
/// As [`check`].
pub async fn check_live(
    stores: &Stores,
    options: &CheckOptions,
    pause: std::time::Duration,
) -> Result<InvariantReport, StoreError> {
    let first = check(stores, options).await?;
    if first.holds() || options.quiescent {
        return Ok(first);
    }
    tokio::time::sleep(pause).await;
    Ok(check(stores, options).await?.confirmed_by(&first))
}
