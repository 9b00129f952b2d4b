//! The problems that a client gets when its idempotency key is taken, and how long keys are stored.
//! Stores no keys: each key is stored beside the effect of its request.

use crate::{Problem, ProblemKind};

/// How long a key is locked for the request that claimed it, in seconds: no request may run longer,
/// so after that time its holder is no longer running.
pub const LOCK_SECONDS: u32 = 30;
/// How long the response of a key is stored, in seconds: a day.
pub const RETENTION_SECONDS: i64 = 24 * 3600;

/// 422: the key was used before with a different body.
pub fn body_mismatch() -> Problem {
    let detail = "This idempotency key was used before with another body.";
    Problem::new(ProblemKind::Unprocessable, "idempotency_mismatch", detail)
}

/// 409: the first request with this key is still in progress, for at most `seconds` more. Rounded
/// up to whole seconds, so that a client that waits as told finds the lock expired, by less than a
/// second.
pub fn in_progress(seconds: f64) -> Problem {
    let detail = "The first request with this idempotency key is still being done.";
    let wait = seconds.clamp(1.0, f64::from(LOCK_SECONDS)).ceil() as u32;
    Problem::conflict("idempotency_in_progress", detail).with_retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_whole_seconds_and_never_longer_than_a_lock() {
        let told = |seconds| in_progress(seconds).into_parts().retry_after;
        assert_eq!([-1.0, 0.2, 1.0, 1.1, 29.01, 99.0].map(told), [1, 1, 1, 2, 30, 30].map(Some));
    }
}
