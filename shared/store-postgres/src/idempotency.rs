//! The idempotency keys of a database's requests, in its table `idempotency_keys`.
//!
//! Stores outcomes as text: what they mean is up to the request's owner.

use chrono::{DateTime, Utc};
use domain::idempotency::{ClaimOutcome, IdempotencyKey, StoredOutcome};
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Result};

/// The right to begin a key's request until its lock expires and another request claims it. What
/// the request begins is bound to the claim: a process that was slower than its lock begins nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyClaim {
    pub key: IdempotencyKey,
    /// End of the lock: no two claims of a key have the same.
    pub(crate) locked_until: DateTime<Utc>,
}

/// Claims a key for so many seconds, or says why it cannot. `Abandoned` names the payment, refund or
/// product write that the first request began.
///
/// A request whose effect is one transaction claims the key in it for 0 seconds and stores the
/// outcome with [`store_outcome`]: others with the same key wait for the commit.
///
/// # Errors
/// When the database is unreachable.
pub async fn claim(db: &mut Conn, key: &IdempotencyKey, seconds: f64) -> Result<ClaimOutcome<KeyClaim, Uuid>> {
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
    let found = FoundKey {
        fingerprint: row.fingerprint,
        outcome: row.outcome,
        request_id: row.request_id,
        subject: row.subject,
        left_seconds: row.left_seconds,
    };
    Ok(found.outcome(key))
}

/// A key that could not be claimed, as the statement that tried has read it.
pub(crate) struct FoundKey {
    pub(crate) fingerprint: Option<Vec<u8>>,
    pub(crate) outcome: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) subject: Option<Uuid>,
    pub(crate) left_seconds: Option<f64>,
}

impl FoundKey {
    /// Why it could not be claimed.
    pub(crate) fn outcome<C>(self, key: &IdempotencyKey) -> ClaimOutcome<C, Uuid> {
        // Another request has inserted it since the statement began, and is running.
        let Some(fingerprint) = self.fingerprint else { return ClaimOutcome::InProgress(1.0) };
        if fingerprint != key.fingerprint {
            return ClaimOutcome::FingerprintMismatch;
        }
        let left = self.left_seconds.unwrap_or(0.0);
        match (self.outcome, self.subject) {
            (Some(json), _) => ClaimOutcome::Replay(StoredOutcome { json, request_id: self.request_id }),
            (None, Some(subject)) if left <= 0.0 => ClaimOutcome::Abandoned(subject),
            (None, _) => ClaimOutcome::InProgress(left),
        }
    }
}

/// The outcome that is stored for the request that began this payment or refund; `None` where it had
/// no key, or where there is no outcome yet.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn find_outcome(db: &mut Conn, subject: Uuid) -> Result<Option<String>> {
    let select = sqlx::query_scalar!("select outcome from idempotency_keys where subject = $1", subject);
    Ok(timed!(db, fetch_optional, select)?.flatten())
}

/// Stores a request's outcome, in the transaction that claimed its key and had its effect.
///
/// # Errors
/// When the database is unreachable.
pub async fn store_outcome(db: &mut Conn, claim: &KeyClaim, subject: Uuid, outcome: &str) -> Result<()> {
    let update = sqlx::query!(
        "update idempotency_keys set subject = $5, outcome = $6
         where user_id = $1 and route = $2 and key = $3 and locked_until = $4",
        claim.key.user.get(),
        claim.key.route,
        claim.key.key,
        claim.locked_until,
        subject,
        outcome
    );
    timed!(db, execute, update).map(drop)
}

/// Frees the key of a request that was rejected before it had an effect.
///
/// # Errors
/// When orderdb is unreachable; the key is free again once its lock expires.
pub async fn release_claim(db: &mut Conn, claim: &KeyClaim) -> Result<()> {
    let delete = sqlx::query!(
        "delete from idempotency_keys
         where user_id = $1 and route = $2 and key = $3 and locked_until = $4 and outcome is null",
        claim.key.user.get(),
        claim.key.route,
        claim.key.key,
        claim.locked_until
    );
    timed!(db, execute, delete).map(drop)
}

/// Deletes at most `limit` keys older than a day, oldest first. Keys that another statement has
/// locked are left for the next run.
///
/// # Errors
/// When the database is unreachable.
pub async fn purge(db: &mut Conn, limit: i64) -> Result<u64> {
    // In the order of the index: a planner that believes most keys to be old would else scan the
    // table from its start, past any number of young ones.
    let delete = sqlx::query!(
        "delete from idempotency_keys where ctid in (
             select ctid from idempotency_keys where created_at < statement_timestamp() - interval '24 hours'
             order by created_at limit $1 for update skip locked)",
        limit
    );
    Ok(timed!(db, execute, delete)?.rows_affected())
}
