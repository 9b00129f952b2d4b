//! Aggregates events into the rollups.
//!
//! An event is stored by one insert and counted later, together with others: in one transaction a
//! batch is marked as counted and its sums are added to the rollups. Two aggregations that include
//! the same event conflict, and one of them starts over; so each event counts once, whichever
//! process aggregates and however often. The batch is read before the transaction, which is
//! therefore three commands and a commit: what is read never changes, except for the mark.

use std::time::Duration;

use domain::UserId;
use domain::analytics::{EventEffect, PendingEvent, RollupDelta};
use futures::TryStreamExt;
use mongodb::bson::{DateTime, Document, Uuid, doc};
use mongodb::options::Hint;
use runtime::with_timeout;
use serde::Deserialize;
use tokio::time::Instant;

use crate::aggregation_batch::MAX_BATCH;
use crate::convert::{bson_time, timestamp};
use crate::error::WRITE_CONFLICT;
use crate::events::{EVENTS, PENDING_INDEX};
use crate::timeout::timed;
use crate::{Error, Mongo, Result, Transaction, TransactionError, rollup_writes};

/// Lines of orders counted in one transaction of [`MAX_BATCH`] events, and of a smaller one as many
/// fewer: each is a document of its own in the rollups.
const MAX_ORDER_LINES: usize = 1_000;
/// The most events that are counted for someone who waits for the totals.
const READER_BATCH: i64 = 200;
/// How long that may take.
const READER_TIMEOUT: Duration = Duration::from_secs(1);

/// The progress of an aggregation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AggregationProgress {
    pub events: usize,
    /// Whether nothing was left.
    pub finished: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PendingRow {
    #[serde(rename = "_id")]
    id: Uuid,
    user_id: Option<i32>,
    event_type: String,
    timestamp: DateTime,
    effect: Option<EventEffect>,
}

/// Counts pending events, batch by batch, for about as long as `budget`. After a batch that took
/// too long the next one is half as large, also in the next aggregation of this process.
///
/// # Errors
/// When the store is unavailable; what was counted stays counted.
pub async fn aggregate_pending(mongo: &Mongo, budget: Duration) -> Result<AggregationProgress, TransactionError> {
    let until = Instant::now() + budget;
    let mut progress = AggregationProgress::default();
    let batch = mongo.aggregation_batch();
    let _guard = batch.lock().await;
    loop {
        let rows = batch.size() * batch.read_ahead(budget);
        let outcome = match find_pending(mongo, rows).await {
            Ok(pending) if pending.is_empty() => return Ok(AggregationProgress { finished: true, ..progress }),
            Ok(pending) => aggregate_batches(mongo, pending, until, &mut progress).await,
            Err(failed) => Err(failed.into()),
        };
        match outcome {
            Ok(()) => {}
            Err(TransactionError::Store(Error::TimedOut(_))) if batch.size() > 1 => batch.halve(),
            Err(failed) => return Err(failed),
        }
        if Instant::now() >= until {
            return Ok(progress);
        }
    }
}

/// Counts a few pending events for someone who waits for the totals, so that they see what has just
/// happened. Whoever waits does not work off a backlog: after one was found, this process leaves
/// everything to the scheduled aggregation until that has run.
///
/// # Errors
/// When the store is unavailable.
pub async fn aggregate_for_reader(mongo: &Mongo) -> Result<AggregationProgress, TransactionError> {
    let batch = mongo.aggregation_batch();
    if batch.has_backlog() {
        return Ok(AggregationProgress::default());
    }
    let some = async {
        let _guard = batch.lock().await;
        let (size, mut progress) = (batch.size().min(READER_BATCH), AggregationProgress::default());
        // Again only after another aggregation has counted some of them.
        while progress.events == 0 {
            let pending = find_pending(mongo, size + 1).await?;
            if pending.is_empty() {
                break;
            }
            if pending.len() as i64 > size {
                return Ok(progress);
            }
            aggregate_batches(mongo, pending, Instant::now(), &mut progress).await?;
        }
        Ok::<_, TransactionError>(AggregationProgress { finished: true, ..progress })
    };
    let progress = match with_timeout(READER_TIMEOUT, some).await {
        Ok(Ok(progress)) => progress,
        Ok(Err(TransactionError::Store(Error::TimedOut(_)))) | Err(_) => AggregationProgress::default(),
        Ok(Err(failed)) => return Err(failed),
    };
    if !progress.finished {
        batch.record_backlog();
    }
    Ok(progress)
}

/// Pending events in the order of their users: those of one user change the same rollups.
async fn find_pending(mongo: &Mongo, rows: i64) -> Result<Vec<PendingRow>> {
    let events = mongo.analytics_collection::<PendingRow>(EVENTS).await?;
    let counting = doc! { "userId": 1, "eventType": 1, "timestamp": 1, "effect": 1 };
    // The index begins with another field than this filter, so a planner takes it only when told.
    let find = events.find(doc! { "counted": false }).hint(Hint::Name(PENDING_INDEX.to_owned()));
    let find = find.projection(counting).limit(rows);
    timed(async { find.await?.try_collect().await }).await
}

/// Counts these events until `until`, at least one batch; or fewer if another aggregation has
/// counted some of them.
async fn aggregate_batches(
    mongo: &Mongo,
    mut pending: Vec<PendingRow>,
    until: Instant,
    progress: &mut AggregationProgress,
) -> Result<(), TransactionError> {
    let batch = mongo.aggregation_batch();
    while !pending.is_empty() {
        let rest = pending.split_off(fitting(&pending, batch.size()));
        let mut attempt = mongo.transaction_retry();
        let mut tx = attempt.begin().await?;
        let outcome = count_batch(&mut tx, &pending, bson_time(mongo.clock().now())).await;
        match attempt.commit_or_retry(tx, outcome.map_err(TransactionError::from)).await {
            Ok(Some(())) => progress.events += pending.len(),
            Ok(None) => return Ok(()),
            // The same, however long it took to find out.
            Err(TransactionError::Store(error)) if error.is_transient() => return Ok(()),
            Err(failed) => return Err(failed),
        }
        batch.grow();
        if Instant::now() >= until {
            return Ok(());
        }
        pending = rest;
    }
    Ok(())
}

/// How many of these events are one batch of `size`.
fn fitting(pending: &[PendingRow], size: i64) -> usize {
    let (mut lines, most) = (0, MAX_ORDER_LINES * size as usize / MAX_BATCH as usize);
    let fits = |row: &&PendingRow| {
        lines += row.effect.as_ref().map_or(0, |effect| effect.sold.len());
        lines <= most
    };
    // The first one always fits.
    pending.iter().take(size as usize).take_while(fits).count().max(1)
}

async fn count_batch(tx: &mut Transaction, batch: &[PendingRow], now: DateTime) -> Result<()> {
    mark_counted(tx, batch, now).await?;
    let mut delta = RollupDelta::default();
    for row in batch {
        delta.add(PendingEvent {
            user_id: row.user_id.map(UserId::new),
            event_type: row.event_type.clone(),
            timestamp: timestamp(row.timestamp),
            effect: row.effect.clone(),
        });
    }
    rollup_writes::add(tx, &mut delta).await
}

async fn mark_counted(tx: &mut Transaction, batch: &[PendingRow], now: DateTime) -> Result<()> {
    let ids: Vec<Uuid> = batch.iter().map(|row| row.id).collect();
    let events = tx.analytics_collection::<Document>(EVENTS).await?;
    let theirs = doc! { "_id": { "$in": ids }, "counted": false };
    let marked =
        events.update_many(theirs, doc! { "$set": { "counted": true, "countedAt": now } }).session(&mut tx.session);
    // Servers report a concurrent aggregation as a conflict; fewer modified documents mean that it
    // came first.
    let all = tx.deadline.timed(marked).await?.modified_count == batch.len() as u64;
    if all { Ok(()) } else { Err(Error::WriteRejected(WRITE_CONFLICT)) }
}
