//! Reviews and, per product, the ratings aggregated from them.
//!
//! A change of a review is one write of its document, which also holds the change's event as
//! *pending* until three more writes have been made (decision 77): the product's
//! ratings, the outbox, and the removal of the pending event. Each of them can be repeated by any
//! process at any time.

mod pending;
mod ratings;
mod writes;

use std::collections::BTreeSet;

use domain::reviews::{RatingTotals, Review, ReviewSort};
use domain::{ProductId, ReviewId, UserId};
use futures::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use serde::{Deserialize, Serialize};

use crate::convert::{object_id, timestamp};
use crate::error::check_write_errors;
use crate::keyset::{SortOrder, find_page};
use crate::timeout::timed;
use crate::{Error, Mongo, Result};

pub(crate) use pending::{DecodedEvents, PendingRow, decode_pending, oldest_pending};
pub use pending::{clear_pending, complete_pending};
pub(crate) use ratings::RatingsRow;
pub use ratings::{ProductRatings, apply_changes, find_ratings_epoch};
pub use writes::{Insertion, delete, insert_all, update};

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

/// The part of a review that orders decide.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerificationRow {
    product_id: i32,
    user_id: i32,
    #[serde(default)]
    verified_purchase: bool,
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

/// A user's review of a product, found by the unique index [`ONE_PER_USER`].
///
/// # Errors
/// When the store is unavailable.
pub async fn find_of_user(mongo: &Mongo, product: ProductId, user: UserId) -> Result<Option<Review>> {
    let reviews = mongo.reviews_collection::<ReviewRow>(REVIEWS).await?;
    let of_user = doc! { "productId": product.get(), "userId": user.get() };
    timed(reviews.find_one(of_user)).await?.map(from_row).transpose()
}

/// A product's ratings; all zero before the first review.
///
/// # Errors
/// When the store is unavailable.
pub async fn find_ratings(mongo: &Mongo, product: ProductId) -> Result<RatingTotals> {
    let ratings = mongo.reviews_collection::<RatingsRow>(RATINGS).await?;
    let totals = doc! { "count": 1, "sum": 1, "version": 1, "stars": 1 };
    let found = timed(ratings.find_one(doc! { "_id": product.get() }).projection(totals)).await?;
    Ok(found.map(|row| row.totals()).unwrap_or_default())
}

/// A review.
///
/// # Errors
/// When the store is unavailable.
pub async fn find(mongo: &Mongo, id: &ReviewId) -> Result<Option<Review>> {
    let reviews = mongo.reviews_collection::<ReviewRow>(REVIEWS).await?;
    // A deleted one has no product.
    let there = doc! { "_id": object_id(id)?, "productId": { "$exists": true } };
    timed(reviews.find_one(there)).await?.map(from_row).transpose()
}

/// Whether a user's review of a product is a verified purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    pub user: UserId,
    pub product: ProductId,
    pub verified: bool,
}

/// What the reviews of these users of these products say; those that were not written are missing.
///
/// # Errors
/// When the store is unavailable.
pub async fn list_verifications(mongo: &Mongo, pairs: &BTreeSet<(UserId, ProductId)>) -> Result<Vec<Verification>> {
    let users: BTreeSet<i32> = pairs.iter().map(|(user, _)| user.get()).collect();
    let products: BTreeSet<i32> = pairs.iter().map(|(_, product)| product.get()).collect();
    // Every user with every product: the index finds those directly too, and they are few.
    let filter = doc! {
        "productId": { "$in": Vec::from_iter(products) },
        "userId": { "$in": Vec::from_iter(users) },
    };
    let reviews = mongo.reviews_collection::<VerificationRow>(REVIEWS).await?;
    let fields = doc! { "_id": 0, "productId": 1, "userId": 1, "verifiedPurchase": 1 };
    let found = timed(async { reviews.find(filter).projection(fields).await?.try_collect::<Vec<_>>().await }).await?;
    let verifications = found.into_iter().map(|row| Verification {
        user: UserId::new(row.user_id),
        product: ProductId::new(row.product_id),
        verified: row.verified_purchase,
    });
    Ok(verifications.filter(|review| pairs.contains(&(review.user, review.product))).collect())
}

/// Sets whether these reviews are verified purchases; missing ones are skipped. One command; it
/// changes nothing else of a review, and a review's other writes do not change this.
///
/// # Errors
/// When the store is unavailable; some may have been set.
pub async fn set_verified(mongo: &Mongo, reviews: &[Verification]) -> Result<()> {
    let set = |review: &Verification| {
        doc! {
            "q": { "productId": review.product.get(), "userId": review.user.get() },
            "u": { "$set": { "verifiedPurchase": review.verified } },
        }
    };
    let update = doc! {
        "update": REVIEWS,
        "updates": reviews.iter().map(set).collect::<Vec<Document>>(),
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
