//! Cache-aside that never keeps what was overtaken.
//!
//! An entry is a hash: its bodies, and a generation that every invalidation replaces. A reader
//! who missed fills only if the generation is still the one that it saw, so a slow reader cannot
//! put back what a write has just removed. One reader among many that miss gets a lease and asks
//! the store; the others wait for its answer, a bounded time.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use redis::Script;

use crate::{Redis, Result};

/// How long a body is served; an invalidation that was lost (Redis away at the very moment)
/// is forgotten after that at the latest.
const BODY_LIFE: Duration = Duration::from_secs(60);
/// How long a generation is remembered: longer than any reader may take to fill.
const GENERATION_LIFE: Duration = Duration::from_secs(120);
/// How long the one with the lease may take before another gets it.
const LEASE: Duration = Duration::from_secs(2);
/// How long the others wait for it, and how often they look.
const PATIENCE: Duration = Duration::from_millis(300);
const LOOK: Duration = Duration::from_millis(10);
/// The most bodies under one entry, so that invented filters cannot fill the memory.
const MAX_BODIES: usize = 500;

static FILL: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local g = redis.call('HGET', KEYS[1], 'g')
         if (g or '') ~= ARGV[1] then return 0 end
         if not g then redis.call('HSET', KEYS[1], 'g', ARGV[5]) end
         if redis.call('HLEN', KEYS[1]) <= tonumber(ARGV[4]) then
           redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
           redis.call('PEXPIRE', KEYS[1], ARGV[6], 'LT')
         end
         redis.call('DEL', KEYS[2])
         return 1",
    )
});

static INVALIDATE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "for _, key in ipairs(KEYS) do
           redis.call('DEL', key)
           redis.call('HSET', key, 'g', ARGV[1])
           redis.call('PEXPIRE', key, ARGV[2])
         end
         return #KEYS",
    )
});

/// A thing that is cached in one or more forms and invalidated as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry(String);

impl Entry {
    /// Named like `product:7` or `products`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

/// What a reader that missed needs to fill.
#[derive(Clone, Debug)]
pub struct Token {
    generation: String,
}

/// What a cache says.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// The bytes as they were filled in.
    Hit(Bytes),
    /// Ask the store, then [`Cache::fill`] with this.
    Miss(Token),
}

/// The caches kept in one Redis.
#[derive(Clone)]
pub struct Cache(Redis);

impl Cache {
    /// Caches kept in `redis`.
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    /// Looks `form` of `entry` up; among many that miss at once, one is sent to the store and
    /// the others wait for its answer for at most 300 ms.
    ///
    /// # Errors
    /// When Redis is away: ask the store, and do not fill.
    pub async fn find(&self, entry: &Entry, form: &str) -> Result<Lookup> {
        let key = self.0.key(&entry.0);
        let lease = self.lease(entry, form);
        let mut waited = Duration::ZERO;
        loop {
            let seen: (Option<String>, Option<Bytes>) =
                self.0.run(redis::cmd("HMGET").arg(&key).arg("g").arg(form)).await?;
            if let (_, Some(body)) = seen {
                return Ok(Lookup::Hit(body));
            }
            let generation = seen.0.unwrap_or_default();
            let mut take = redis::cmd("SET");
            take.arg(&lease).arg(1).arg("NX").arg("PX").arg(LEASE.as_millis() as u64);
            let taken: Option<String> = self.0.run(&take).await?;
            if taken.is_some() || waited >= PATIENCE {
                return Ok(Lookup::Miss(Token { generation }));
            }
            // The condition is Redis's to tell, and it tells nobody: look again shortly.
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
    }

    /// Keeps what the store answered, unless the entry was invalidated meanwhile. `nonce` is
    /// any fresh random text.
    ///
    /// # Errors
    /// When Redis is away; nothing is lost by that.
    pub async fn fill(&self, entry: &Entry, form: &str, token: &Token, body: &[u8], nonce: &str) -> Result<()> {
        let mut fill = FILL.prepare_invoke();
        fill.key(self.0.key(&entry.0)).key(self.lease(entry, form));
        fill.arg(&token.generation).arg(form).arg(body).arg(MAX_BODIES).arg(nonce).arg(BODY_LIFE.as_millis() as u64);
        self.0.run_script(&fill).await
    }

    /// Forgets every form of these entries, and keeps readers that are under way from filling.
    /// `nonce` is any fresh random text.
    ///
    /// # Errors
    /// When Redis is away: the caller's event must bring it about later.
    pub async fn invalidate(&self, entries: &[Entry], nonce: &str) -> Result<()> {
        let mut invalidate = INVALIDATE.prepare_invoke();
        for entry in entries {
            invalidate.key(self.0.key(&entry.0));
        }
        invalidate.arg(nonce).arg(GENERATION_LIFE.as_millis() as u64);
        self.0.run_script(&invalidate).await
    }

    fn lease(&self, entry: &Entry, form: &str) -> String {
        self.0.key(&format!("lease:{}:{form}", entry.0))
    }
}
