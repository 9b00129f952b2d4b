//! Changes of reviews that are not known yet to be in the ratings and in the outbox.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::events::{DomainEvent, EventEnvelope, ReviewChangeKind, ReviewChanged};
use domain::reviews::rating_event;
use domain::{EventId, ProductId, Timestamp};
use futures::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, Uuid, doc};
use runtime::metrics;
use serde::Deserialize;
use tokio::time::Instant;

use super::{REVIEWS, apply_changes};
use crate::convert::{bson_time, bson_uuid, event_id, object_id, timestamp};
use crate::outbox::{PUBLISH_GRACE_SECONDS, store_unsent};
use crate::timeout::{Deadline, timed};
use crate::{Mongo, Result};

/// Reviews completed at once.
const PAGE_SIZE: i64 = 100;
/// How long one run may complete reviews; the next one continues.
const COMPLETION_TIME_LIMIT: Duration = Duration::from_secs(10);

/// An event, as its review holds it.
#[derive(Deserialize)]
pub(crate) struct PendingEvent {
    id: Uuid,
    body: String,
}

/// A review's pending events.
#[derive(Deserialize)]
pub(crate) struct PendingRow {
    #[serde(rename = "_id")]
    pub(crate) id: ObjectId,
    #[serde(default)]
    pub(crate) pending: Vec<PendingEvent>,
    /// The time of the oldest one.
    #[serde(rename = "pendingSince")]
    pub(crate) since: Option<DateTime>,
}

/// Pending events that could be decoded, and the ids of all.
pub(crate) struct DecodedEvents {
    pub(crate) ids: Vec<EventId>,
    pub(crate) events: Vec<EventEnvelope>,
}

/// An event in the form of [`PendingEvent`].
pub(crate) fn pending_event(event: &EventEnvelope) -> Document {
    // Events are plain data: they always have a JSON form.
    doc! { "id": bson_uuid(event.event_id), "body": serde_json::to_string(event).unwrap_or_default() }
}

pub(crate) fn decode_pending(pending: Vec<PendingEvent>) -> DecodedEvents {
    let ids = pending.iter().map(|event| event_id(event.id)).collect();
    let events = pending.iter().filter_map(|event| serde_json::from_str(&event.body).ok()).collect();
    DecodedEvents { ids, events }
}

/// Removes events from their reviews, once they are in the ratings and in the outbox. A deleted
/// review's document is removed with its last one.
///
/// # Errors
/// When the store is unavailable.
pub async fn clear_pending(mongo: &Mongo, completed: &[EventEnvelope]) -> Result<()> {
    let (mut kept, mut deleted) = (BTreeSet::new(), BTreeSet::new());
    for review in completed.iter().filter_map(changed_review) {
        let of_its_kind = if review.change == ReviewChangeKind::Deleted { &mut deleted } else { &mut kept };
        of_its_kind.insert(object_id(&review.review_id)?);
    }
    let ids: Vec<Uuid> = completed.iter().map(|event| bson_uuid(event.event_id)).collect();
    let (deadline, reviews) = (Deadline::new(), mongo.reviews_collection::<Document>(REVIEWS).await?);
    // Almost all have one pending event, and this one command is all that they cost.
    let only = |of: &BTreeSet<ObjectId>| {
        let of: Vec<ObjectId> = of.iter().copied().collect();
        doc! { "_id": { "$in": of }, "pending.1": { "$exists": false }, "pending.id": { "$in": &ids } }
    };
    let mut cleared = 0;
    if !kept.is_empty() {
        let clear = doc! { "$unset": { "pending": "", "pendingSince": "" } };
        cleared += deadline.timed(reviews.update_many(only(&kept), clear)).await?.modified_count;
    }
    if !deleted.is_empty() {
        let mut gone = only(&deleted);
        gone.insert("productId", doc! { "$exists": false });
        cleared += deadline.timed(reviews.delete_many(gone)).await?.deleted_count;
    }
    if cleared == (kept.len() + deleted.len()) as u64 {
        return Ok(());
    }
    clear_some(mongo, deadline, kept.union(&deleted).copied().collect(), &ids).await
}

/// The same for reviews that may have other pending events as well.
async fn clear_some(mongo: &Mongo, deadline: Deadline, of: Vec<ObjectId>, ids: &[Uuid]) -> Result<()> {
    let reviews = mongo.reviews_collection::<Document>(REVIEWS).await?;
    let pull = doc! { "$pull": { "pending": { "id": { "$in": ids } } } };
    deadline.timed(reviews.update_many(doc! { "_id": { "$in": &of } }, pull)).await?;
    let none_left = doc! { "_id": { "$in": &of }, "pending": { "$size": 0 } };
    let mut gone = none_left.clone();
    gone.insert("productId", doc! { "$exists": false });
    deadline.timed(reviews.delete_many(gone)).await?;
    let clear = doc! { "$unset": { "pending": "", "pendingSince": "" } };
    deadline.timed(reviews.update_many(none_left, clear)).await.map(drop)
}

fn changed_review(event: &EventEnvelope) -> Option<&ReviewChanged> {
    let DomainEvent::ReviewChanged(review) = &event.payload else { return None };
    Some(review)
}

/// Completes the changes of reviews whose process had time to do it and did not: adds them to the
/// ratings, and moves their events to the outbox, from which they are sent (again). Returns how
/// many reviews are complete. What cannot be completed does not stop the others.
///
/// # Errors
/// When the store is unavailable; the next run continues.
pub async fn complete_pending(mongo: &Mongo) -> Result<usize> {
    let until = Instant::now() + COMPLETION_TIME_LIMIT;
    let settled = bson_time(mongo.clock().now().plus_seconds(-PUBLISH_GRACE_SECONDS));
    let (mut completed, mut after, mut failed) = (0, DateTime::from_millis(0), None);
    loop {
        let page = find_pending(mongo, after, settled).await?;
        let (full, last) = (page.len() as i64 == PAGE_SIZE, page.last().and_then(|row| row.since));
        for (product, (reviews, events)) in group_by_product(page) {
            match complete(mongo, product, &reviews, &events).await {
                Ok(()) => completed += reviews.len(),
                Err(error) => failed = Some(failed.unwrap_or(error)),
            }
        }
        match last {
            Some(last) if full && Instant::now() < until => after = last,
            _ => return failed.map_or(Ok(completed), Err),
        }
    }
}

async fn find_pending(mongo: &Mongo, after: DateTime, until: DateTime) -> Result<Vec<PendingRow>> {
    let reviews = mongo.reviews_collection::<PendingRow>(REVIEWS).await?;
    let find = reviews
        .find(doc! { "pendingSince": { "$gt": after, "$lt": until } })
        .projection(doc! { "pending": 1, "pendingSince": 1 })
        .sort(doc! { "pendingSince": 1 })
        .limit(PAGE_SIZE);
    timed(async { find.await?.try_collect().await }).await
}

/// When the oldest pending event was written.
pub(crate) async fn oldest_pending(mongo: &Mongo) -> Result<Option<Timestamp>> {
    let reviews = mongo.reviews_collection::<PendingRow>(REVIEWS).await?;
    let find = reviews.find_one(doc! { "pendingSince": { "$gt": DateTime::from_millis(0) } });
    let oldest = find.projection(doc! { "pendingSince": 1 }).sort(doc! { "pendingSince": 1 });
    Ok(timed(oldest).await?.and_then(|row| row.since).map(timestamp))
}

/// The reviews of each product, and their events; `None` for reviews whose events are all gone.
type PendingByProduct = BTreeMap<Option<ProductId>, (Vec<ObjectId>, Vec<EventEnvelope>)>;

fn group_by_product(page: Vec<PendingRow>) -> PendingByProduct {
    let mut groups = PendingByProduct::new();
    for row in page {
        let DecodedEvents { ids, events } = decode_pending(row.pending);
        if events.len() < ids.len() {
            metrics::OUTBOX_UNREADABLE.increment_by(ids.len() - events.len());
            tracing::error!(review.id = %row.id, "A review has pending events that this version cannot decode; it is skipped.");
            continue;
        }
        let product = events.iter().find_map(|event| changed_review(event).map(|review| review.product_id));
        let (reviews, all) = groups.entry(product).or_default();
        reviews.push(row.id);
        all.extend(events);
    }
    groups
}

async fn complete(
    mongo: &Mongo,
    product: Option<ProductId>,
    reviews: &[ObjectId],
    events: &[EventEnvelope],
) -> Result<()> {
    if let Some(product) = product {
        let ratings = apply_changes(mongo, product, None, events).await?;
        let mut unsent = events.to_vec();
        unsent.extend(rating_event(product, &ratings.totals, events));
        store_unsent(mongo, &unsent).await?;
    }
    let ids: Vec<Uuid> = events.iter().map(|event| bson_uuid(event.event_id)).collect();
    clear_some(mongo, Deadline::new(), reviews.to_vec(), &ids).await
}
