//! Compares all stores of a shop with each other: does it keep its invariants (I1 to I15)?
//!
//! A library for tests, which check an idle shop exactly, and for an operator's command, which may
//! run on a running one. Reads pages of one moment if a store can provide that, and never writes:
//! its connections to Postgres are read only. Work in progress is skipped and counted, see
//! [`CheckContext`](check_context::CheckContext).
//!
//! The modules beside `rules` read, `rules` decides: plain data in, violations out.

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

/// The options of a check.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// The responses that clients got, to be compared with the stores (I5).
    pub history: Option<History>,
    /// How long faults have been over, in seconds: nothing was killed, no store was unavailable.
    /// What must be completed by now is checked by it (I3, I6). Infinite if no fault is known.
    pub seconds_since_fault: f64,
    /// Whether the shop is idle: no requests, recovery has run, queues are drained. Then nothing is
    /// excused by work in progress.
    pub quiescent: bool,
}

impl Default for CheckOptions {
    /// A running shop without known faults.
    fn default() -> Self {
        Self { history: None, seconds_since_fault: f64::INFINITY, quiescent: false }
    }
}

impl CheckOptions {
    /// An idle shop.
    pub fn quiescent() -> Self {
        Self { quiescent: true, ..Self::default() }
    }
}

/// Reads all stores once and checks the result.
///
/// # Errors
/// When a store is unavailable, or holds invalid data: then there is no result for any invariant.
pub async fn check(stores: &Stores, options: &CheckOptions) -> Result<InvariantReport, StoreError> {
    let mut report = InvariantReport::default();
    let depths = Box::pin(check_state::queue_depths(stores)).await?;
    let moment = Box::pin(CheckContext::new(stores, options, &depths)).await?;
    report.add_violations(Invariant::Queues, rules::queues::check_queues(&depths, &moment));
    for (queue, depth) in Queue::ALL.into_iter().zip(&depths) {
        report.add_note(Invariant::Queues, rules::queues::describe_queue(queue, *depth));
    }

    // Orders are read last: one that has not changed since the check began had not changed while
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

/// As [`check`], for a shop in use: a possible violation is checked once more after `pause`, and
/// reported only if it is found again.
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
