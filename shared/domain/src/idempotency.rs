//! What a client is told whose idempotency key is taken, and how long keys are kept. Where a key
//! is written down is for the store of what the request does.

use crate::{Problem, ProblemKind};

/// How long a key is locked for the request that claimed it, in seconds: no request may run for
/// longer, so whoever holds a key after that is gone.
pub const LOCK_SECONDS: u32 = 30;
/// How long a key's answer is kept, in seconds: a day.
pub const RETENTION_SECONDS: i64 = 24 * 3600;

/// 422: the key was used before with another body.
pub fn body_mismatch() -> Problem {
    let detail = "This idempotency key has already been used with a different body.";
    Problem::new(ProblemKind::Unprocessable, "idempotency_mismatch", detail)
}

/// 409: the key's first request is being done, for at most so many seconds more. Rounded up to
/// whole ones, so that who waits as told finds the lock over, and over for less than a second.
pub fn in_progress(seconds: f64) -> Problem {
    let detail = "The first request with this idempotency key is still being processed.";
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
