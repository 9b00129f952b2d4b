//! The outbox: one table of the same form in each database that publishes events.

use ::outbox::OutboxPage;
use chrono::{DateTime, Utc};
use domain::events::EventEnvelope;
use domain::{EventId, Problem};
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Database, Result};

/// Rows younger than this are still being published by their writer.
const PUBLISH_GRACE_SECONDS: f64 = 5.0;
/// How long an event is kept after it was sent, in days: as long as a queue, or a dead-letter
/// queue, keeps a message. Longer than the loss of a queue stays unnoticed, and than the operator's
/// check looks back.
pub const RETENTION_DAYS: i32 = 14;

/// Appends events in the caller's transaction.
///
/// # Errors
/// When the database rejects them.
pub async fn append(db: &mut Conn, events: &[EventEnvelope]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let (ids, bodies) = columns(events);
    let insert = sqlx::query!(
        "insert into outbox (event_id, body) select * from unnest($1::uuid[], $2::text[]) on conflict do nothing",
        &ids,
        &bodies
    );
    timed!(db, execute, insert).map(drop)
}

/// The columns of outbox rows, for statements that write events beside other rows.
pub(crate) fn columns(events: &[EventEnvelope]) -> (Vec<Uuid>, Vec<String>) {
    events.iter().map(|event| (event.event_id.get(), body(event))).unzip()
}

/// The body of an outbox row.
pub(crate) fn body(event: &EventEnvelope) -> String {
    // Events are plain data: they always have a JSON form.
    serde_json::to_string(event).unwrap_or_default()
}

/// Marks events as handed to their queues, in a transaction that does not wait for the disk: a lost
/// mark costs what a failed one does. Never in a transaction with anything else.
///
/// # Errors
/// When the database is unavailable; they will be sent once more.
pub async fn mark_published(db: &mut Conn, events: &[EventId]) -> Result<()> {
    let ids: Vec<Uuid> = events.iter().map(|id| id.get()).collect();
    let mark = sqlx::query!("select from mark_sent($1)", &ids);
    timed!(db, execute, mark).map(drop)
}

/// The position at which a page of events ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: DateTime<Utc>,
    row: i64,
}

struct Row {
    id: i64,
    event_id: Uuid,
    body: String,
    created_at: DateTime<Utc>,
}

/// The oldest events after `after` that are unpublished although their writer had time to publish
/// them.
///
/// # Errors
/// When the database is unavailable.
pub async fn list_unpublished(db: &mut Conn, after: Option<Cursor>, limit: i64) -> Result<OutboxPage<Cursor>> {
    let select = sqlx::query_as!(
        Row,
        "select id, event_id, body, created_at from outbox
         where sent_at is null and id > $3 and created_at < statement_timestamp() - make_interval(secs => $2)
         order by id limit $1",
        limit,
        PUBLISH_GRACE_SECONDS,
        after.map_or(0, |place| place.row)
    );
    Ok(decode_page(timed!(db, fetch_all, select)?, limit))
}

/// Events of the last `seconds`, sent or not, oldest first, after `after`: what a lost queue may
/// have contained.
///
/// # Errors
/// When the database is unavailable.
pub async fn list_recent(db: &mut Conn, seconds: f64, after: Option<Cursor>, limit: i64) -> Result<OutboxPage<Cursor>> {
    let select = sqlx::query_as!(
        Row,
        "select id, event_id, body, created_at from outbox
         where (created_at, id) >
             (coalesce($2::timestamptz, statement_timestamp() - make_interval(secs => $1)), coalesce($3::bigint, 0))
         order by created_at, id limit $4",
        seconds,
        after.map(|place| place.at),
        after.map(|place| place.row),
        limit
    );
    Ok(decode_page(timed!(db, fetch_all, select)?, limit))
}

/// The age of the oldest unpublished event, in seconds.
///
/// # Errors
/// When the database is unavailable.
pub async fn oldest_unpublished_age(db: &mut Conn) -> Result<Option<f64>> {
    let select = sqlx::query_scalar!(
        r#"select extract(epoch from clock_timestamp() - created_at)::float8 as "age!"
           from outbox where sent_at is null order by id limit 1"#
    );
    timed!(db, fetch_optional, select)
}

/// Deletes the oldest events that were sent more than [`RETENTION_DAYS`] ago, at most `limit` at
/// once. An event that was never sent stays, however old it is.
///
/// # Errors
/// When the database is unavailable.
pub async fn purge(db: &mut Conn, limit: i64) -> Result<u64> {
    let delete = sqlx::query!(
        "delete from outbox where id in (
             select id from outbox
             where created_at < statement_timestamp() - make_interval(days => $2)
                 and sent_at < statement_timestamp() - make_interval(days => $2)
             order by created_at, id limit $1 for update skip locked)",
        limit,
        RETENTION_DAYS
    );
    Ok(timed!(db, execute, delete)?.rows_affected())
}

/// Rows that this version cannot decode are reported by id only, for a log.
fn decode_page(rows: Vec<Row>, limit: i64) -> OutboxPage<Cursor> {
    let full = rows.len() as i64 == limit;
    let next = rows.last().filter(|_| full).map(|row| Cursor { at: row.created_at, row: row.id });
    let (mut events, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match serde_json::from_str(&row.body) {
            Ok(event) => events.push(event),
            Err(_) => unreadable.push(EventId::new(row.event_id)),
        }
    }
    OutboxPage { events, undecodable: unreadable, next }
}

impl ::outbox::OutboxStore for Database {
    type Cursor = Cursor;

    async fn mark_published(&self, events: &[EventId]) -> Result<(), Problem> {
        mark_published(&mut self.acquire().await?, events).await.map_err(Problem::from)
    }

    async fn list_unpublished(&self, after: Option<Cursor>, limit: i64) -> Result<OutboxPage<Cursor>, Problem> {
        list_unpublished(&mut self.acquire().await?, after, limit).await.map_err(Problem::from)
    }

    async fn list_recent(
        &self,
        seconds: f64,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<OutboxPage<Cursor>, Problem> {
        list_recent(&mut self.acquire().await?, seconds, after, limit).await.map_err(Problem::from)
    }

    async fn oldest_unpublished_age(&self) -> Result<Option<f64>, Problem> {
        oldest_unpublished_age(&mut self.acquire().await?).await.map_err(Problem::from)
    }
}
