//! Limits on failures: a maximum number within any window of time.
//!
//! An attempt is counted before it is made and resolved after it, so that a thousand concurrent
//! attempts cannot exceed the limit. An attempt in progress is not a failure yet: others wait for
//! its outcome instead of being rejected for it.
//!
//! A limit is one sorted set: a member per failure (`f…`) or attempt in progress (`o…`), scored by
//! its time in milliseconds.

use std::sync::LazyLock;

use domain::Timestamp;
use redis::Script;

use crate::{Redis, Result};

/// An attempt without an outcome counts as failed after this time, in milliseconds: longer than any
/// request may take, so that this happens only to crashed processes.
const ATTEMPT_TIMEOUT_MILLIS: i64 = 60_000;

static BEGIN_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, busy, wait = tonumber(ARGV[1]), 0, 0
         for i, key in ipairs(KEYS) do
           local most, window = tonumber(ARGV[2 * i + 2]), tonumber(ARGV[2 * i + 3])
           redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
           if redis.call('ZCARD', key) >= most then
             local failed, all = {}, redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
             for j = 1, #all, 2 do
               local at = tonumber(all[j + 1])
               if string.sub(all[j], 1, 1) == 'f' or at <= now - tonumber(ARGV[3]) then
                 failed[#failed + 1] = at
               end
             end
             if #failed >= most then
               wait = math.max(wait, failed[#failed - most + 1] + window - now)
             else
               busy = 1
             end
           end
         end
         if wait > 0 or busy > 0 then return {busy, wait} end
         for i, key in ipairs(KEYS) do
           redis.call('ZADD', key, ARGV[1], 'o' .. ARGV[2])
           redis.call('PEXPIRE', key, ARGV[2 * i + 3])
         end
         return {0, 0}",
    )
});

static CLEAR_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
           if string.sub(member, 1, 1) == 'f' then redis.call('ZREM', KEYS[1], member) end
         end
         return 1",
    )
});

/// A limit and its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureLimit {
    /// Whose failures are counted; stored in Redis as it is, so nothing personal.
    pub subject: String,
    pub max_failures: u32,
    /// The length of the window.
    pub window_seconds: u32,
}

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes; it is counted, and its outcome must be recorded.
    Granted,
    /// Not now: it depends on the outcome of attempts in progress. Try again in a moment.
    Busy,
    /// No, for this many seconds.
    Exhausted(u32),
}

/// Failures counted in one Redis.
#[derive(Clone)]
pub struct FailureLimiter(Redis);

impl FailureLimiter {
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    /// Counts `attempt` (any unique text) against all of `limits`, or against none.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn begin(&self, limits: &[FailureLimit], attempt: &str, now: Timestamp) -> Result<Admission> {
        let mut enter = BEGIN_SCRIPT.prepare_invoke();
        enter.arg(now.millis()).arg(attempt).arg(ATTEMPT_TIMEOUT_MILLIS);
        for limit in limits {
            enter.key(self.key(limit)).arg(limit.max_failures).arg(window_millis(limit));
        }
        let (busy, wait): (u32, u64) = self.0.run_script(&enter).await?;
        Ok(match (wait, busy) {
            (0, 0) => Admission::Granted,
            (0, _) => Admission::Busy,
            // Rounded up: a client that waits that long must not be early.
            (wait, _) => Admission::Exhausted(u32::try_from(wait.div_ceil(1000)).unwrap_or(u32::MAX)),
        })
    }

    /// The attempt failed: it counts until it leaves the windows.
    ///
    /// # Errors
    /// When Redis is unavailable: it then counts as a failure after a while by itself.
    pub async fn record_failure(&self, limits: &[FailureLimit], attempt: &str, now: Timestamp) -> Result<()> {
        let mut all = redis::pipe();
        all.atomic();
        for limit in limits {
            let key = self.key(limit);
            all.cmd("ZREM").arg(&key).arg(format!("o{attempt}")).ignore();
            all.cmd("ZADD").arg(&key).arg(now.millis()).arg(format!("f{attempt}")).ignore();
            all.cmd("PEXPIRE").arg(&key).arg(window_millis(limit)).ignore();
        }
        self.0.run_all(&all).await
    }

    /// The attempt did not fail: it no longer counts.
    ///
    /// # Errors
    /// When Redis is unavailable: it then counts as a failure after a while.
    pub async fn release(&self, limits: &[FailureLimit], attempt: &str) -> Result<()> {
        let mut all = redis::pipe();
        for limit in limits {
            all.cmd("ZREM").arg(self.key(limit)).arg(format!("o{attempt}")).ignore();
        }
        self.0.run_all(&all).await
    }

    /// Deletes the failures; attempts in progress stay counted.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn clear_failures(&self, limit: &FailureLimit) -> Result<()> {
        self.0.run_script(CLEAR_SCRIPT.prepare_invoke().key(self.key(limit))).await
    }

    fn key(&self, limit: &FailureLimit) -> String {
        self.0.key(&format!("limit:{}", limit.subject))
    }
}

fn window_millis(limit: &FailureLimit) -> u64 {
    u64::from(limit.window_seconds) * 1000
}
