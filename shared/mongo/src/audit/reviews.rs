//! reviewdb: the reviews, the ratings that they add up to, and what has been told of them.

use std::collections::BTreeMap;

use domain::events::Event;
use domain::reviews::Ratings;
use domain::{EventId, ProductId, ReviewId, Timestamp, UserId};
use futures::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, Uuid, doc};
use serde::Deserialize;

use super::{event_id, known, page};
use crate::connection::ask_patiently;
use crate::outbox::{OUTBOX, uuid};
use crate::reviews::{RATINGS, REVIEWS, RatingsRow};
use crate::{Error, Mongo, Result};

/// Ratings that are read at once.
const PAGE: i64 = 1_000;

/// What counts of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The review.
    pub id: ReviewId,
    /// What it is about.
    pub product: ProductId,
    /// Who wrote it.
    pub user: UserId,
    /// Its stars.
    pub rating: i64,
    /// Whether it is as it was written first.
    pub unchanged: bool,
    /// Whether it says that its writer has bought the product and kept it.
    pub verified: bool,
    /// When it was written.
    pub written_at: Timestamp,
}

/// A document of the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Under which consumers know it.
    pub id: EventId,
    /// What is told; `None` where the document is no event.
    pub event: Option<Event>,
    /// By the clock of the function that wrote it.
    pub written_at: Timestamp,
    /// When it was last handed to its queues.
    pub sent_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewRow {
    #[serde(rename = "_id")]
    id: ObjectId,
    product_id: i32,
    user_id: i32,
    rating: i64,
    created_at: DateTime,
    updated_at: DateTime,
    #[serde(default)]
    verified_purchase: bool,
}

#[derive(Deserialize)]
struct RatedRow {
    #[serde(rename = "_id")]
    product: i32,
    #[serde(flatten)]
    ratings: RatingsRow,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FactRow {
    #[serde(rename = "_id")]
    id: Uuid,
    body: String,
    created_at: DateTime,
    sent: bool,
    sent_at: Option<DateTime>,
}

fn counted() -> Document {
    doc! { "productId": 1, "userId": 1, "rating": 1, "createdAt": 1, "updatedAt": 1, "verifiedPurchase": 1 }
}

/// Reviews behind the one with this id, by their ids, without their words.
///
/// # Errors
/// When the store is away.
pub async fn reviews(mongo: &Mongo, after: Option<&ReviewId>, limit: i64) -> Result<Vec<Written>> {
    let reviews = mongo.of_reviews::<ReviewRow>(REVIEWS).await?;
    let after = after.map(object_id).transpose()?;
    let rows = page(&reviews, doc! {}, after.map(Bson::from), counted(), limit).await?;
    rows.into_iter().map(written).collect()
}

/// Those of these reviews that are there.
///
/// # Errors
/// When the store is away.
pub async fn reviews_of(mongo: &Mongo, ids: &[ReviewId]) -> Result<Vec<Written>> {
    let reviews = mongo.of_reviews::<ReviewRow>(REVIEWS).await?;
    let ids = ids.iter().map(object_id).collect::<Result<Vec<ObjectId>>>()?;
    let find = reviews.find(doc! { "_id": { "$in": ids } }).projection(counted());
    let rows: Vec<ReviewRow> = ask_patiently(async { find.await?.try_collect().await }).await?;
    rows.into_iter().map(written).collect()
}

/// All products' ratings: one small document each.
///
/// # Errors
/// When the store is away.
pub async fn ratings(mongo: &Mongo) -> Result<BTreeMap<ProductId, Ratings>> {
    let ratings = mongo.of_reviews::<RatedRow>(RATINGS).await?;
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let rows = page(&ratings, doc! {}, after, doc! {}, PAGE).await?;
        let full = rows.len() as i64 == PAGE;
        after = rows.last().map(|row| row.product.into());
        all.extend(rows.into_iter().map(|row| (ProductId::new(row.product), row.ratings.into())));
        if !full {
            return Ok(all);
        }
    }
}

/// Facts behind the one with this id, by their ids; those that were sent are kept for 14 days.
///
/// # Errors
/// When the store is away.
pub async fn facts(mongo: &Mongo, after: Option<EventId>, limit: i64) -> Result<Vec<Fact>> {
    let outbox = mongo.of_reviews::<FactRow>(OUTBOX).await?;
    let rows = page(&outbox, doc! {}, after.map(|id| uuid(id).into()), doc! {}, limit).await?;
    let facts = rows.into_iter().map(|row| Fact {
        id: event_id(row.id),
        event: serde_json::from_str(&row.body).ok(),
        written_at: time(row.created_at),
        sent_at: row.sent_at.filter(|_| row.sent).map(time),
    });
    Ok(facts.collect())
}

/// Those of these events that the outbox has, sent or not.
///
/// # Errors
/// When the store is away.
pub async fn known_facts(mongo: &Mongo, ids: &[EventId]) -> Result<Vec<EventId>> {
    known(&mongo.of_reviews(OUTBOX).await?, ids).await
}

fn time(at: DateTime) -> Timestamp {
    Timestamp::from_millis(at.timestamp_millis())
}

fn written(row: ReviewRow) -> Result<Written> {
    let id = row.id.to_hex();
    Ok(Written {
        id: id.parse().map_err(|_| Error::Document(format!("{id} is no review's id")))?,
        product: ProductId::new(row.product_id),
        user: UserId::new(row.user_id),
        rating: row.rating,
        unchanged: row.created_at == row.updated_at,
        verified: row.verified_purchase,
        written_at: time(row.created_at),
    })
}

fn object_id(id: &ReviewId) -> Result<ObjectId> {
    ObjectId::parse_str(id.as_str()).map_err(|e| Error::Document(e.to_string()))
}
