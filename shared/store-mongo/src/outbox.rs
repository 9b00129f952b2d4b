//! The outbox in reviewdb, beside the documents that its events describe.

use std::time::Duration;

use ::outbox::OutboxPage;
use domain::events::EventEnvelope;
use domain::{EventId, Problem, Timestamp};
use mongodb::bson::{DateTime, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use crate::convert::{bson_time, bson_uuid, event_id};
use crate::keyset::{SortOrder, find_page};
use crate::timeout::timed;
use crate::{Mongo, Result, Transaction};

pub(crate) const OUTBOX: &str = "outbox";
/// How long events are kept after they were sent: as long as a dead-letter queue keeps messages.
pub(crate) const SENT_RETENTION: Duration = Duration::from_secs(14 * 24 * 3600);

/// Rows younger than this are still being published by their writer.
const PUBLISH_GRACE_SECONDS: i64 = 5;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OutboxRow {
    #[serde(rename = "_id")]
    id: Uuid,
    body: String,
    created_at: DateTime,
    sent: bool,
}

/// Appends events in the caller's transaction.
///
/// # Errors
/// When the database rejects them.
pub async fn append(tx: &mut Transaction, events: &[EventEnvelope], now: Timestamp) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let row = |event: &EventEnvelope| OutboxRow {
        id: bson_uuid(event.event_id),
        // Events are plain data: they always have a JSON form.
        body: serde_json::to_string(event).unwrap_or_default(),
        created_at: bson_time(now),
        sent: false,
    };
    let outbox = tx.reviews_collection::<OutboxRow>(OUTBOX).await?;
    tx.deadline.timed(outbox.insert_many(events.iter().map(row)).session(&mut tx.session)).await.map(drop)
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
        let oldest = timed(outbox.find_one(doc! { "sent": false }).sort(doc! { "createdAt": 1 })).await?;
        let now = self.clock().now().millis();
        Ok(oldest.map(|row| (now - row.created_at.timestamp_millis()).max(0) as f64 / 1000.0))
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
