//! Rate limits: how often something may fail or happen within a window.

use crate::{Redis, Result};

/// Counts in fixed windows that begin with the first count.
#[derive(Clone)]
pub struct Limits(Redis);

impl Limits {
    /// Limits counted in `redis`.
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    /// How often `what` was counted in its current window, and how many seconds that still lasts.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn count(&self, what: &str) -> Result<(u32, u32)> {
        let key = self.0.key(&format!("limit:{what}"));
        let mut both = redis::pipe();
        both.cmd("GET").arg(&key).cmd("TTL").arg(&key);
        let (count, left): (Option<u32>, i64) = self.0.run_all(&both).await?;
        Ok((count.unwrap_or(0), u32::try_from(left).unwrap_or(0)))
    }

    /// Counts `what` once more; its window begins with the first count and lasts so many seconds.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn add(&self, what: &str, window_seconds: u32) -> Result<u32> {
        let key = self.0.key(&format!("limit:{what}"));
        let mut both = redis::pipe();
        both.atomic().cmd("INCR").arg(&key).cmd("EXPIRE").arg(&key).arg(window_seconds).arg("NX").ignore();
        let (count,): (u32,) = self.0.run_all(&both).await?;
        Ok(count)
    }

    /// Forgets what was counted.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn clear(&self, what: &str) -> Result<()> {
        self.0.run(redis::cmd("DEL").arg(self.0.key(&format!("limit:{what}")))).await
    }
}
