//! Rate limits: what a request may not pass before anything of it is read.
//!
//! [`mount`](crate::mount) puts one before every route, so no handler has a line for it. What writes
//! or costs much is counted in Redis, beside the look-up of the caller's session and not before it.
//! Plain reads are counted by this instance alone: they neither wait for Redis nor need it.

mod documented;
mod layer;
mod table;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::UserId;
use domain::limits::{Class, Counted, Limits, Rate, Scope, retry_after_seconds, too_many_requests};
use domain::{Problem, Timestamp};
use http::request::Parts;
use redis_store::{Bucket, Buckets, Empty, Sessions};
use runtime::{Clock, Missing, SecurityEvent, Vars};
use sha2::{Digest, Sha256};

use crate::source::{Edge, Source};

pub(crate) use documented::describe;
pub(crate) use layer::limited;
pub use layer::{Limited, Route};
use table::Table;

/// What one instance counts with.
pub(crate) struct Limiter {
    limits: Limits,
    together: Buckets,
    /// What this instance counts for itself.
    own: Mutex<Table>,
    /// Whose refusals are in the security log already.
    recorded: Mutex<Table>,
    edge: Edge,
    clock: Clock,
}

/// A limit that a request counts against.
struct Counting {
    scope: Scope,
    bucket: Bucket,
}

impl Limiter {
    /// Reads `LIMITS` and `EDGE_KEY`.
    ///
    /// # Errors
    /// When `LIMITS` says no limits.
    pub(crate) fn read(vars: &Vars, sessions: &Sessions, clock: &Clock) -> Result<Arc<Self>, Missing> {
        Ok(Arc::new(Self {
            limits: vars.limits()?,
            together: Buckets::beside(sessions),
            own: Mutex::default(),
            recorded: Mutex::default(),
            edge: Edge::read(vars),
            clock: clock.clone(),
        }))
    }

    /// Whether requests of this class are counted by their user.
    pub(crate) fn counts_users(&self, class: Class) -> bool {
        self.limits.of(class, Scope::User).is_some()
    }

    /// The address that a request counts for.
    pub(crate) fn network(&self, parts: &Parts) -> String {
        Source::of(&self.edge, parts).network()
    }

    /// Counts one request.
    ///
    /// # Errors
    /// 429 when there were too many. Redis being unreachable is no error: then this instance counts.
    pub(crate) async fn count(&self, class: Class, network: &str, user: Option<UserId>) -> Result<(), Problem> {
        let limits = [
            self.counting(class, Scope::Address, || pseudonym(network)),
            user.and_then(|user| self.counting(class, Scope::User, || user.to_string())),
        ];
        let limits: Vec<Counting> = limits.into_iter().flatten().collect();
        let now = self.clock.now();
        let empty = match class.counted() {
            Counted::PerInstance => self.take(&limits, now),
            Counted::Together => {
                let buckets: Vec<Bucket> = limits.iter().map(|limit| limit.bucket.clone()).collect();
                match self.together.take(&buckets, now).await {
                    Ok(empty) => empty,
                    Err(error) => {
                        tracing::warn!(%error, "Requests could not be counted in Redis; this instance counts its own.");
                        self.take(&limits, now)
                    }
                }
            }
        };
        let Some(Empty { place, wait_micros }) = empty else { return Ok(()) };
        self.record(class, &limits[place], user, now);
        Err(too_many_requests(retry_after_seconds(wait_micros)))
    }

    fn counting(&self, class: Class, scope: Scope, whose: impl Fn() -> String) -> Option<Counting> {
        let rate = self.limits.of(class, scope)?;
        let name = format!("{}:{}:{}", class.as_str(), scope.as_str(), whose());
        Some(Counting { scope, bucket: Bucket { name, rate } })
    }

    fn take(&self, limits: &[Counting], now: Timestamp) -> Option<Empty> {
        lock(&self.own).take(limits.iter().map(|limit| &limit.bucket), micros(now))
    }

    /// Notes the first refusal in a limit's time, per instance: a flood must not fill the log that
    /// tells of it. Each refused request has its own line with its status all the same.
    fn record(&self, class: Class, limit: &Counting, user: Option<UserId>, now: Timestamp) {
        let once = Rate { requests: 1, ..limit.bucket.rate };
        let bucket = Bucket { rate: once, ..limit.bucket.clone() };
        if lock(&self.recorded).take(std::iter::once(&bucket), micros(now)).is_none() {
            let reason = format!("{} per {}", class.as_str(), limit.scope.as_str());
            SecurityEvent::LimitHit.record(user.as_ref().map(|user| user as &dyn std::fmt::Display), &reason);
        }
    }
}

/// Microseconds since 1970.
fn micros(now: Timestamp) -> u64 {
    now.millis().unsigned_abs() * 1000
}

/// A name for an address that does not show it: Redis keeps no personal data. Whoever reads Redis
/// could try all IPv4 addresses, so it is also gone when the bucket is full again.
fn pseudonym(network: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&Sha256::digest(network)[..16])
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use domain::Kind;
    use redis_store::Redis;

    use super::*;

    #[tokio::test]
    async fn a_flood_is_one_line_of_the_security_log() {
        let vars = Vars::from_iter([("LIMITS", "readiness.address=5/60"), ("REDIS_URL", "redis://127.0.0.1:1")]);
        let redis = Redis::new(&redis_store::Config::read(&vars).unwrap()).unwrap();
        let clock = Clock::stopped(Clock::system().now());
        let limiter = Limiter::read(&vars, &Sessions::new(redis), &clock).unwrap();
        let flood = async || {
            let mut refused = 0;
            for _ in 0..100 {
                let counted = limiter.count(Class::Readiness, "192.0.2.1", None).await;
                refused += u32::from(counted.is_err_and(|problem| problem.kind() == Kind::TooManyRequests));
            }
            refused
        };
        let recorded = || {
            let text = runtime::metrics::text();
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
