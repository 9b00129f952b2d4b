//! Writes changes of reviews, adds them to the ratings, and publishes their events: each step for
//! all requests that wait for it.
//!
//! Once the first write has succeeded, the request has: whatever fails after it is completed by
//! recovery.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::events::EventEnvelope;
use domain::reviews::{RatingTotals, Review};
use domain::{Problem, ProductId};
use futures::future::{join_all, try_join_all};
use queue::Queues;
use runtime::with_timeout;
use store_mongo::{Mongo, reviews};
use tokio::time::Instant;

use crate::group_commit::GroupCommit;
use crate::publisher::{Publisher, Written};

/// How long a request waits for its write, that of the batch before it included.
const WRITE_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a batch may take until its changes are in the ratings; recovery adds the rest.
const BATCH_TIMEOUT: Duration = Duration::from_secs(2);
/// The maximum number of products whose epoch is remembered.
const MAX_EPOCHS: usize = 4_096;

/// A write of a review, with its event.
pub(crate) struct ReviewWrite {
    pub(crate) change: ReviewChange,
    pub(crate) event: EventEnvelope,
}

pub(crate) enum ReviewChange {
    Insert(Review),
    Update {
        seen: Review,
        changed: Review,
    },
    /// Of a review as it was seen.
    Delete(Review),
}

/// What became of a write that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteOutcome {
    Done,
    /// The author has reviewed the product already.
    Duplicate,
    /// The review is no longer as it was seen.
    Outdated,
}

/// What became of a write, and what is to be published.
type BatchOutcome = Result<(WriteOutcome, Option<Written>), Problem>;

#[derive(Clone)]
pub(crate) struct ReviewWriter {
    mongo: Mongo,
    publisher: Publisher,
    writes: GroupCommit<ReviewWrite, BatchOutcome>,
    epochs: Epochs,
}

/// The epochs of ratings as this process knows them. An outdated one costs two reads.
#[derive(Clone, Default)]
struct Epochs(Arc<Mutex<HashMap<ProductId, i64>>>);

impl Epochs {
    fn get(&self, product: ProductId) -> Option<i64> {
        self.lock().get(&product).copied()
    }

    fn set(&self, product: ProductId, epoch: i64) {
        let mut known = self.lock();
        if known.len() >= MAX_EPOCHS {
            known.clear();
        }
        known.insert(product, epoch);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ProductId, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReviewWriter {
    pub(crate) fn new(mongo: Mongo, queues: Queues) -> Self {
        let publisher = Publisher::new(mongo.clone(), queues);
        Self { mongo, publisher, writes: GroupCommit::default(), epochs: Epochs::default() }
    }

    /// Reads what a write of a review of this product needs first, unless it is known.
    pub(crate) async fn prepare(&self, product: ProductId) -> Result<(), Problem> {
        if self.epochs.get(product).is_none() {
            self.epochs.set(product, reviews::find_ratings_epoch(&self.mongo, product).await?);
        }
        Ok(())
    }

    /// Makes a write, adds it to the ratings and publishes its event.
    pub(crate) async fn write(&self, write: ReviewWrite) -> Result<WriteOutcome, Problem> {
        let run = |batch| run_batch(self.clone(), batch);
        let answer = with_timeout(WRITE_TIMEOUT, self.writes.submit(write, run)).await;
        let answer = answer.map_err(Problem::unavailable)?;
        let (outcome, written) = answer.ok_or_else(|| Problem::internal("a batch of reviews ended in a panic"))??;
        if let Some(written) = written {
            self.publisher.publish(written).await;
        }
        Ok(outcome)
    }
}

async fn run_batch(writer: ReviewWriter, batch: Vec<ReviewWrite>) -> Vec<BatchOutcome> {
    let began = Instant::now();
    // Before the first write: see `reviews::apply_changes`.
    let products: BTreeSet<ProductId> = batch.iter().map(ReviewWrite::product).collect();
    if let Err(problem) = try_join_all(products.into_iter().map(|product| writer.prepare(product))).await {
        return batch.iter().map(|_| Err(Problem::unavailable(&problem))).collect();
    }
    let mut outcomes = write_all(&writer.mongo, &batch).await;
    let mut changes: BTreeMap<ProductId, Vec<EventEnvelope>> = BTreeMap::new();
    for written in outcomes.iter().flatten().filter_map(|(_, written)| written.as_ref()) {
        changes.entry(written.product).or_default().extend(written.events.iter().cloned());
    }
    let left = BATCH_TIMEOUT.saturating_sub(began.elapsed());
    let applied = changes.into_iter().map(|(product, events)| {
        let writer = &writer;
        async move { (product, apply(writer, product, &events, left).await) }
    });
    let totals: BTreeMap<ProductId, Option<RatingTotals>> = join_all(applied).await.into_iter().collect();
    for (_, written) in outcomes.iter_mut().flatten() {
        // What is not in the ratings must not be published: recovery does both.
        *written = written.take().and_then(|written| {
            let totals = totals.get(&written.product).copied().flatten()?;
            Some(Written { totals, ..written })
        });
    }
    outcomes
}

/// Adds changes to the ratings of their product; `None` leaves that to recovery.
async fn apply(
    writer: &ReviewWriter,
    product: ProductId,
    events: &[EventEnvelope],
    left: Duration,
) -> Option<RatingTotals> {
    let applying = reviews::apply_changes(&writer.mongo, product, writer.epochs.get(product), events);
    let applied = with_timeout(left, applying).await.map_err(store_mongo::Error::from).flatten();
    match applied {
        Ok(ratings) => {
            writer.epochs.set(product, ratings.epoch);
            Some(ratings.totals)
        }
        Err(error) => {
            tracing::warn!(%error, events = events.len(), "Accepted reviews are not in the ratings yet; recovery adds them.");
            None
        }
    }
}

/// Makes the writes: new reviews in one command, changes side by side.
async fn write_all(mongo: &Mongo, batch: &[ReviewWrite]) -> Vec<BatchOutcome> {
    let new = batch.iter().filter_map(|write| match &write.change {
        ReviewChange::Insert(review) => Some((review.clone(), write.event.clone())),
        _ => None,
    });
    let new: Vec<(Review, EventEnvelope)> = new.collect();
    let changes = batch.iter().filter(|write| !matches!(write.change, ReviewChange::Insert(_)));
    let insert = async { if new.is_empty() { Ok(Vec::new()) } else { reviews::insert_all(mongo, &new).await } };
    let (inserted, changed) = tokio::join!(insert, join_all(changes.map(|write| change(mongo, write))));
    let inserted: Vec<BatchOutcome> = match inserted {
        Ok(all) => {
            new.iter().zip(all).map(|((review, event), insertion)| Ok(written_new(review, event, insertion))).collect()
        }
        Err(error) => {
            let problem =
                |_| if error.is_unavailable() { Problem::unavailable(&error) } else { Problem::internal(&error) };
            new.iter().map(problem).map(Err).collect()
        }
    };
    let (mut inserted, mut changed) = (inserted.into_iter(), changed.into_iter());
    let in_order = batch.iter().filter_map(|write| match write.change {
        ReviewChange::Insert(_) => inserted.next(),
        _ => changed.next(),
    });
    in_order.collect()
}

fn written_new(
    review: &Review,
    event: &EventEnvelope,
    insertion: reviews::Insertion,
) -> (WriteOutcome, Option<Written>) {
    match insertion {
        reviews::Insertion::Inserted => {
            (WriteOutcome::Done, Some(Written::new(review.product_id, vec![event.clone()])))
        }
        reviews::Insertion::Duplicate => (WriteOutcome::Duplicate, None),
    }
}

async fn change(mongo: &Mongo, write: &ReviewWrite) -> BatchOutcome {
    let pending = match &write.change {
        ReviewChange::Update { seen, changed } => reviews::update(mongo, seen, changed, &write.event).await?,
        ReviewChange::Delete(seen) => reviews::delete(mongo, seen, &write.event).await?,
        ReviewChange::Insert(_) => return Err(Problem::internal("a new review is no change")),
    };
    Ok(match pending {
        // Those of an earlier change that a crash left are completed with this one.
        Some(events) => (WriteOutcome::Done, Some(Written::new(write.product(), events))),
        None => (WriteOutcome::Outdated, None),
    })
}

impl ReviewWrite {
    fn product(&self) -> ProductId {
        match &self.change {
            ReviewChange::Insert(review) | ReviewChange::Delete(review) => review.product_id,
            ReviewChange::Update { seen, .. } => seen.product_id,
        }
    }
}
