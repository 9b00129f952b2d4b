//! reviewdb: the reviews, the ratings aggregated from them, and the outbox.

use std::collections::{BTreeMap, HashSet};

use domain::events::EventEnvelope;
use domain::reviews::RatingTotals;
use domain::{EventId, ProductId, ReviewId, Timestamp, UserId};
use futures::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, Uuid, deserialize_from_document, doc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::pages::{existing_ids, find_page};
use crate::convert::{bson_uuid, event_id, object_id, timestamp};
use crate::outbox::OUTBOX;
use crate::reviews::{DecodedEvents, PendingRow, RATINGS, REVIEWS, RatingsRow, decode_pending};
use crate::timeout::timed_scan;
use crate::{Error, Mongo, Result};

/// Ratings, or reviews with pending events, read at once.
const PAGE_SIZE: i64 = 1_000;

/// The fields of a review that the checks need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRecord {
    pub id: ReviewId,
    pub product: ProductId,
    pub user: UserId,
    /// From 1 to 5 stars.
    pub rating: i64,
    /// Whether it was never edited.
    pub unchanged: bool,
    /// Whether it is marked as a verified purchase.
    pub verified: bool,
    pub created_at: Timestamp,
}

/// A document of a review.
#[derive(Clone, Debug)]
pub struct StoredReview {
    pub id: ReviewId,
    /// `None` if it was deleted, and has pending events.
    pub review: Option<ReviewRecord>,
    pub pending: Vec<PendingRecord>,
}

/// An event that a review holds until it is in the ratings and in the outbox.
#[derive(Clone, Debug)]
pub struct PendingRecord {
    pub id: EventId,
    /// `None` if it cannot be decoded.
    pub event: Option<EventEnvelope>,
    /// When the review's oldest one was written.
    pub since: Timestamp,
}

/// A product's ratings.
#[derive(Clone, Debug, Default)]
pub struct RatingsRecord {
    pub totals: RatingTotals,
    /// The changes that are known to be in them.
    pub applied: HashSet<EventId>,
}

/// A document of the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRecord {
    /// The id by which consumers deduplicate.
    pub id: EventId,
    /// `None` if the document cannot be decoded.
    pub event: Option<EventEnvelope>,
    /// By the clock of the function that wrote it.
    pub created_at: Timestamp,
    /// When it was last handed to its queues.
    pub sent_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewRow {
    product_id: i32,
    user_id: i32,
    rating: i64,
    created_at: DateTime,
    updated_at: DateTime,
    #[serde(default)]
    verified_purchase: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OutboxRow {
    #[serde(rename = "_id")]
    id: Uuid,
    body: String,
    created_at: DateTime,
    sent: bool,
    sent_at: Option<DateTime>,
}

fn review_fields() -> Document {
    doc! {
        "productId": 1, "userId": 1, "rating": 1, "createdAt": 1, "updatedAt": 1, "verifiedPurchase": 1,
        "pending": 1, "pendingSince": 1,
    }
}

/// Reviews with ids after `after`, in order, without their comments.
///
/// # Errors
/// When the store is unavailable.
pub async fn list_reviews(mongo: &Mongo, after: Option<&ReviewId>, limit: i64) -> Result<Vec<StoredReview>> {
    let reviews = mongo.reviews_collection::<Document>(REVIEWS).await?;
    let after = after.map(object_id).transpose()?;
    let rows = find_page(&reviews, doc! {}, after.map(Bson::from), review_fields(), limit).await?;
    rows.into_iter().map(to_stored_review).collect()
}

/// Those of these reviews that exist.
///
/// # Errors
/// When the store is unavailable.
pub async fn find_reviews(mongo: &Mongo, ids: &[ReviewId]) -> Result<Vec<ReviewRecord>> {
    let reviews = mongo.reviews_collection::<Document>(REVIEWS).await?;
    let ids = ids.iter().map(object_id).collect::<Result<Vec<ObjectId>>>()?;
    let find = reviews.find(doc! { "_id": { "$in": ids } }).projection(review_fields());
    let rows: Vec<Document> = timed_scan(async { find.await?.try_collect().await }).await?;
    rows.into_iter().filter_map(|row| to_stored_review(row).map(|stored| stored.review).transpose()).collect()
}

/// All products' ratings: one small document each.
///
/// # Errors
/// When the store is unavailable.
pub async fn load_ratings(mongo: &Mongo) -> Result<BTreeMap<ProductId, RatingsRecord>> {
    let ratings = mongo.reviews_collection::<Document>(RATINGS).await?;
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let rows = find_page(&ratings, doc! {}, after, doc! {}, PAGE_SIZE).await?;
        let full = rows.len() as i64 == PAGE_SIZE;
        after = rows.last().and_then(|row| row.get("_id").cloned());
        for row in rows {
            let product = row.get_i32("_id").map_err(|error| Error::InvalidDocument(error.to_string()))?;
            let row: RatingsRow = decode(row)?;
            let applied = row.applied.keys().filter_map(|key| key.parse().ok().map(EventId::new)).collect();
            all.insert(ProductId::new(product), RatingsRecord { totals: row.totals(), applied });
        }
        if !full {
            return Ok(all);
        }
    }
}

/// Events with ids after `after`, in order; sent ones are kept for 14 days.
///
/// # Errors
/// When the store is unavailable.
pub async fn list_outbox(mongo: &Mongo, after: Option<EventId>, limit: i64) -> Result<Vec<OutboxRecord>> {
    let outbox = mongo.reviews_collection::<OutboxRow>(OUTBOX).await?;
    let rows = find_page(&outbox, doc! {}, after.map(|id| bson_uuid(id).into()), doc! {}, limit).await?;
    let records = rows.into_iter().map(|row| OutboxRecord {
        id: event_id(row.id),
        event: serde_json::from_str(&row.body).ok(),
        created_at: timestamp(row.created_at),
        sent_at: row.sent_at.filter(|_| row.sent).map(timestamp),
    });
    Ok(records.collect())
}

/// Those of these events that the outbox has, sent or not, and those that are still pending in a
/// review.
///
/// # Errors
/// When the store is unavailable.
pub async fn existing_outbox_events(mongo: &Mongo, ids: &[EventId]) -> Result<Vec<EventId>> {
    // Read first: an event leaves its review after it has come to the outbox.
    let reviews = mongo.reviews_collection::<PendingRow>(REVIEWS).await?;
    let (mut known, mut from) = (HashSet::new(), DateTime::from_millis(1));
    loop {
        let find = reviews.find(doc! { "pendingSince": { "$gte": from } }).sort(doc! { "pendingSince": 1 });
        let find = find.projection(doc! { "pending": 1, "pendingSince": 1 }).limit(PAGE_SIZE);
        let rows: Vec<PendingRow> = timed_scan(async { find.await?.try_collect().await }).await?;
        let last = rows.last().and_then(|row| row.since).filter(|_| rows.len() as i64 == PAGE_SIZE);
        known.extend(rows.into_iter().flat_map(|row| decode_pending(row.pending).ids).filter(|id| ids.contains(id)));
        match last {
            // Those of one moment may be on two pages; a page of a single moment is left behind.
            Some(last) if last > from => from = last,
            Some(last) => from = DateTime::from_millis(last.timestamp_millis() + 1),
            None => break,
        }
    }
    known.extend(existing_ids(&mongo.reviews_collection(OUTBOX).await?, ids).await?);
    Ok(known.into_iter().collect())
}

fn decode<T: DeserializeOwned>(row: Document) -> Result<T> {
    deserialize_from_document(row).map_err(|error| Error::InvalidDocument(error.to_string()))
}

fn to_stored_review(row: Document) -> Result<StoredReview> {
    let is_deleted = !row.contains_key("productId");
    let PendingRow { id, pending, since } = decode(row.clone())?;
    let id: ReviewId = id.to_hex().parse().map_err(|_| Error::InvalidDocument(format!("{id} is no review's id")))?;
    let since = since.map(timestamp).unwrap_or(Timestamp::from_millis(0));
    let DecodedEvents { ids, events } = decode_pending(pending);
    let of = |id: &EventId| events.iter().find(|event| event.event_id == *id).cloned();
    let pending = ids.iter().map(|id| PendingRecord { id: *id, event: of(id), since }).collect();
    let review = if is_deleted { None } else { Some(to_review_record(id.clone(), decode(row)?)) };
    Ok(StoredReview { id, review, pending })
}

fn to_review_record(id: ReviewId, row: ReviewRow) -> ReviewRecord {
    ReviewRecord {
        id,
        product: ProductId::new(row.product_id),
        user: UserId::new(row.user_id),
        rating: row.rating,
        unchanged: row.created_at == row.updated_at,
        verified: row.verified_purchase,
        created_at: timestamp(row.created_at),
    }
}
