//! Rate limits over all instances: token buckets, each one key that holds the moment at which the
//! bucket is full again. A key lives only until then, so most live for seconds.

use std::sync::LazyLock;

use domain::Timestamp;
use domain::rate_limits::Rate;
use redis::Script;

use crate::{Redis, Result, Sessions};

/// As [`Rate::try_acquire`], for several buckets: out of all of them, or out of none. Returns the
/// index of the one that is empty for longest and for how long, or 0.
static ACQUIRE_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now, full, empty, wait = tonumber(ARGV[1]), {}, 0, 0
         for i, key in ipairs(KEYS) do
           local interval, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
           full[i] = math.max(tonumber(redis.call('GET', key) or now), now) + interval
           local over = full[i] - now - window
           if over > wait then empty, wait = i, over end
         end
         if empty > 0 then return {empty, wait} end
         for i, key in ipairs(KEYS) do
           redis.call('SET', key, string.format('%.0f', full[i]), 'PX', math.ceil((full[i] - now) / 1000))
         end
         return {0, 0}",
    )
});

/// A bucket to take one request from.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// The limit and its subject; stored in Redis as it is, so nothing personal.
    pub name: String,
    pub rate: Rate,
}

/// A bucket that is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptyBucket {
    /// Its index in the arguments.
    pub index: usize,
    /// How long it stays empty.
    pub wait_micros: u64,
}

/// Buckets in one Redis.
#[derive(Clone)]
pub struct RedisRateLimiter(Redis);

impl RedisRateLimiter {
    /// In the Redis of these sessions: over the same connection.
    pub fn sharing_connection(sessions: &Sessions) -> Self {
        Self(sessions.redis().clone())
    }

    /// Takes one request from each of `buckets`, or from none if one is empty. One message.
    ///
    /// # Errors
    /// When Redis is unreachable.
    pub async fn try_acquire(&self, buckets: &[Bucket], now: Timestamp) -> Result<Option<EmptyBucket>> {
        let mut take = ACQUIRE_SCRIPT.prepare_invoke();
        take.arg(now.millis() * 1000);
        for Bucket { name, rate } in buckets {
            take.key(self.0.key(&format!("rate:{name}"))).arg(rate.interval_micros()).arg(rate.window_micros());
        }
        let (place, wait_micros): (usize, u64) = self.0.run_script(&take).await?;
        Ok(place.checked_sub(1).map(|place| EmptyBucket { index: place, wait_micros }))
    }
}
