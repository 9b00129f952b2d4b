//! The breaker: where Redis does not answer, most commands are not sent and wait for nothing.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::{Error, Result};

/// This many failures in a row open the breaker.
const FAILURE_THRESHOLD: u32 = 2;
/// How long it stays open after a failure before one command may try again; at least twice as long
/// as that command may wait.
const BREAKER_OPEN: Duration = Duration::from_millis(500);

/// Open after failures in a row, closed by the first answer.
pub(crate) struct Breaker {
    failures: AtomicU32,
    /// Milliseconds after `epoch` until which nothing is sent.
    open_until: AtomicU64,
    epoch: Instant,
    open_for: Duration,
}

impl Breaker {
    /// Closed, for commands that wait for so long.
    pub(crate) fn new(command_timeout: Duration) -> Self {
        Self {
            failures: AtomicU32::new(0),
            open_until: AtomicU64::new(0),
            epoch: Instant::now(),
            open_for: BREAKER_OPEN.max(2 * command_timeout),
        }
    }

    /// While the breaker is open, one command after each [`BREAKER_OPEN`] tries; the others do not wait.
    pub(crate) fn check(&self) -> Result<()> {
        if self.failures.load(Ordering::Relaxed) < FAILURE_THRESHOLD {
            return Ok(());
        }
        let now = self.epoch.elapsed().as_millis() as u64;
        let until = self.open_until.load(Ordering::Relaxed);
        let next = self.next_retry_millis();
        let first =
            now >= until && self.open_until.compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if first { Ok(()) } else { Err(Error::BreakerOpen) }
    }

    /// Whether the last command failed.
    pub(crate) fn has_failures(&self) -> bool {
        self.failures.load(Ordering::Relaxed) != 0
    }

    /// Counts a failure; answers whether the breaker is open now.
    pub(crate) fn record_failure(&self) -> bool {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let is_open = failures >= FAILURE_THRESHOLD;
        if is_open {
            self.open_until.store(self.next_retry_millis(), Ordering::Relaxed);
        }
        is_open
    }

    /// Closes the breaker: Redis has answered.
    pub(crate) fn record_response(&self) {
        if self.has_failures() {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// When the breaker that opens now lets a command try again.
    fn next_retry_millis(&self) -> u64 {
        (self.epoch.elapsed() + self.open_for).as_millis() as u64
    }
}
