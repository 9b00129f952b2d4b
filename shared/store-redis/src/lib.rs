//! Redis: the only place where its driver is named. Sessions, caches and rate limits.
//!
//! Never the source of truth for a price or a stock. Every command has a short time limit, behind a
//! circuit breaker, so that an unavailable or hanging Redis costs a bounded delay once and then
//! nothing.

mod breaker;
mod cache;
mod config;
mod connection;
mod connector;
mod error;
mod failure_limiter;
mod rate_limiter;
mod sessions;

pub use cache::{Cache, CacheEntry, FillToken, Lookup};
pub use config::Config;
pub use connection::Redis;
pub use error::{Error, Result};
pub use failure_limiter::{Admission, FailureLimit, FailureLimiter};
pub use rate_limiter::{Bucket, EmptyBucket, RedisRateLimiter};
pub use sessions::{AccountState, AccountUpdateOutcome, MAX_SESSION_SECONDS, MAX_SESSIONS, Session, Sessions};
