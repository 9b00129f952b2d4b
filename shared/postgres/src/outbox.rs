//! Facts to be told, one table of the same shape in each database that has facts.

use domain::events::Event;
use domain::{EventId, Problem};
use uuid::Uuid;

use crate::pool::ask;
use crate::{Conn, Database, Result};

/// Rows younger than this are still being published by whoever wrote them.
const SETTLED_SECONDS: f64 = 5.0;

/// Writes facts in the caller's transaction.
///
/// # Errors
/// When the database refuses.
pub async fn append(db: &mut Conn, events: &[Event]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let (ids, bodies) = columns(events);
    let insert = sqlx::query!(
        "insert into outbox (event_id, body) select * from unnest($1::uuid[], $2::text[]) on conflict do nothing",
        &ids,
        &bodies
    );
    ask!(db, execute, insert).map(drop)
}

/// The columns of outbox rows, for statements that write facts beside other rows.
pub(crate) fn columns(events: &[Event]) -> (Vec<Uuid>, Vec<String>) {
    events.iter().map(|event| (event.event_id.get(), body(event))).unzip()
}

/// The body of an outbox row.
pub(crate) fn body(event: &Event) -> String {
    // Events are plain data: they always have a JSON form.
    serde_json::to_string(event).unwrap_or_default()
}

/// Notes that these have been handed to their queues.
///
/// # Errors
/// When the database is away; they will be sent once more.
pub async fn mark_sent(db: &mut Conn, events: &[EventId]) -> Result<()> {
    let ids: Vec<Uuid> = events.iter().map(|id| id.get()).collect();
    let update = sqlx::query!("update outbox set sent_at = clock_timestamp() where event_id = any($1)", &ids);
    ask!(db, execute, update).map(drop)
}

/// The oldest facts that nobody has published though their writer had time to.
///
/// # Errors
/// When the database is away, or a row is no event.
pub async fn unsent(db: &mut Conn, limit: i64) -> Result<Vec<Event>> {
    let select = sqlx::query_scalar!(
        "select body from outbox
         where sent_at is null and created_at < clock_timestamp() - make_interval(secs => $2)
         order by id limit $1",
        limit,
        SETTLED_SECONDS
    );
    parse(ask!(db, fetch_all, select)?)
}

/// Facts of the last so many seconds, sent or not: what a lost queue may have held.
///
/// # Errors
/// As [`unsent`].
pub async fn recent(db: &mut Conn, seconds: f64) -> Result<Vec<Event>> {
    let select = sqlx::query_scalar!(
        "select body from outbox where created_at > clock_timestamp() - make_interval(secs => $1) order by id",
        seconds
    );
    parse(ask!(db, fetch_all, select)?)
}

/// The age of the oldest fact that nobody has published, in seconds.
///
/// # Errors
/// When the database is away.
pub async fn oldest(db: &mut Conn) -> Result<Option<f64>> {
    let select = sqlx::query_scalar!(
        r#"select extract(epoch from clock_timestamp() - created_at)::float8 as "age!"
           from outbox where sent_at is null order by id limit 1"#
    );
    ask!(db, fetch_optional, select)
}

fn parse(bodies: Vec<String>) -> Result<Vec<Event>> {
    let event = |body: &String| serde_json::from_str(body).map_err(|e| sqlx::Error::Decode(Box::new(e)).into());
    bodies.iter().map(event).collect()
}

impl ::outbox::Ledger for Database {
    async fn mark_sent(&self, events: &[EventId]) -> Result<(), Problem> {
        mark_sent(&mut self.acquire().await?, events).await.map_err(Problem::from)
    }

    async fn unsent(&self, limit: i64) -> Result<Vec<Event>, Problem> {
        unsent(&mut self.acquire().await?, limit).await.map_err(Problem::from)
    }

    async fn recent(&self, seconds: f64) -> Result<Vec<Event>, Problem> {
        recent(&mut self.acquire().await?, seconds).await.map_err(Problem::from)
    }

    async fn oldest(&self) -> Result<Option<f64>, Problem> {
        oldest(&mut self.acquire().await?).await.map_err(Problem::from)
    }
}
