//! Documents whose retention has ended.

use domain::Timestamp;
use mongodb::Collection;
use mongodb::bson::{Document, doc};

use crate::convert::{bson_time, timestamp};
use crate::events::{EVENTS, RETENTION_DAYS};
use crate::outbox::{OUTBOX, SENT_RETENTION};
use crate::timeout::timed_scan;
use crate::{Mongo, Result};

const DAY_SECONDS: i64 = 24 * 3600;

/// When the oldest event was counted that should have been purged more than a day ago.
///
/// # Errors
/// When the store is unavailable.
pub async fn oldest_overdue_event(mongo: &Mongo, now: Timestamp) -> Result<Option<Timestamp>> {
    let events = mongo.analytics_collection(EVENTS).await?;
    oldest_before(&events, "countedAt", now.plus_seconds(-(RETENTION_DAYS + 1) * DAY_SECONDS)).await
}

/// When the oldest event was sent that should have been purged more than a day ago.
///
/// # Errors
/// When the store is unavailable.
pub async fn oldest_overdue_outbox_event(mongo: &Mongo, now: Timestamp) -> Result<Option<Timestamp>> {
    let outbox = mongo.reviews_collection(OUTBOX).await?;
    oldest_before(&outbox, "sentAt", now.plus_seconds(-(SENT_RETENTION.as_secs() as i64) - DAY_SECONDS)).await
}

async fn oldest_before(collection: &Collection<Document>, field: &str, before: Timestamp) -> Result<Option<Timestamp>> {
    let find = collection.find_one(doc! { field: { "$lt": bson_time(before) } }).sort(doc! { field: 1 });
    let found = timed_scan(find.projection(doc! { field: 1 })).await?;
    let at = found.and_then(|row| row.get_datetime(field).ok().copied());
    Ok(at.map(timestamp))
}
