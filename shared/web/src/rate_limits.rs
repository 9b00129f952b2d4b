//! Rate limits, checked before anything of a request is read.
//!
//! [`mount_handler`](crate::mount_handler) puts a limit before every route, so no handler has a
//! line for it. Writes and expensive requests are counted in Redis, in parallel with the look-up of
//! the caller's session. Plain reads are counted by this instance alone: they neither wait for
//! Redis nor need it.

mod bucket_table;
mod openapi;
mod route_limit;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::UserId;
use domain::rate_limits::{
    BucketLocation, Rate, RateLimitScope, RateLimits, RequestClass, retry_after_seconds, too_many_requests,
};
use domain::{Problem, Timestamp};
use http::request::Parts;
use runtime::{Clock, ConfigError, Env, SecurityEvent};
use sha2::{Digest, Sha256};
use store_redis::{Bucket, EmptyBucket, RedisRateLimiter, Sessions};

use crate::client_ip::{ClientIp, OriginKey};

use bucket_table::BucketTable;
pub(crate) use openapi::describe_limits;
pub(crate) use route_limit::enforce_limit;
pub use route_limit::{Route, RouteLimit};

/// What one instance needs for counting.
pub(crate) struct RateLimiter {
    limits: RateLimits,
    redis_buckets: RedisRateLimiter,
    /// The buckets that this instance counts itself.
    local_buckets: Mutex<BucketTable>,
    /// Which rejections are in the security log already.
    logged_rejections: Mutex<BucketTable>,
    origin_key: OriginKey,
    clock: Clock,
}

/// A limit that a request counts against.
struct AppliedLimit {
    scope: RateLimitScope,
    bucket: Bucket,
}

impl RateLimiter {
    /// Reads `LIMITS` and `EDGE_KEY`.
    ///
    /// # Errors
    /// When `LIMITS` cannot be parsed.
    pub(crate) fn from_env(env: &Env, sessions: &Sessions, clock: &Clock) -> Result<Arc<Self>, ConfigError> {
        Ok(Arc::new(Self {
            limits: env.rate_limits()?,
            redis_buckets: RedisRateLimiter::sharing_connection(sessions),
            local_buckets: Mutex::default(),
            logged_rejections: Mutex::default(),
            origin_key: OriginKey::from_env(env),
            clock: clock.clone(),
        }))
    }

    /// Whether requests of this class are counted by user.
    pub(crate) fn has_user_limit(&self, class: RequestClass) -> bool {
        self.limits.rate_for(class, RateLimitScope::User).is_some()
    }

    /// The address by which a request is counted.
    pub(crate) fn network(&self, parts: &Parts) -> String {
        ClientIp::from_request(&self.origin_key, parts).network()
    }

    /// Counts one request.
    ///
    /// # Errors
    /// 429 when there were too many. An unreachable Redis is no error: then this instance counts.
    pub(crate) async fn check(&self, class: RequestClass, network: &str, user: Option<UserId>) -> Result<(), Problem> {
        let limits = [
            self.applied_limit(class, RateLimitScope::Address, || pseudonym(network)),
            user.and_then(|user| self.applied_limit(class, RateLimitScope::User, || user.to_string())),
        ];
        let limits: Vec<AppliedLimit> = limits.into_iter().flatten().collect();
        let now = self.clock.now();
        let empty = match class.bucket_location() {
            BucketLocation::PerInstance => self.take_locally(&limits, now),
            BucketLocation::Shared => {
                let buckets: Vec<Bucket> = limits.iter().map(|limit| limit.bucket.clone()).collect();
                match self.redis_buckets.try_acquire(&buckets, now).await {
                    Ok(empty) => empty,
                    Err(error) => {
                        tracing::warn!(%error, "Requests could not be counted in Redis; this instance counts its own.");
                        self.take_locally(&limits, now)
                    }
                }
            }
        };
        let Some(EmptyBucket { index, wait_micros }) = empty else { return Ok(()) };
        self.log_rejection(class, &limits[index], user, now);
        Err(too_many_requests(retry_after_seconds(wait_micros)))
    }

    fn applied_limit(
        &self,
        class: RequestClass,
        scope: RateLimitScope,
        subject: impl Fn() -> String,
    ) -> Option<AppliedLimit> {
        let rate = self.limits.rate_for(class, scope)?;
        let name = format!("{}:{}:{}", class.as_str(), scope.as_str(), subject());
        Some(AppliedLimit { scope, bucket: Bucket { name, rate } })
    }

    fn take_locally(&self, limits: &[AppliedLimit], now: Timestamp) -> Option<EmptyBucket> {
        lock(&self.local_buckets).take(limits.iter().map(|limit| &limit.bucket), micros(now))
    }

    /// Logs the first rejection within a limit's window, per instance: a flood must not fill the
    /// log that reports it. Each rejected request still has its own line with its status.
    fn log_rejection(&self, class: RequestClass, limit: &AppliedLimit, user: Option<UserId>, now: Timestamp) {
        let once = Rate { requests: 1, ..limit.bucket.rate };
        let bucket = Bucket { rate: once, ..limit.bucket.clone() };
        if lock(&self.logged_rejections).take(std::iter::once(&bucket), micros(now)).is_none() {
            let reason = format!("{} per {}", class.as_str(), limit.scope.as_str());
            SecurityEvent::RateLimited.record(user.as_ref().map(|user| user as &dyn std::fmt::Display), &reason);
        }
    }
}

/// Microseconds since 1970-01-01 in UTC.
fn micros(now: Timestamp) -> u64 {
    now.millis().unsigned_abs() * 1000
}

/// A pseudonym for an address: Redis stores no personal data. Someone with access to Redis could
/// try all IPv4 addresses, so the entry also expires when the bucket is full again.
fn pseudonym(network: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&Sha256::digest(network)[..16])
}

fn lock(table: &Mutex<BucketTable>) -> MutexGuard<'_, BucketTable> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use domain::ProblemKind;
    use store_redis::Redis;

    use super::*;

    #[tokio::test]
    async fn a_flood_is_one_line_of_the_security_log() {
        let env = Env::from_iter([("LIMITS", "readiness.address=5/60"), ("REDIS_URL", "redis://127.0.0.1:1")]);
        let redis = Redis::new(&store_redis::Config::from_env(&env).unwrap()).unwrap();
        let clock = Clock::stopped(Clock::system().now());
        let limiter = RateLimiter::from_env(&env, &Sessions::new(redis), &clock).unwrap();
        let flood = async || {
            let mut rejected = 0;
            for _ in 0..100 {
                let counted = limiter.check(RequestClass::Readiness, "192.0.2.1", None).await;
                rejected += u32::from(counted.is_err_and(|problem| problem.kind() == ProblemKind::TooManyRequests));
            }
            rejected
        };
        let recorded = || {
            let text = runtime::metrics::render_prometheus();
            let line = text.lines().find(|line| line.contains("limit_hit"));
            line.map_or("0", |line| line.rsplit(' ').next().unwrap_or_default()).to_owned()
        };
        assert_eq!((flood().await, recorded()), (95, "1".to_owned()));
        clock.advance(59);
        assert_eq!((flood().await, recorded()), (96, "1".to_owned()));
        clock.advance(60);
        assert_eq!((flood().await, recorded()), (95, "2".to_owned()));
    }
}
