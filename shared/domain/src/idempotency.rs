//! Idempotency keys: a client's key, what a store finds when the key is claimed, and what the
//! request does next.
//!
//! Every route that takes a key does the same: `IdempotencyKey::new`, the store's claim,
//! [`ClaimOutcome::start`], the work, and then the outcome is stored as [`encode_outcome`] writes it.
//! Stores no keys: each is stored beside the effect of its request, so each store has its own claim.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{Problem, ProblemKind, Result, UserId};

/// How long a key is locked for the request that claimed it, in seconds. No request may run for
/// longer, so a key that is still locked after that belongs to a process that died.
pub const LOCK_SECONDS: u32 = 30;
/// How long a key's outcome is stored, in seconds: a day.
pub const RETENTION_SECONDS: i64 = 24 * 3600;

/// A client's key, bound to its user, its route and its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The caller: two users may choose the same key.
    pub user: UserId,
    /// `orders`, `payments`, `refunds`, `fulfilments`, `products`, `inventory` or `notifications`.
    pub route: &'static str,
    /// The key as the client chose it.
    pub key: String,
    /// SHA-256 of path and body, so that the key is not replayed for another body.
    pub fingerprint: [u8; 32],
}

impl IdempotencyKey {
    /// The key of a request for `path` with this body.
    pub fn new(user: UserId, route: &'static str, key: String, path: &str, body: &[u8]) -> Self {
        let fingerprint = Sha256::new().chain_update(path).chain_update([0]).chain_update(body).finalize().into();
        Self { user, route, key, fingerprint }
    }
}

/// The outcome of a request, as it is stored for its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOutcome {
    /// As [`encode_outcome`] wrote it.
    pub json: String,
    /// The id of the first request; `None` where the store does not have it (notifications).
    pub request_id: Option<String>,
}

impl StoredOutcome {
    /// The outcome, for a request that repeats the first one.
    ///
    /// # Errors
    /// When the JSON is not a `T`.
    pub fn replay<T: DeserializeOwned>(self) -> Result<Idempotent<T>> {
        let outcome = decode_outcome(&self.json)?;
        Ok(Idempotent { outcome, replay: Some(Replay { request_id: self.request_id }) })
    }
}

/// The JSON that is stored for a key.
///
/// # Errors
/// When the outcome has no JSON form. Outcomes are plain data, so it is a bug, and nothing is stored.
pub fn encode_outcome<T: Serialize>(outcome: &T) -> Result<String> {
    serde_json::to_string(outcome).map_err(Problem::internal)
}

/// Reads what [`encode_outcome`] wrote.
///
/// # Errors
/// When the JSON is not a `T`.
pub fn decode_outcome<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(Problem::internal)
}

/// The outcome of a request that may have been sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotent<T> {
    /// The same for every request with the key.
    pub outcome: T,
    /// Set when an earlier request had the effect and this one repeats its outcome.
    pub replay: Option<Replay>,
}

impl<T> Idempotent<T> {
    /// The outcome of a request that had the effect itself.
    pub const fn first(outcome: T) -> Self {
        Self { outcome, replay: None }
    }
}

/// The earlier request whose outcome is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Its id, where the store has it.
    pub request_id: Option<String>,
}

/// What a store found when it tried to claim a key. `C` is the store's proof of the claim, `A` what
/// it knows of a request whose process died.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimOutcome<C, A> {
    /// The key is free: this request may begin.
    Claimed(C),
    /// An earlier request has finished.
    Replay(StoredOutcome),
    /// The key was used with a different body.
    FingerprintMismatch,
    /// An earlier request is running, for at most this many seconds more.
    InProgress(f64),
    /// The process of an earlier request died after it had begun.
    Abandoned(A),
}

/// What the request does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Start<C, A, T> {
    /// It is the first with its key: do the work.
    First(C),
    /// It repeats a finished request: respond with the same outcome.
    Replay(Idempotent<T>),
    /// Its first process died: complete what that one began.
    Resume(A),
}

impl<C, A> ClaimOutcome<C, A> {
    /// Turns what was found into what to do.
    ///
    /// # Errors
    /// 422 when the key was used with another body, 409 while its first request is running.
    pub fn start<T: DeserializeOwned>(self) -> Result<Start<C, A, T>> {
        match self {
            Self::Claimed(claim) => Ok(Start::First(claim)),
            Self::Replay(stored) => stored.replay().map(Start::Replay),
            Self::FingerprintMismatch => Err(body_mismatch()),
            Self::InProgress(seconds) => Err(in_progress(seconds)),
            Self::Abandoned(begun) => Ok(Start::Resume(begun)),
        }
    }
}

fn body_mismatch() -> Problem {
    let detail = "This idempotency key has already been used with a different body.";
    Problem::new(ProblemKind::Unprocessable, "idempotency_mismatch", detail)
}

/// 409: the first request with this key is still in progress, for at most `seconds` more. Rounded
/// up to whole seconds, so that the lock has expired for a client that waits that long.
pub fn in_progress(seconds: f64) -> Problem {
    let detail = "The first request with this idempotency key is still being processed.";
    let wait = seconds.clamp(1.0, f64::from(LOCK_SECONDS)).ceil() as u32;
    Problem::conflict("idempotency_in_progress", detail).with_retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = ClaimOutcome<&'static str, i32>;

    fn code(found: Found) -> &'static str {
        found.start::<String>().unwrap_err().code()
    }

    #[test]
    fn retry_after_is_whole_seconds_and_never_longer_than_a_lock() {
        let retry_after = |seconds| in_progress(seconds).into_parts().retry_after;
        assert_eq!([-1.0, 0.2, 1.0, 1.1, 29.01, 99.0].map(retry_after), [1, 1, 1, 2, 30, 30].map(Some));
    }

    #[test]
    fn a_claim_says_whether_to_work_to_replay_or_to_resume() {
        assert_eq!(Found::Claimed("mine").start::<String>().unwrap(), Start::First("mine"));
        assert_eq!(Found::Abandoned(7).start::<String>().unwrap(), Start::Resume(7));
        let stored = StoredOutcome { json: encode_outcome(&"done").unwrap(), request_id: Some("r1".to_owned()) };
        let replay = Some(Replay { request_id: stored.request_id.clone() });
        let expected = Idempotent { outcome: "done".to_owned(), replay };
        assert_eq!(Found::Replay(stored).start().unwrap(), Start::Replay(expected));
    }

    #[test]
    fn a_key_with_another_body_or_a_running_request_is_rejected() {
        assert_eq!(code(Found::FingerprintMismatch), "idempotency_mismatch");
        assert_eq!(code(Found::InProgress(3.0)), "idempotency_in_progress");
        let unreadable = StoredOutcome { json: "{".to_owned(), request_id: None };
        assert_eq!(code(Found::Replay(unreadable)), "internal");
    }

    #[test]
    fn a_fingerprint_separates_path_and_body() {
        let fingerprint =
            |path, body| IdempotencyKey::new(UserId::new(1), "orders", "k".into(), path, body).fingerprint;
        assert_eq!(fingerprint("/a", b"b"), fingerprint("/a", b"b"));
        assert_ne!(fingerprint("/a", b"b"), fingerprint("/ab", b""));
        assert_ne!(fingerprint("/a", b"b"), fingerprint("/a", b"c"));
    }
}
