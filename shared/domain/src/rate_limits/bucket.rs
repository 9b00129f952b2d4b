//! The arithmetic of a token bucket that is stored as one number: the moment at which it is full
//! again (the generic cell rate algorithm). Times are in microseconds, on any one clock.

use super::Rate;

impl Rate {
    /// The time after which one request is refilled.
    pub const fn interval_micros(self) -> u64 {
        let interval = self.seconds as u64 * 1_000_000 / self.requests as u64;
        if interval == 0 { 1 } else { interval }
    }

    /// How far in the future the bucket may be full again: all requests at once.
    pub const fn window_micros(self) -> u64 {
        self.interval_micros() * self.requests as u64
    }

    /// Takes one request out of a bucket that is full again at `full_at`, and returns when it is
    /// full after that.
    ///
    /// # Errors
    /// When it is empty: how many microseconds until one request is refilled.
    pub fn try_acquire(self, full_at: u64, now: u64) -> Result<u64, u64> {
        let then = full_at.max(now) + self.interval_micros();
        match then.saturating_sub(now + self.window_micros()) {
            0 => Ok(then),
            wait => Err(wait),
        }
    }
}

/// `Retry-After` for a wait, rounded up: a client that waits that long must not be early.
pub fn retry_after_seconds(wait_micros: u64) -> u32 {
    u32::try_from(wait_micros.div_ceil(1_000_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { requests: 3, seconds: 60 };
    const SECOND: u64 = 1_000_000;

    #[test]
    fn all_requests_may_come_at_once_and_each_is_given_back_by_itself() {
        let (mut full_at, now) = (0, 1_000 * SECOND);
        for _ in 0..3 {
            full_at = RATE.try_acquire(full_at, now).unwrap();
        }
        assert_eq!(RATE.try_acquire(full_at, now), Err(20 * SECOND));
        assert_eq!(RATE.try_acquire(full_at, now + 20 * SECOND - 1), Err(1));
        full_at = RATE.try_acquire(full_at, now + 20 * SECOND).unwrap();
        assert_eq!(RATE.try_acquire(full_at, now + 20 * SECOND), Err(20 * SECOND));
        assert_eq!(RATE.try_acquire(full_at, now + 200 * SECOND), Ok(now + 220 * SECOND), "it is never more than full");
    }

    #[test]
    fn a_wait_is_rounded_up() {
        assert_eq!([1, SECOND, SECOND + 1].map(retry_after_seconds), [1, 1, 2]);
    }

    #[test]
    fn a_rate_that_no_second_divides_gives_no_less_than_it_says() {
        let rate = Rate { requests: 7, seconds: 1 };
        let full_at = (0..7).try_fold(0, |full_at, _| rate.try_acquire(full_at, SECOND));
        assert!(full_at.is_ok_and(|full_at| rate.try_acquire(full_at, SECOND).is_err()));
    }
}
