//! Facts to be told, in reviewdb beside the documents that they tell of.

use ::outbox::Facts;
use domain::events::Event;
use domain::{EventId, Problem, Timestamp};
use mongodb::bson::{DateTime, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use crate::connection::ask;
use crate::keyset::{Order, page};
use crate::{Mongo, Result, Transaction};

pub(crate) const OUTBOX: &str = "outbox";

/// Rows younger than this are still being published by whoever wrote them.
const SETTLED_SECONDS: i64 = 5;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(rename = "_id")]
    id: Uuid,
    body: String,
    created_at: DateTime,
    sent: bool,
}

/// Writes facts in the caller's transaction.
///
/// # Errors
/// When the database refuses.
pub async fn append(tx: &mut Transaction, events: &[Event], now: Timestamp) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let row = |event: &Event| Row {
        id: uuid(event.event_id),
        // Events are plain data: they always have a JSON form.
        body: serde_json::to_string(event).unwrap_or_default(),
        created_at: time(now),
        sent: false,
    };
    let outbox = tx.of_reviews::<Row>(OUTBOX).await?;
    tx.deadline.ask(outbox.insert_many(events.iter().map(row)).session(&mut tx.session)).await.map(drop)
}

/// Where a page of facts ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    at: DateTime,
    id: Uuid,
}

const OLDEST: Order = Order { field: "createdAt", descending: false };

impl ::outbox::Ledger for Mongo {
    type Place = Place;

    async fn mark_sent(&self, events: &[EventId]) -> Result<(), Problem> {
        let ids: Vec<Uuid> = events.iter().copied().map(uuid).collect();
        let sent = doc! { "$set": { "sent": true, "sentAt": time(self.clock().now()) } };
        let outbox = self.of_reviews::<Document>(OUTBOX).await?;
        ask(outbox.update_many(doc! { "_id": { "$in": ids } }, sent)).await?;
        Ok(())
    }

    async fn unsent(&self, after: Option<Place>, limit: i64) -> Result<Facts<Place>, Problem> {
        let settled = time(self.clock().now().plus_seconds(-SETTLED_SECONDS));
        let outbox = self.of_reviews::<Row>(OUTBOX).await?;
        let after = after.map(|place| (place.at.into(), place.id.into()));
        let mut rows = page(&outbox, &doc! { "sent": false }, &OLDEST, after, limit).await?;
        let full = rows.len() as i64 == limit;
        // In the order of their age: behind the first that its writer may still publish are only such.
        rows.retain(|row| row.created_at < settled);
        Ok(read(rows, full))
    }

    async fn oldest(&self) -> Result<Option<f64>, Problem> {
        let outbox = self.of_reviews::<Row>(OUTBOX).await?;
        let oldest = ask(outbox.find_one(doc! { "sent": false }).sort(doc! { "createdAt": 1 })).await?;
        let now = self.clock().now().millis();
        Ok(oldest.map(|row| (now - row.created_at.timestamp_millis()).max(0) as f64 / 1000.0))
    }

    async fn recent(&self, seconds: f64, after: Option<Place>, limit: i64) -> Result<Facts<Place>, Problem> {
        let since = Timestamp::from_millis(self.clock().now().millis() - (seconds * 1000.0) as i64);
        let place = after.unwrap_or(Place { at: time(since), id: Uuid::from_bytes([0; 16]) });
        let outbox = self.of_reviews::<Row>(OUTBOX).await?;
        let after = Some((place.at.into(), place.id.into()));
        let rows = page(&outbox, &doc! {}, &OLDEST, after, limit).await?;
        let full = rows.len() as i64 == limit;
        Ok(read(rows, full))
    }
}

/// Rows that this version cannot read are named, for a log, and nothing else.
fn read(rows: Vec<Row>, full: bool) -> Facts<Place> {
    let next = rows.last().filter(|_| full).map(|row| Place { at: row.created_at, id: row.id });
    let (mut events, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match serde_json::from_str(&row.body) {
            Ok(event) => events.push(event),
            Err(_) => unreadable.push(EventId::new(uuid::Uuid::from_bytes(row.id.bytes()))),
        }
    }
    Facts { events, unreadable, next }
}

pub(crate) fn uuid(id: EventId) -> Uuid {
    Uuid::from_bytes(id.get().into_bytes())
}

pub(crate) fn time(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.millis())
}
