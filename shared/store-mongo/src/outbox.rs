//! The outbox in reviewdb: events that have been sent, or that recovery will send. An event comes
//! from the review that it describes, where it was pending.

use std::time::Duration;

use ::outbox::OutboxPage;
use domain::events::EventEnvelope;
use domain::{EventId, Problem, Timestamp};
use mongodb::bson::{DateTime, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use crate::convert::{bson_time, bson_uuid, event_id, timestamp};
use crate::error::check_write_errors;
use crate::keyset::{SortOrder, find_page};
use crate::reviews::oldest_pending;
use crate::timeout::timed;
use crate::{Error, Mongo, Result};

pub(crate) const OUTBOX: &str = "outbox";
/// How long events are kept after they were sent: as long as a dead-letter queue keeps messages.
pub(crate) const SENT_RETENTION: Duration = Duration::from_secs(14 * 24 * 3600);

/// Rows younger than this are still being published by their writer.
pub(crate) const PUBLISH_GRACE_SECONDS: i64 = 5;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OutboxRow {
    #[serde(rename = "_id")]
    id: Uuid,
    body: String,
    created_at: DateTime,
    sent: bool,
}

fn new_row(event: &EventEnvelope, sent: bool) -> OutboxRow {
    OutboxRow {
        id: bson_uuid(event.event_id),
        // Events are plain data: they always have a JSON form.
        body: serde_json::to_string(event).unwrap_or_default(),
        created_at: bson_time(event.at),
        sent,
    }
}

/// Adds events that are being sent; those that are there stay as they are. A crash before they are
/// sent loses none: they are pending in their reviews, and [`store_unsent`] overrides this.
///
/// # Errors
/// When the store is unavailable; some may have been added.
pub async fn insert_sent(mongo: &Mongo, events: &[EventEnvelope]) -> Result<()> {
    let sent_at = bson_time(mongo.clock().now());
    let row = |event: &EventEnvelope| {
        let OutboxRow { id, body, created_at, sent } = new_row(event, true);
        doc! { "_id": id, "body": body, "createdAt": created_at, "sent": sent, "sentAt": sent_at }
    };
    let outbox = mongo.reviews_collection::<Document>(OUTBOX).await?;
    match timed(outbox.insert_many(events.iter().map(row)).ordered(false)).await {
        Err(error) if !error.is_only_duplicates() => Err(error),
        _ => Ok(()),
    }
}

/// Adds events that are not known to have been sent, or marks them as unsent.
///
/// # Errors
/// When the store is unavailable; some may have been stored.
pub(crate) async fn store_unsent(mongo: &Mongo, events: &[EventEnvelope]) -> Result<()> {
    let upsert = |event: &EventEnvelope| {
        let OutboxRow { id, body, created_at, sent } = new_row(event, false);
        doc! {
            "q": { "_id": id },
            "u": {
                "$set": { "sent": sent },
                "$unset": { "sentAt": "" },
                "$setOnInsert": { "body": body, "createdAt": created_at },
            },
            "upsert": true,
        }
    };
    let update = doc! {
        "update": OUTBOX,
        "updates": events.iter().map(upsert).collect::<Vec<Document>>(),
        "ordered": false,
        // A command does not inherit the client's write concern.
        "writeConcern": { "w": "majority", "j": true },
    };
    let reply = timed(mongo.reviewdb().await?.run_command(update)).await?;
    if reply.contains_key("writeConcernError") {
        return Err(Error::InvalidDocument("events are not on the majority yet".to_owned()));
    }
    check_write_errors(&reply)
}

/// The end of a page of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxCursor {
    at: DateTime,
    id: Uuid,
}

const OLDEST_FIRST: SortOrder = SortOrder { field: "createdAt", descending: false };

impl ::outbox::OutboxStore for Mongo {
    type Cursor = OutboxCursor;

    async fn mark_published(&self, events: &[EventId]) -> Result<(), Problem> {
        let ids: Vec<Uuid> = events.iter().copied().map(bson_uuid).collect();
        let sent = doc! { "$set": { "sent": true, "sentAt": bson_time(self.clock().now()) } };
        let outbox = self.reviews_collection::<Document>(OUTBOX).await?;
        timed(outbox.update_many(doc! { "_id": { "$in": ids } }, sent)).await?;
        Ok(())
    }

    async fn list_unpublished(
        &self,
        after: Option<OutboxCursor>,
        limit: i64,
    ) -> Result<OutboxPage<OutboxCursor>, Problem> {
        let settled = bson_time(self.clock().now().plus_seconds(-PUBLISH_GRACE_SECONDS));
        let outbox = self.reviews_collection::<OutboxRow>(OUTBOX).await?;
        let after = after.map(|place| (place.at.into(), place.id.into()));
        let mut rows = find_page(&outbox, &doc! { "sent": false }, &OLDEST_FIRST, after, limit).await?;
        let full = rows.len() as i64 == limit;
        // Sorted by age: all rows after the first one that its writer may still publish are too
        // young as well.
        rows.retain(|row| row.created_at < settled);
        Ok(decode_rows(rows, full))
    }

    async fn oldest_unpublished_age(&self) -> Result<Option<f64>, Problem> {
        let outbox = self.reviews_collection::<OutboxRow>(OUTBOX).await?;
        let unsent = outbox.find_one(doc! { "sent": false }).sort(doc! { "createdAt": 1 });
        let unsent = timed(unsent).await?.map(|row| timestamp(row.created_at));
        let pending = oldest_pending(self).await?;
        let now = self.clock().now().millis();
        let oldest = [unsent, pending].into_iter().flatten().min();
        Ok(oldest.map(|at| (now - at.millis()).max(0) as f64 / 1000.0))
    }

    async fn list_recent(
        &self,
        seconds: f64,
        after: Option<OutboxCursor>,
        limit: i64,
    ) -> Result<OutboxPage<OutboxCursor>, Problem> {
        let since = Timestamp::from_millis(self.clock().now().millis() - (seconds * 1000.0) as i64);
        let place = after.unwrap_or(OutboxCursor { at: bson_time(since), id: Uuid::from_bytes([0; 16]) });
        let outbox = self.reviews_collection::<OutboxRow>(OUTBOX).await?;
        let after = Some((place.at.into(), place.id.into()));
        let rows = find_page(&outbox, &doc! {}, &OLDEST_FIRST, after, limit).await?;
        let full = rows.len() as i64 == limit;
        Ok(decode_rows(rows, full))
    }
}

/// Rows that this version cannot decode are reported by id only, for a log.
fn decode_rows(rows: Vec<OutboxRow>, full: bool) -> OutboxPage<OutboxCursor> {
    let next = rows.last().filter(|_| full).map(|row| OutboxCursor { at: row.created_at, id: row.id });
    let (mut events, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match serde_json::from_str(&row.body) {
            Ok(event) => events.push(event),
            Err(_) => unreadable.push(event_id(row.id)),
        }
    }
    OutboxPage { events, undecodable: unreadable, next }
}
