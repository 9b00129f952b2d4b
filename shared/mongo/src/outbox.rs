//! Facts to be told, in reviewdb beside the documents that they tell of.

use domain::events::Event;
use domain::{EventId, Problem, Timestamp};
use futures::TryStreamExt;
use mongodb::bson::{DateTime, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use crate::connection::ask;
use crate::{Error, Mongo, Result, Transaction};

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
    ask(outbox.insert_many(events.iter().map(row)).session(&mut tx.session)).await.map(drop)
}

impl ::outbox::Ledger for Mongo {
    async fn mark_sent(&self, events: &[EventId]) -> Result<(), Problem> {
        let ids: Vec<Uuid> = events.iter().copied().map(uuid).collect();
        let sent = doc! { "$set": { "sent": true, "sentAt": time(self.clock().now()) } };
        let outbox = self.of_reviews::<Document>(OUTBOX).await?;
        ask(outbox.update_many(doc! { "_id": { "$in": ids } }, sent)).await?;
        Ok(())
    }

    async fn unsent(&self, limit: i64) -> Result<Vec<Event>, Problem> {
        let settled = self.clock().now().plus_seconds(-SETTLED_SECONDS);
        let filter = doc! { "sent": false, "createdAt": { "$lt": time(settled) } };
        let outbox = self.of_reviews::<Row>(OUTBOX).await?;
        let oldest = outbox.find(filter).sort(doc! { "createdAt": 1 }).limit(limit);
        parse(ask(async { oldest.await?.try_collect().await }).await?)
    }

    async fn oldest(&self) -> Result<Option<f64>, Problem> {
        let outbox = self.of_reviews::<Row>(OUTBOX).await?;
        let oldest = ask(outbox.find_one(doc! { "sent": false }).sort(doc! { "createdAt": 1 })).await?;
        let now = self.clock().now().millis();
        Ok(oldest.map(|row| (now - row.created_at.timestamp_millis()).max(0) as f64 / 1000.0))
    }

    async fn recent(&self, seconds: f64) -> Result<Vec<Event>, Problem> {
        let since = Timestamp::from_millis(self.clock().now().millis() - (seconds * 1000.0) as i64);
        let filter = doc! { "sent": { "$in": [false, true] }, "createdAt": { "$gt": time(since) } };
        let outbox = self.of_reviews::<Row>(OUTBOX).await?;
        let latest = outbox.find(filter).sort(doc! { "createdAt": 1 });
        parse(ask(async { latest.await?.try_collect().await }).await?)
    }
}

fn parse(rows: Vec<Row>) -> Result<Vec<Event>, Problem> {
    let event = |row: Row| serde_json::from_str(&row.body).map_err(|e| Error::Document(e.to_string()).into());
    rows.into_iter().map(event).collect()
}

pub(crate) fn uuid(id: EventId) -> Uuid {
    Uuid::from_bytes(id.get().into_bytes())
}

pub(crate) fn time(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.millis())
}
