//! Adds changes of reviews to their product's ratings, each once.
//!
//! The ratings of a product are one document. Beside the totals it holds the ids of the changes in
//! them, so that a change that is there already is not added again. An id is forgotten when the
//! review no longer has the change as pending. A process may then still believe that it is: it has
//! read the review before. So forgetting increases the document's *epoch*, and a change is added
//! only under the epoch that was read **before** the process last saw the change as pending.

use std::collections::{BTreeMap, HashSet};

use domain::events::{DomainEvent, EventEnvelope, ReviewChanged};
use domain::reviews::{RatingDelta, RatingTotals};
use domain::{EventId, ProductId};
use futures::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use serde::Deserialize;

use super::pending::{PendingRow, decode_pending};
use super::{RATINGS, REVIEWS};
use crate::convert::object_id;
use crate::timeout::Deadline;
use crate::{Mongo, Result};

/// How many more changes are remembered before those that are no longer pending are forgotten. The
/// document is read and written with them; forgetting costs three commands.
const FORGET_EVERY: i64 = 64;

/// A product's ratings, as stored.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RatingsRow {
    count: i64,
    sum: i64,
    version: i64,
    stars: StarCounts,
    /// Increased when changes are forgotten.
    epoch: i64,
    /// The number of entries of `applied`.
    remembered: i64,
    /// The changes that are known to be in the totals, by event, with their reviews.
    pub(crate) applied: BTreeMap<String, ObjectId>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StarCounts {
    #[serde(rename = "1")]
    one: i64,
    #[serde(rename = "2")]
    two: i64,
    #[serde(rename = "3")]
    three: i64,
    #[serde(rename = "4")]
    four: i64,
    #[serde(rename = "5")]
    five: i64,
}

/// A product's ratings, and the epoch under which changes can be added to them.
#[derive(Clone, Copy, Debug)]
pub struct ProductRatings {
    pub totals: RatingTotals,
    pub epoch: i64,
}

impl RatingsRow {
    pub(crate) fn totals(&self) -> RatingTotals {
        let StarCounts { one, two, three, four, five } = self.stars;
        RatingTotals {
            count: self.count,
            sum: self.sum,
            version: self.version,
            histogram: [one, two, three, four, five],
        }
    }

    fn ratings(&self) -> ProductRatings {
        ProductRatings { totals: self.totals(), epoch: self.epoch }
    }

    fn has(&self, id: EventId) -> bool {
        self.applied.contains_key(&applied_key(id))
    }
}

/// The name of a change in `applied`.
pub(crate) fn applied_key(id: EventId) -> String {
    id.get().simple().to_string()
}

/// The current epoch of a product's ratings: whoever writes a review of it reads this first.
///
/// # Errors
/// When the store is unavailable.
pub async fn find_ratings_epoch(mongo: &Mongo, product: ProductId) -> Result<i64> {
    let ratings = mongo.reviews_collection::<RatingsRow>(RATINGS).await?;
    let found = ratings.find_one(doc! { "_id": product.get() }).projection(doc! { "epoch": 1 });
    Ok(Deadline::new().timed(found).await?.map(|row| row.epoch).unwrap_or_default())
}

/// Adds changes of reviews of one product to its ratings, as far as they are still pending and not
/// added yet; returns the ratings. `epoch` is the one that was read before the events were written;
/// without it, whether they are pending is read again.
///
/// # Errors
/// When the store is unavailable.
pub async fn apply_changes(
    mongo: &Mongo,
    product: ProductId,
    epoch: Option<i64>,
    events: &[EventEnvelope],
) -> Result<ProductRatings> {
    let deadline = Deadline::new();
    let changes: Vec<Change<'_>> = events.iter().filter_map(Change::of).collect();
    if changes.is_empty() {
        return Ok(read(mongo, deadline, product).await?.ratings());
    }
    if let Some(epoch) = epoch
        && let Some(ratings) = add(mongo, deadline, product, epoch, &changes).await?
    {
        return Ok(ratings);
    }
    loop {
        let now = read(mongo, deadline, product).await?;
        let pending = find_still_pending(mongo, deadline, &changes).await?;
        let missing: Vec<Change<'_>> =
            changes.iter().filter(|change| pending.contains(&change.id) && !now.has(change.id)).copied().collect();
        if missing.is_empty() {
            return Ok(now.ratings());
        }
        // Another process was faster, or has forgotten what it added: look again.
        if let Some(ratings) = add(mongo, deadline, product, now.epoch, &missing).await? {
            return Ok(ratings);
        }
    }
}

/// A change that moves its product's ratings.
#[derive(Clone, Copy)]
struct Change<'a> {
    id: EventId,
    review: &'a ReviewChanged,
    delta: RatingDelta,
}

impl<'a> Change<'a> {
    fn of(event: &'a EventEnvelope) -> Option<Self> {
        let DomainEvent::ReviewChanged(review) = &event.payload else { return None };
        let delta = review.rating_delta();
        (!delta.is_zero()).then_some(Self { id: event.event_id, review, delta })
    }
}

async fn read(mongo: &Mongo, deadline: Deadline, product: ProductId) -> Result<RatingsRow> {
    let ratings = mongo.reviews_collection::<RatingsRow>(RATINGS).await?;
    Ok(deadline.timed(ratings.find_one(doc! { "_id": product.get() })).await?.unwrap_or_default())
}

/// Adds all of these changes; `None` if one of them is there already, or the epoch is over.
async fn add(
    mongo: &Mongo,
    deadline: Deadline,
    product: ProductId,
    epoch: i64,
    changes: &[Change<'_>],
) -> Result<Option<ProductRatings>> {
    let mut filter = doc! { "_id": product.get(), "epoch": epoch };
    if epoch == 0 {
        // Documents of the previous version, and those that this makes, have none.
        filter.insert("epoch", doc! { "$in": [Bson::Null, Bson::Int64(0)] });
    }
    let mut applied = Document::new();
    for change in changes {
        let name = format!("applied.{}", applied_key(change.id));
        filter.insert(&name, doc! { "$exists": false });
        applied.insert(name, object_id(&change.review.review_id)?);
    }
    let ratings = mongo.reviews_collection::<RatingsRow>(RATINGS).await?;
    let update = ratings
        .find_one_and_update(filter, doc! { "$inc": increments(changes), "$set": applied })
        .projection(doc! { "applied": 0 })
        .upsert(true)
        .return_document(ReturnDocument::After);
    let row = match deadline.timed(update).await {
        Ok(Some(row)) => row,
        // MongoDB returns the document; SecantusDB did not, once, while two processes updated it.
        // Whether the changes are in is read again.
        Ok(None) => return Ok(None),
        // The filter did not match, so the document would have been inserted a second time.
        Err(error) if error.violates_unique_index("_id_") => return Ok(None),
        Err(error) => return Err(error),
    };
    let before = row.remembered - changes.len() as i64;
    if row.remembered / FORGET_EVERY == before / FORGET_EVERY {
        return Ok(Some(row.ratings()));
    }
    // The changes are in; if this fails, the next process that adds so many tries again.
    let forgotten = forget_completed(mongo, deadline, product).await;
    if let Err(error) = &forgotten {
        tracing::warn!(%error, "Completed changes of reviews could not be forgotten.");
    }
    let epoch = forgotten.ok().flatten().unwrap_or(row.epoch);
    Ok(Some(ProductRatings { epoch, ..row.ratings() }))
}

fn increments(changes: &[Change<'_>]) -> Document {
    let sum = |of: &dyn Fn(RatingDelta) -> i64| changes.iter().map(|change| of(change.delta)).sum::<i64>();
    let mut by = doc! {
        "count": sum(&RatingDelta::count_delta),
        "sum": sum(&RatingDelta::sum_delta),
        "version": 1_i64,
        "remembered": changes.len() as i64,
    };
    for stars in 1..=5 {
        by.insert(format!("stars.{stars}"), sum(&|delta| delta.histogram_delta(stars)));
    }
    by
}

/// Those of these changes that their reviews still have as pending.
async fn find_still_pending(mongo: &Mongo, deadline: Deadline, changes: &[Change<'_>]) -> Result<HashSet<EventId>> {
    let ids = changes.iter().map(|change| object_id(&change.review.review_id)).collect::<Result<Vec<ObjectId>>>()?;
    find_pending_of(mongo, deadline, ids).await
}

async fn find_pending_of(mongo: &Mongo, deadline: Deadline, reviews: Vec<ObjectId>) -> Result<HashSet<EventId>> {
    let collection = mongo.reviews_collection::<PendingRow>(REVIEWS).await?;
    let find = collection.find(doc! { "_id": { "$in": reviews } }).projection(doc! { "pending": 1 });
    let rows: Vec<PendingRow> = deadline.timed(async { find.await?.try_collect().await }).await?;
    Ok(rows.into_iter().flat_map(|row| decode_pending(row.pending).ids).collect())
}

/// Forgets the changes that are no longer pending anywhere; returns the new epoch, if this process
/// was the one to begin it.
async fn forget_completed(mongo: &Mongo, deadline: Deadline, product: ProductId) -> Result<Option<i64>> {
    let row = read(mongo, deadline, product).await?;
    // Read after the ids: a change was pending before it was added, and is never pending again.
    let pending = find_pending_of(mongo, deadline, row.applied.values().copied().collect()).await?;
    let pending: HashSet<String> = pending.into_iter().map(applied_key).collect();
    let completed: Document = row
        .applied
        .keys()
        .filter(|key| !pending.contains(*key))
        .map(|key| (format!("applied.{key}"), Bson::from("")))
        .collect();
    if completed.is_empty() {
        return Ok(None);
    }
    let ratings = mongo.reviews_collection::<Document>(RATINGS).await?;
    let mut same = doc! { "_id": product.get(), "epoch": row.epoch };
    if row.epoch == 0 {
        same.insert("epoch", doc! { "$in": [Bson::Null, Bson::Int64(0)] });
    }
    let by = doc! { "epoch": 1_i64, "remembered": -(completed.len() as i64) };
    let forget = ratings.update_one(same, doc! { "$unset": completed, "$inc": by });
    let begun = deadline.timed(forget).await?.modified_count == 1;
    Ok(begun.then_some(row.epoch + 1))
}
