//! The writes of reviews: one each, which holds the change and its event.

use domain::ReviewId;
use domain::events::EventEnvelope;
use domain::reviews::Review;
use futures::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc, serialize_to_document};
use mongodb::error::ErrorKind;
use mongodb::options::ReturnDocument;
use serde::Deserialize;

use super::pending::{PendingEvent, decode_pending, pending_event};
use super::{ONE_PER_USER, REVIEWS, ReviewRow};
use crate::convert::{bson_time, bson_uuid, object_id};
use crate::error::is_duplicate_in_index;
use crate::timeout::{Deadline, timed};
use crate::{Error, Mongo, Result};

/// What became of a new review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    Inserted,
    /// Its author has reviewed the product already.
    Duplicate,
}

/// Adds reviews, each with its event; one command for all of them. Returns what became of each, in
/// their order.
///
/// # Errors
/// When the store is unavailable; some may have been added.
pub async fn insert_all(mongo: &Mongo, new: &[(Review, EventEnvelope)]) -> Result<Vec<Insertion>> {
    let rows = new.iter().map(|(review, event)| new_row(review, event)).collect::<Result<Vec<_>>>()?;
    let reviews = mongo.reviews_collection::<Document>(REVIEWS).await?;
    let deadline = Deadline::new();
    let inserted = match deadline.timed(reviews.insert_many(rows).ordered(false)).await {
        Ok(_) => return Ok(vec![Insertion::Inserted; new.len()]),
        Err(rejected) => inserted_of(&rejected, new.len()).ok_or(rejected)?,
    };
    // The driver repeats a command whose response was lost: a review may be its own duplicate.
    let suspects: Vec<ObjectId> = inserted
        .iter()
        .zip(new)
        .filter(|(insertion, _)| **insertion == Insertion::Duplicate)
        .map(|(_, (review, _))| object_id(&review.id))
        .collect::<Result<_>>()?;
    let reviews = mongo.reviews_collection::<IdRow>(REVIEWS).await?;
    let find = reviews.find(doc! { "_id": { "$in": suspects } }).projection(doc! { "_id": 1 });
    let there: Vec<IdRow> = deadline.timed(async { find.await?.try_collect().await }).await?;
    let is_there = |review: &Review| there.iter().any(|row| row.id.to_hex() == review.id.as_str());
    let settle = |(insertion, (review, _)): (Insertion, &(Review, EventEnvelope))| {
        if is_there(review) { Insertion::Inserted } else { insertion }
    };
    Ok(inserted.into_iter().zip(new).map(settle).collect())
}

#[derive(Deserialize)]
struct IdRow {
    #[serde(rename = "_id")]
    id: ObjectId,
}

fn new_row(review: &Review, event: &EventEnvelope) -> Result<Document> {
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
    let unwritable = |error: mongodb::bson::error::Error| Error::InvalidDocument(error.to_string());
    let mut row = serialize_to_document(&row).map_err(unwritable)?;
    row.insert("pending", vec![pending_event(event)]);
    row.insert("pendingSince", bson_time(event.at));
    Ok(row)
}

/// What became of each of `count` documents, if some were rejected as duplicates and for no other
/// reason.
fn inserted_of(error: &Error, count: usize) -> Option<Vec<Insertion>> {
    let Error::Driver(error) = error else { return None };
    let ErrorKind::InsertMany(failure) = &*error.kind else { return None };
    let rejections = failure.write_errors.as_ref().filter(|_| failure.write_concern_error.is_none())?;
    let mut all = vec![Insertion::Inserted; count];
    for rejection in rejections {
        let is_duplicate =
            [ONE_PER_USER, "_id_"].iter().any(|index| is_duplicate_in_index(rejection.code, &rejection.message, index));
        *all.get_mut(rejection.index).filter(|_| is_duplicate)? = Insertion::Duplicate;
    }
    Some(all)
}

/// Changes a review from what was `seen` of it. Returns its pending events, or `None` if it is no
/// longer as it was seen.
///
/// # Errors
/// When the store is unavailable.
pub async fn update(
    mongo: &Mongo,
    seen: &Review,
    changed: &Review,
    event: &EventEnvelope,
) -> Result<Option<Vec<EventEnvelope>>> {
    let change = doc! {
        "$set": {
            "rating": i32::from(changed.rating),
            "comment": &changed.comment,
            "updatedAt": bson_time(changed.updated_at),
        },
    };
    write_if_unchanged(mongo, seen, change, event).await
}

/// Deletes a review that is as it was `seen`: no list, lookup or unique index finds it any more,
/// and its document goes with its last pending event. Returns those, or `None` if the review is no
/// longer as it was seen.
///
/// # Errors
/// When the store is unavailable.
pub async fn delete(mongo: &Mongo, seen: &Review, event: &EventEnvelope) -> Result<Option<Vec<EventEnvelope>>> {
    // In the place of the user, so that the unique index has an entry of its own for it.
    let nobody = object_id(&seen.id)?;
    let change = doc! {
        "$set": { "userId": nobody },
        "$unset": { "productId": "", "comment": "", "userName": "" },
    };
    write_if_unchanged(mongo, seen, change, event).await
}

#[derive(Deserialize)]
struct PendingOnly {
    #[serde(default)]
    pending: Vec<PendingEvent>,
}

async fn write_if_unchanged(
    mongo: &Mongo,
    seen: &Review,
    mut change: Document,
    event: &EventEnvelope,
) -> Result<Option<Vec<EventEnvelope>>> {
    let as_seen = doc! {
        "_id": object_id(&seen.id)?,
        "productId": seen.product_id.get(),
        "rating": i32::from(seen.rating),
        "comment": &seen.comment,
        "updatedAt": bson_time(seen.updated_at),
    };
    change.insert("$push", doc! { "pending": pending_event(event) });
    change.insert("$min", doc! { "pendingSince": bson_time(event.at) });
    let reviews = mongo.reviews_collection::<PendingOnly>(REVIEWS).await?;
    let write = reviews
        .find_one_and_update(as_seen, change)
        .projection(doc! { "pending": 1 })
        .return_document(ReturnDocument::After);
    let written = match timed(write).await? {
        Some(row) => Some(row),
        None => find_with_event(mongo, &seen.id, event).await?,
    };
    Ok(written.map(|row| decode_pending(row.pending).events))
}

/// The review if this change of it was made already: the driver repeats a command whose response
/// was lost.
async fn find_with_event(mongo: &Mongo, id: &ReviewId, event: &EventEnvelope) -> Result<Option<PendingOnly>> {
    let reviews = mongo.reviews_collection::<PendingOnly>(REVIEWS).await?;
    let changed = doc! { "_id": object_id(id)?, "pending.id": bson_uuid(event.event_id) };
    timed(reviews.find_one(changed).projection(doc! { "pending": 1 })).await
}
