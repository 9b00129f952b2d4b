//! A cache-aside cache that never serves overtaken entries.
//!
//! An entry is a hash: its bodies, and a generation that every invalidation replaces. A reader that
//! missed fills only if the generation is still the one that it saw, so a slow reader cannot put
//! back what a write has just removed. One of the readers that miss gets a lease, bound to the
//! generation, and reads the store; the others wait for its result, for a bounded time.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use domain::ProductId;
use redis::Script;
use runtime::metrics;

use crate::{Redis, Result};

/// How long a body is served: after a lost invalidation (Redis was unavailable at that moment) this
/// is the longest time it stays stale.
const BODY_TTL: Duration = Duration::from_secs(60);
/// How long a generation is stored: longer than any reader may take to fill.
const GENERATION_TTL: Duration = Duration::from_secs(120);
/// How long the lease holder may take before another reader gets the lease.
const LEASE_TTL: Duration = Duration::from_secs(2);
/// How long the others wait for it, and how often they poll.
const LEASE_WAIT: Duration = Duration::from_millis(300);
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// The maximum number and size of bodies in one entry: clients choose the filters of a list, and so
/// the number of pages.
const MAX_BODIES: usize = 500;
const MAX_ENTRY_BYTES: usize = 16 * 1024 * 1024;
/// The maximum size of all entries. Sessions are on the same node, which evicts nothing: the
/// smallest has 288 MiB, and memory that sessions need is not spent on pages.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The memory of a body in addition to its own and its name's bytes.
const BODY_OVERHEAD_BYTES: usize = 200;

/// Checks once more, and acquires the lease: between a reader's look-up and its request for the
/// lease, another may have filled the body and released the lease.
static LOOKUP_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local seen = redis.call('HMGET', KEYS[1], 'g', ARGV[1])
         local g = seen[1] or ''
         if seen[2] then return {seen[2], g, 0} end
         if redis.call('GET', KEYS[2]) == g then return {false, g, 0} end
         redis.call('SET', KEYS[2], g, 'PX', ARGV[2])
         return {false, g, 1}",
    )
});

/// Stores a body, and counts bytes: of the entry beside its bodies, and of all entries by the
/// minute in which an entry got its first body. An entry expires a minute after that, so the
/// current and the last minute count.
///
/// A full entry starts again empty: a client that requests many pages once cannot displace those
/// that many clients request. If all entries together are full, nothing is stored: memory is for
/// sessions first.
static FILL_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
         local seen = redis.call('HMGET', KEYS[1], 'g', '#bytes', '#minute')
         if (seen[1] or '') ~= ARGV[1] then return 0 end
         local minute = math.floor(redis.call('TIME')[1] / 60)
         local all, minutes = 0, redis.pcall('HKEYS', KEYS[3])
         if minutes.err then redis.call('UNLINK', KEYS[3]) minutes = {} end
         for _, field in ipairs(minutes) do
           if (tonumber(field) or 0) < minute - 1 then redis.call('HDEL', KEYS[3], field)
           else all = all + redis.call('HGET', KEYS[3], field) end
         end
         local more = #ARGV[2] + #ARGV[3] + tonumber(ARGV[8])
         local there = redis.call('HSTRLEN', KEYS[1], ARGV[2])
         if there > 0 then more = #ARGV[3] - there end
         if all + more > tonumber(ARGV[7]) then return 2 end
         local bytes, since = tonumber(seen[2] or 0), seen[3] or minute
         if redis.call('HLEN', KEYS[1]) - 3 >= tonumber(ARGV[4]) or bytes + more > tonumber(ARGV[6]) then
           if redis.call('HEXISTS', KEYS[3], since) == 1 then redis.call('HINCRBY', KEYS[3], since, -bytes) end
           redis.call('UNLINK', KEYS[1])
           redis.call('HSET', KEYS[1], 'g', ARGV[1])
           bytes, since, more = 0, minute, #ARGV[2] + #ARGV[3] + tonumber(ARGV[8])
           if more > tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[1], ARGV[5]) return 2 end
         end
         redis.call('HSET', KEYS[1], ARGV[2], ARGV[3], '#bytes', bytes + more, '#minute', since)
         redis.call('PEXPIRE', KEYS[1], ARGV[5], 'LT')
         redis.call('HINCRBY', KEYS[3], since, more)
         redis.call('PEXPIRE', KEYS[3], 3 * ARGV[5])
         return 1",
    )
});

static INVALIDATE_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local counted = KEYS[#KEYS]
         for i = 1, #KEYS - 1 do
           local key = KEYS[i]
           local seen = redis.pcall('HMGET', key, '#bytes', '#minute')
           if seen[1] and seen[2] and redis.pcall('HEXISTS', counted, seen[2]) == 1 then
             redis.pcall('HINCRBY', counted, seen[2], -(tonumber(seen[1]) or 0))
           end
           redis.call('UNLINK', key)
           redis.call('HSET', key, 'g', ARGV[1])
           redis.call('PEXPIRE', key, ARGV[2])
         end
         return #KEYS - 1",
    )
});

/// A resource that is cached in one or more forms and invalidated as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheEntry(String);

impl CacheEntry {
    /// A product as the response of `GET /api/products/{id}`.
    pub fn product(id: ProductId) -> Self {
        Self(format!("product:{id}"))
    }

    /// Every list of products, by its filters.
    pub fn product_lists() -> Self {
        Self("products".to_owned())
    }

    /// For names such as `dashboard`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

/// What a reader that missed needs to fill.
#[derive(Clone, Debug)]
pub struct FillToken {
    generation: String,
}

/// The result of a look-up.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// The bytes as they were filled in.
    Hit(Bytes),
    /// Read the store, then call [`Cache::fill`] with this, or [`Cache::release_lease`].
    Miss(FillToken),
}

/// The caches in one Redis.
#[derive(Clone)]
pub struct Cache(Redis);

impl Cache {
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    /// Looks up `variant` of `entry`; one of the readers that miss at once gets a lease, and the
    /// others wait for its result for at most 300 ms.
    ///
    /// # Errors
    /// When Redis is unavailable: read the store, and do not fill.
    pub async fn find(&self, entry: &CacheEntry, variant: &str) -> Result<Lookup> {
        let found = self.look_up(entry, variant).await?;
        match found {
            Lookup::Hit(_) => metrics::CACHE_HITS.increment(),
            Lookup::Miss(_) => metrics::CACHE_MISSES.increment(),
        }
        Ok(found)
    }

    async fn look_up(&self, entry: &CacheEntry, variant: &str) -> Result<Lookup> {
        let key = self.0.key(&entry.0);
        let body: Option<Bytes> = self.0.run(redis::cmd("HGET").arg(&key).arg(variant)).await?;
        if let Some(body) = body {
            return Ok(Lookup::Hit(body));
        }
        let mut acquire = LOOKUP_SCRIPT.prepare_invoke();
        acquire.key(&key).key(self.lease_key(entry, variant)).arg(variant).arg(LEASE_TTL.as_millis() as u64);
        let mut waited = Duration::ZERO;
        loop {
            let (body, generation, acquired): (Option<Bytes>, String, bool) = self.0.run_script(&acquire).await?;
            if let Some(body) = body {
                return Ok(Lookup::Hit(body));
            }
            if acquired || waited >= LEASE_WAIT {
                return Ok(Lookup::Miss(FillToken { generation }));
            }
            // Redis does not signal a released lease: poll again shortly.
            tokio::time::sleep(POLL_INTERVAL).await;
            waited += POLL_INTERVAL;
        }
    }

    /// Stores what was read from the store, unless the entry was invalidated in the meantime.
    ///
    /// # Errors
    /// When Redis is unavailable; nothing is lost by that.
    pub async fn fill(&self, entry: &CacheEntry, variant: &str, token: &FillToken, body: &[u8]) -> Result<()> {
        let mut fill = FILL_SCRIPT.prepare_invoke();
        fill.key(self.0.key(&entry.0)).key(self.lease_key(entry, variant)).key(self.byte_counts_key());
        fill.arg(&token.generation).arg(variant).arg(body).arg(MAX_BODIES).arg(BODY_TTL.as_millis() as u64);
        fill.arg(MAX_ENTRY_BYTES).arg(MAX_BYTES).arg(BODY_OVERHEAD_BYTES);
        self.0.run_script(&fill).await
    }

    /// Releases the lease if the store had nothing to fill in, so that the next reader does not
    /// wait for it.
    ///
    /// # Errors
    /// When Redis is unavailable; the lease then expires by itself.
    pub async fn release_lease(&self, entry: &CacheEntry, variant: &str) -> Result<()> {
        self.0.run(redis::cmd("DEL").arg(self.lease_key(entry, variant))).await
    }

    /// Invalidates every form of these entries, and prevents concurrent readers from filling.
    /// `nonce` is any new random text.
    ///
    /// # Errors
    /// When Redis is unavailable: the caller's event must repeat it later.
    pub async fn invalidate(&self, entries: &[CacheEntry], nonce: &str) -> Result<()> {
        let mut invalidate = INVALIDATE_SCRIPT.prepare_invoke();
        for entry in entries {
            invalidate.key(self.0.key(&entry.0));
        }
        invalidate.key(self.byte_counts_key()).arg(nonce).arg(GENERATION_TTL.as_millis() as u64);
        self.0.run_script(&invalidate).await
    }

    /// The key under which bytes are counted, by the minute.
    fn byte_counts_key(&self) -> String {
        self.0.key("cached")
    }

    fn lease_key(&self, entry: &CacheEntry, variant: &str) -> String {
        self.0.key(&format!("lease:{}:{variant}", entry.0))
    }
}
