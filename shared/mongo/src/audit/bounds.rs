//! What should have been forgotten.

use domain::Timestamp;
use mongodb::Collection;
use mongodb::bson::{Document, doc};

use crate::connection::ask_patiently;
use crate::events::{EVENTS, KEPT_DAYS};
use crate::migrate::SENT_LIFE;
use crate::outbox::{OUTBOX, time};
use crate::{Mongo, Result};

const DAY_SECONDS: i64 = 24 * 3600;

/// When the oldest event was counted that should have been forgotten more than a day ago.
///
/// # Errors
/// When the store is away.
pub async fn overdue_event(mongo: &Mongo, now: Timestamp) -> Result<Option<Timestamp>> {
    let events = mongo.of_analytics(EVENTS).await?;
    oldest(&events, "countedAt", now.plus_seconds(-(KEPT_DAYS + 1) * DAY_SECONDS)).await
}

/// When the oldest fact was sent that should have been forgotten more than a day ago.
///
/// # Errors
/// When the store is away.
pub async fn overdue_fact(mongo: &Mongo, now: Timestamp) -> Result<Option<Timestamp>> {
    let outbox = mongo.of_reviews(OUTBOX).await?;
    oldest(&outbox, "sentAt", now.plus_seconds(-(SENT_LIFE.as_secs() as i64) - DAY_SECONDS)).await
}

async fn oldest(collection: &Collection<Document>, field: &str, before: Timestamp) -> Result<Option<Timestamp>> {
    let find = collection.find_one(doc! { field: { "$lt": time(before) } }).sort(doc! { field: 1 });
    let found = ask_patiently(find.projection(doc! { field: 1 })).await?;
    let at = found.and_then(|row| row.get_datetime(field).ok().copied());
    Ok(at.map(|at| Timestamp::from_millis(at.timestamp_millis())))
}
