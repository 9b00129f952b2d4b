//! Requests that may be repeated: what a key's first request has done, kept for a day.

use chrono::{DateTime, Utc};
use domain::UserId;
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Result};

/// A client's key, bound to who sent it, to what, and with which body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// Who: keys of different callers never meet.
    pub user: UserId,
    /// To what: `orders`, `payments`, `refunds`, `products`, `inventory`.
    pub route: &'static str,
    /// As the client chose it.
    pub key: String,
    /// Of the body, so that another body is noticed.
    pub fingerprint: [u8; 32],
}

/// What a key's first request left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOutcome {
    /// The outcome, as whoever ended the request wrote it.
    pub outcome: String,
    /// The id of the first request.
    pub request_id: String,
}

/// The right to begin a key's request, until its lock is over and somebody else takes it. What the
/// request begins is bound to it: a process that was slower than its lock begins nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyClaim {
    /// The key.
    pub key: RequestKey,
    /// Until when it is locked: no two claims of a key have the same.
    pub(crate) locked_until: DateTime<Utc>,
}

/// What became of an attempt to claim a key.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimOutcome {
    /// The request may begin.
    Claimed(KeyClaim),
    /// It was done before.
    Replay(StoredOutcome),
    /// The key was used with another body.
    FingerprintMismatch,
    /// It is being done, for at most this many seconds more.
    InProgress(f64),
    /// Its process is gone; this payment or refund tells what it did.
    Abandoned(Uuid),
}

/// Claims a key for so many seconds, or tells why not. In the transaction that has the effect, the
/// key is claimed for 0 seconds and its outcome kept by [`keep`]: whoever sends it meanwhile waits
/// for the commit.
///
/// # Errors
/// When orderdb is away.
pub async fn claim(db: &mut Conn, key: &RequestKey, seconds: f64) -> Result<ClaimOutcome> {
    let insert = sqlx::query!(
        r#"with taken as (
               insert into idempotency_keys as k (user_id, route, key, fingerprint, locked_until, request_id)
               values ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5), $6)
               on conflict (user_id, route, key) do update
               set fingerprint = excluded.fingerprint, locked_until = excluded.locked_until,
                   created_at = clock_timestamp(), subject = null, outcome = null, request_id = excluded.request_id
               where k.created_at < clock_timestamp() - interval '24 hours'
                  or (k.subject is null and k.locked_until < clock_timestamp() and k.fingerprint = excluded.fingerprint)
               returning k.locked_until
           )
           select (select locked_until from taken) as until, k.fingerprint as "fingerprint?", k.outcome, k.request_id,
               k.subject, extract(epoch from k.locked_until - clock_timestamp())::double precision as left_seconds
           from (values (1)) as one (n)
           left join idempotency_keys k on k.user_id = $1 and k.route = $2 and k.key = $3"#,
        key.user.get(),
        key.route,
        key.key,
        &key.fingerprint[..],
        seconds,
        runtime::current_request_id()
    );
    let row = timed!(db, fetch_one, insert)?;
    if let Some(until) = row.until {
        return Ok(ClaimOutcome::Claimed(KeyClaim { key: key.clone(), locked_until: until }));
    }
    // Written by somebody else since this statement began: it is being done.
    let Some(fingerprint) = row.fingerprint else { return Ok(ClaimOutcome::InProgress(1.0)) };
    if fingerprint != key.fingerprint {
        return Ok(ClaimOutcome::FingerprintMismatch);
    }
    let left = row.left_seconds.unwrap_or(0.0);
    Ok(match (row.outcome, row.subject) {
        (Some(outcome), _) => {
            ClaimOutcome::Replay(StoredOutcome { outcome, request_id: row.request_id.unwrap_or_default() })
        }
        (None, Some(subject)) if left <= 0.0 => ClaimOutcome::Abandoned(subject),
        (None, _) => ClaimOutcome::InProgress(left),
    })
}

/// What the key of the request that began this payment or refund answers from now on; `None` where
/// the request had no key, or nothing has come of it yet.
///
/// # Errors
/// When orderdb is away.
pub async fn find_outcome(db: &mut Conn, subject: Uuid) -> Result<Option<String>> {
    let select = sqlx::query_scalar!("select outcome from idempotency_keys where subject = $1", subject);
    Ok(timed!(db, fetch_optional, select)?.flatten())
}

/// Keeps what a request came to, in the transaction that claimed its key and had its effect.
///
/// # Errors
/// When the database is unreachable.
pub async fn store_outcome(db: &mut Conn, ticket: &KeyClaim, subject: Uuid, outcome: &str) -> Result<()> {
    let update = sqlx::query!(
        "update idempotency_keys set subject = $5, outcome = $6
         where user_id = $1 and route = $2 and key = $3 and locked_until = $4",
        ticket.key.user.get(),
        ticket.key.route,
        ticket.key.key,
        ticket.locked_until,
        subject,
        outcome
    );
    timed!(db, execute, update).map(drop)
}

/// Gives a key back whose request was refused before it did anything.
///
/// # Errors
/// When orderdb is away; the key is free again after its deadline.
pub async fn release_claim(db: &mut Conn, ticket: &KeyClaim) -> Result<()> {
    let delete = sqlx::query!(
        "delete from idempotency_keys
         where user_id = $1 and route = $2 and key = $3 and locked_until = $4 and outcome is null",
        ticket.key.user.get(),
        ticket.key.route,
        ticket.key.key,
        ticket.locked_until
    );
    timed!(db, execute, delete).map(drop)
}

/// Forgets the oldest keys of those older than a day, at most so many at once. One that somebody
/// is using is left for the next time.
///
/// # Errors
/// When orderdb is away.
pub async fn purge(db: &mut Conn, limit: i64) -> Result<u64> {
    // In the index's order: else a planner that believes most keys to be old reads the table from
    // its start, past however many young ones.
    let delete = sqlx::query!(
        "delete from idempotency_keys where ctid in (
             select ctid from idempotency_keys where created_at < statement_timestamp() - interval '24 hours'
             order by created_at limit $1 for update skip locked)",
        limit
    );
    Ok(timed!(db, execute, delete)?.rows_affected())
}
