//! The outbox of any database: published and unpublished events.

use chrono::{DateTime, Utc};
use domain::events::EventEnvelope;
use domain::{EventId, Timestamp};
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Result};

/// A row of an outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRecord {
    pub row_id: i64,
    /// The id by which consumers deduplicate.
    pub event_id: EventId,
    /// `None` if the row cannot be decoded.
    pub event: Option<EventEnvelope>,
    /// By the database's clock.
    pub created_at: Timestamp,
    /// When it was last handed to its queues.
    pub sent_at: Option<Timestamp>,
}

struct Row {
    id: i64,
    event_id: Uuid,
    body: String,
    created_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
}

impl From<Row> for OutboxRecord {
    fn from(row: Row) -> Self {
        Self {
            row_id: row.id,
            event_id: EventId::new(row.event_id),
            event: serde_json::from_str(&row.body).ok(),
            created_at: Timestamp::new(row.created_at),
            sent_at: row.sent_at.map(Timestamp::new),
        }
    }
}

/// The number of unpublished events.
///
/// # Errors
/// When the database is unavailable.
pub async fn count_unpublished(db: &mut Conn) -> Result<i64> {
    let count = sqlx::query_scalar!(r#"select count(*) as "count!" from outbox where sent_at is null"#);
    timed!(db, fetch_one, count)
}

/// The oldest of them, however young.
///
/// # Errors
/// When the database is unavailable.
pub async fn list_unpublished(db: &mut Conn, limit: i64) -> Result<Vec<OutboxRecord>> {
    let select = sqlx::query_as!(
        Row,
        "select id, event_id, body, created_at, sent_at from outbox where sent_at is null order by id limit $1",
        limit
    );
    Ok(timed!(db, fetch_all, select)?.into_iter().map(OutboxRecord::from).collect())
}

/// Published events, newest first, before the row `before`.
///
/// # Errors
/// When the database is unavailable.
pub async fn list_published(db: &mut Conn, before: i64, limit: i64) -> Result<Vec<OutboxRecord>> {
    let select = sqlx::query_as!(
        Row,
        "select id, event_id, body, created_at, sent_at from outbox
         where id < $1 and sent_at is not null order by id desc limit $2",
        before,
        limit
    );
    Ok(timed!(db, fetch_all, select)?.into_iter().map(OutboxRecord::from).collect())
}

/// Those of these events that the outbox has, sent or not.
///
/// # Errors
/// When the database is unavailable.
pub async fn existing_outbox_events(db: &mut Conn, events: &[EventId]) -> Result<Vec<EventId>> {
    let ids: Vec<Uuid> = events.iter().map(|id| id.get()).collect();
    let select = sqlx::query_scalar!("select event_id from outbox where event_id = any($1)", &ids);
    Ok(timed!(db, fetch_all, select)?.into_iter().map(EventId::new).collect())
}
