//! Reviews and, per product, the ratings aggregated from them.

use domain::reviews::{RatingDelta, RatingTotals, Review, ReviewSort};
use domain::{ProductId, ReviewId, UserId};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::options::ReturnDocument;
use serde::{Deserialize, Serialize};

use crate::convert::{bson_time, object_id, timestamp};
use crate::error::check_write_errors;
use crate::keyset::{SortOrder, find_page};
use crate::timeout::timed;
use crate::{Error, Mongo, Result, Transaction};

pub(crate) const REVIEWS: &str = "reviews";
pub(crate) const RATINGS: &str = "ratings";
/// The unique index that rejects a second review of one product by one user.
pub const ONE_PER_USER: &str = "one_per_user";

/// A review with the field names of the original schema; the last three are additions.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewRow {
    #[serde(rename = "_id")]
    id: ObjectId,
    product_id: i32,
    user_id: i32,
    rating: i32,
    comment: String,
    created_at: DateTime,
    updated_at: DateTime,
    #[serde(default)]
    user_name: String,
    #[serde(default)]
    verified_purchase: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RatingsRow {
    count: i64,
    sum: i64,
    version: i64,
    stars: StarCounts,
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

/// The position of a review in a list: its key in the list's order, then its id.
pub fn sort_key(review: &Review, sort: ReviewSort) -> (i64, ReviewId) {
    let key = match sort {
        ReviewSort::Newest => review.created_at.millis(),
        ReviewSort::Rating | ReviewSort::RatingDescending => i64::from(review.rating),
    };
    (key, review.id.clone())
}

/// A product's reviews after the position `after`.
///
/// # Errors
/// When the store is unavailable.
pub async fn list(
    mongo: &Mongo,
    product: ProductId,
    sort: ReviewSort,
    after: Option<(i64, ReviewId)>,
    rows: i64,
) -> Result<Vec<Review>> {
    let (field, descending) = match sort {
        ReviewSort::Newest => ("createdAt", true),
        ReviewSort::Rating => ("rating", false),
        ReviewSort::RatingDescending => ("rating", true),
    };
    let after = match after {
        None => None,
        Some((key, id)) if sort == ReviewSort::Newest => {
            Some((DateTime::from_millis(key).into(), object_id(&id)?.into()))
        }
        Some((key, id)) => Some((key.into(), object_id(&id)?.into())),
    };
    let reviews = mongo.reviews_collection::<ReviewRow>(REVIEWS).await?;
    let filter = doc! { "productId": product.get() };
    let found = find_page(&reviews, &filter, &SortOrder { field, descending }, after, rows).await?;
    found.into_iter().map(from_row).collect()
}

/// A product's ratings; all zero before the first review.
///
/// # Errors
/// When the store is unavailable.
pub async fn find_ratings(mongo: &Mongo, product: ProductId) -> Result<RatingTotals> {
    let ratings = mongo.reviews_collection::<RatingsRow>(RATINGS).await?;
    Ok(timed(ratings.find_one(doc! { "_id": product.get() })).await?.map(RatingTotals::from).unwrap_or_default())
}

/// A review, as this transaction sees it.
///
/// # Errors
/// When the store is unavailable.
pub async fn find(tx: &mut Transaction, id: &ReviewId) -> Result<Option<Review>> {
    let reviews = tx.reviews_collection::<ReviewRow>(REVIEWS).await?;
    let found = reviews.find_one(doc! { "_id": object_id(id)? }).session(&mut tx.session);
    tx.deadline.timed(found).await?.map(from_row).transpose()
}

/// Adds a review.
///
/// # Errors
/// [`Error::violates_unique_index`] with [`ONE_PER_USER`], or when the store is unavailable.
pub async fn insert(tx: &mut Transaction, review: &Review) -> Result<()> {
    let row = ReviewRow {
        id: object_id(&review.id)?,
        product_id: review.product_id.get(),
        user_id: review.user_id.get(),
        rating: i32::from(review.rating),
        comment: review.comment.clone(),
        created_at: bson_time(review.created_at),
        updated_at: bson_time(review.updated_at),
        user_name: review.user_name.clone(),
        verified_purchase: review.verified_purchase,
    };
    let reviews = tx.reviews_collection::<ReviewRow>(REVIEWS).await?;
    tx.deadline.timed(reviews.insert_one(row).session(&mut tx.session)).await.map(drop)
}

/// Writes the editable fields of a review.
///
/// # Errors
/// When the store is unavailable, or another transaction changed it first.
pub async fn update(tx: &mut Transaction, review: &Review) -> Result<()> {
    let changed = doc! {
        "rating": i32::from(review.rating),
        "comment": &review.comment,
        "updatedAt": bson_time(review.updated_at),
    };
    let reviews = tx.reviews_collection::<Document>(REVIEWS).await?;
    let by_id = doc! { "_id": object_id(&review.id)? };
    tx.deadline.timed(reviews.update_one(by_id, doc! { "$set": changed }).session(&mut tx.session)).await.map(drop)
}

/// Removes a review.
///
/// # Errors
/// When the store is unavailable, or another transaction changed it first.
pub async fn delete(tx: &mut Transaction, id: &ReviewId) -> Result<()> {
    let reviews = tx.reviews_collection::<Document>(REVIEWS).await?;
    tx.deadline.timed(reviews.delete_one(doc! { "_id": object_id(id)? }).session(&mut tx.session)).await.map(drop)
}

/// Sets whether the reviews of these users of these products are verified purchases; reviews that
/// have that value already, and missing ones, are left as they are. One command; it changes nothing
/// else of a review, and a review's other writes do not change this.
///
/// # Errors
/// When the store is unavailable; some may have been set.
pub async fn set_verified(mongo: &Mongo, purchases: &[(UserId, ProductId, bool)]) -> Result<()> {
    let set = |(user, product, verified): &(UserId, ProductId, bool)| {
        doc! {
            "q": { "productId": product.get(), "userId": user.get(), "verifiedPurchase": { "$ne": verified } },
            "u": { "$set": { "verifiedPurchase": verified } },
        }
    };
    let update = doc! {
        "update": REVIEWS,
        "updates": purchases.iter().map(set).collect::<Vec<Document>>(),
        "ordered": false,
        // A command does not inherit the client's write concern.
        "writeConcern": { "w": "majority", "j": true },
    };
    let reply = timed(mongo.reviewdb().await?.run_command(update)).await?;
    if reply.contains_key("writeConcernError") {
        return Err(Error::InvalidDocument("a review's change is not on the majority yet".to_owned()));
    }
    check_write_errors(&reply)
}

/// Changes a product's ratings and returns the new ones.
///
/// Every writer of one product updates this one document: call it first, so that the slower one
/// conflicts before it has done anything else.
///
/// # Errors
/// When the store is unavailable, or another transaction changed them first.
pub async fn apply_rating_delta(tx: &mut Transaction, product: ProductId, delta: RatingDelta) -> Result<RatingTotals> {
    let mut increments = doc! { "count": delta.count_delta(), "sum": delta.sum_delta(), "version": 1_i64 };
    for stars in 1..=5 {
        increments.insert(format!("stars.{stars}"), delta.histogram_delta(stars));
    }
    let ratings = tx.reviews_collection::<RatingsRow>(RATINGS).await?;
    let update = ratings
        .find_one_and_update(doc! { "_id": product.get() }, doc! { "$inc": increments })
        .upsert(true)
        .return_document(ReturnDocument::After)
        .session(&mut tx.session);
    let updated = tx
        .deadline
        .timed(update)
        .await?
        .ok_or_else(|| Error::InvalidDocument("an upsert without its document".to_owned()))?;
    Ok(updated.into())
}

impl From<RatingsRow> for RatingTotals {
    fn from(row: RatingsRow) -> Self {
        let StarCounts { one, two, three, four, five } = row.stars;
        Self { count: row.count, sum: row.sum, version: row.version, histogram: [one, two, three, four, five] }
    }
}

fn from_row(row: ReviewRow) -> Result<Review> {
    let broken = |what: &str| Error::InvalidDocument(format!("review {} has {what}", row.id));
    Ok(Review {
        id: row.id.to_hex().parse().map_err(|_| broken("no id"))?,
        product_id: ProductId::new(row.product_id),
        user_id: UserId::new(row.user_id),
        rating: u8::try_from(row.rating).map_err(|_| broken("an impossible rating"))?,
        created_at: timestamp(row.created_at),
        updated_at: timestamp(row.updated_at),
        user_name: row.user_name,
        comment: row.comment,
        verified_purchase: row.verified_purchase,
    })
}
