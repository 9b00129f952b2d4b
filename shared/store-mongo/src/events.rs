//! Analytics events: each is stored once, under its own id, and counted later.

use std::collections::HashSet;
use std::time::Duration;

use domain::analytics::{AnalyticsRecord, EventEffect, TrackedEvent};
use domain::{EventId, Timestamp, UserId};
use futures::TryStreamExt;
use mongodb::bson::{DateTime, Document, Uuid, doc};
use mongodb::error::ErrorKind;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::convert::{IdRow, bson_time, bson_uuid, event_id, timestamp};
use crate::error::DUPLICATE_KEY;
use crate::json;
use crate::keyset::{SortOrder, find_page};
use crate::rollups::{ROLLUPS, user_key};
use crate::timeout::{Deadline, timed};
use crate::{Error, Mongo, Result};

pub(crate) const EVENTS: &str = "events";
/// Contains only pending events, however many events there are.
pub(crate) const PENDING_INDEX: &str = "uncounted";

/// How long an event is kept after it was counted, in days. Longer than any queue, dead-letter
/// queue or outbox can deliver it again: its id prevents it from being counted twice.
pub const RETENTION_DAYS: i64 = 90;
/// Events that one statement purges.
const PURGE_BATCH: i64 = 1_000;

/// An event with the field names of the original schema, and two added ones: its effect on the
/// totals, and whether it was counted.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventRow {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    pub(crate) user_id: Option<i32>,
    pub(crate) event_type: String,
    #[serde(default)]
    pub(crate) metadata: Document,
    pub(crate) timestamp: DateTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) effect: Option<EventEffect>,
    pub(crate) counted: bool,
}

/// Stores an event; `false` if its id exists already.
///
/// # Errors
/// When the store is unavailable.
pub async fn insert(mongo: &Mongo, event: &TrackedEvent) -> Result<bool> {
    let events = mongo.analytics_collection::<EventRow>(EVENTS).await?;
    match timed(events.insert_one(to_row(event.clone(), None))).await {
        Ok(_) => Ok(true),
        Err(error) if error.violates_unique_index("_id_") => Ok(false),
        Err(error) => Err(error),
    }
}

/// Stores the shop's own events in one message, skipping existing ones; returns the ids of those
/// that could not be stored.
///
/// # Errors
/// When the store is unavailable; some may have been stored.
pub async fn insert_all(mongo: &Mongo, records: Vec<AnalyticsRecord>) -> Result<HashSet<EventId>> {
    if records.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<EventId> = records.iter().map(|record| record.event.id).collect();
    let rows = records.into_iter().map(|record| to_row(record.event, record.effect));
    let events = mongo.analytics_collection::<EventRow>(EVENTS).await?;
    let error = match timed(events.insert_many(rows).ordered(false)).await {
        Ok(_) => return Ok(HashSet::new()),
        Err(Error::Driver(error)) => error,
        Err(error) => return Err(error),
    };
    match &*error.kind {
        ErrorKind::InsertMany(parts) if parts.write_concern_error.is_none() => {
            let failures = parts.write_errors.iter().flatten().filter(|failure| failure.code != DUPLICATE_KEY);
            Ok(failures.filter_map(|failure| ids.get(failure.index).copied()).collect())
        }
        _ => Err(error.into()),
    }
}

/// Finds a stored event.
///
/// # Errors
/// When the store is unavailable.
pub async fn find(mongo: &Mongo, id: EventId) -> Result<Option<TrackedEvent>> {
    let events = mongo.analytics_collection::<EventRow>(EVENTS).await?;
    Ok(timed(events.find_one(doc! { "_id": bson_uuid(id) })).await?.map(from_row))
}

/// A user's events after `after`, newest first.
///
/// # Errors
/// When the store is unavailable.
pub async fn list_of_user(
    mongo: &Mongo,
    user: UserId,
    after: Option<(Timestamp, EventId)>,
    rows: i64,
) -> Result<Vec<TrackedEvent>> {
    let events = mongo.analytics_collection::<EventRow>(EVENTS).await?;
    let after = after.map(|(at, id)| (bson_time(at).into(), bson_uuid(id).into()));
    let newest = SortOrder { field: "timestamp", descending: true };
    let found = find_page(&events, &doc! { "userId": user.get() }, &newest, after, rows).await?;
    Ok(found.into_iter().map(from_row).collect())
}

/// The number of a user's events: counted and pending ones.
///
/// An aggregation between the two reads would be missed, or counted twice. Without pending events
/// there is none to miss: the total that is read afterwards contains them all. Otherwise the total
/// must be the same before and after, since every aggregation of this user's events changes it.
///
/// # Errors
/// When the store is unavailable, or changes too often.
pub async fn count_of_user(mongo: &Mongo, user: UserId) -> Result<i64> {
    let deadline = Deadline::new();
    let rollups = mongo.analytics_collection::<Document>(ROLLUPS).await?;
    let events = mongo.analytics_collection::<Document>(EVENTS).await?;
    let total = async || {
        let row = deadline.timed(rollups.find_one(doc! { "_id": user_key(user) })).await?;
        Ok::<i64, Error>(row.and_then(|row| row.get_i64("count").ok()).unwrap_or_default())
    };
    let pending =
        async || deadline.timed(events.count_documents(doc! { "userId": user.get(), "counted": false })).await;
    let (mut fresh, mut counted) = (pending().await?, total().await?);
    if fresh == 0 {
        return Ok(counted);
    }
    loop {
        fresh = pending().await?;
        let before = std::mem::replace(&mut counted, total().await?);
        if fresh == 0 || before == counted {
            return Ok(counted + fresh as i64);
        }
    }
}

/// Deletes events that were counted more than [`RETENTION_DAYS`] ago, for about as long as
/// `budget`; the rollups that contain them stay. Returns how many.
///
/// # Errors
/// When the store is unavailable; what was deleted before stays deleted.
pub async fn purge(mongo: &Mongo, budget: Duration) -> Result<u64> {
    let until = Instant::now() + budget;
    let old = bson_time(mongo.clock().now().plus_seconds(-RETENTION_DAYS * 24 * 3600));
    let events = mongo.analytics_collection::<IdRow>(EVENTS).await?;
    let mut forgotten = 0;
    loop {
        // Pending events have no such time and are never included.
        let oldest = events.find(doc! { "countedAt": { "$lt": old } }).sort(doc! { "countedAt": 1 });
        let oldest = oldest.projection(doc! { "_id": 1 }).limit(PURGE_BATCH);
        let rows: Vec<IdRow> = timed(async { oldest.await?.try_collect().await }).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(forgotten);
        }
        let full = ids.len() as i64 == PURGE_BATCH;
        forgotten += timed(events.delete_many(doc! { "_id": { "$in": ids } })).await?.deleted_count;
        if !full || Instant::now() >= until {
            return Ok(forgotten);
        }
    }
}

fn to_row(event: TrackedEvent, effect: Option<EventEffect>) -> EventRow {
    EventRow {
        id: bson_uuid(event.id),
        user_id: event.user_id.map(UserId::get),
        event_type: event.event_type,
        metadata: json::to_document(event.metadata),
        timestamp: bson_time(event.timestamp),
        effect,
        counted: false,
    }
}

fn from_row(row: EventRow) -> TrackedEvent {
    TrackedEvent {
        id: event_id(row.id),
        user_id: row.user_id.map(UserId::new),
        event_type: row.event_type,
        metadata: json::to_object(row.metadata),
        timestamp: timestamp(row.timestamp),
    }
}
