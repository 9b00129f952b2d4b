//! The check as a whole: each part reads what it needs and adds what it found to the report.

use domain::events::Queue;

use crate::check_context::CheckContext;
use crate::check_state::{self, CheckState};
use crate::options::CheckOptions;
use crate::report::{Invariant, InvariantReport};
use crate::stores::{StoreError, Stores};
use crate::{acknowledgements, address_books, orders, outboxes, products, recounts, retention, rules, sessions};

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
    Box::pin(address_books::check(stores, &mut report)).await?;
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
