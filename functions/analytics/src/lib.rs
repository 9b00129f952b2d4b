//! Analytics: events as they happen, and their totals.
//!
//! Owns analyticsdb, together with the analytics worker. Receiving an event is one insert; events
//! are aggregated into rollups in batches, and a dashboard reads only rollups, so that it costs the
//! same however many events there are. Money, orders and reviews on the dashboard come from the
//! shop's own domain events, never from what a client sends. Redis saves work but is not required.

mod dashboard;
mod track;
mod user;

use std::error::Error;

use runtime::{Clock, Env};
use store_mongo::Mongo;
use store_redis::{Cache, Redis, Sessions};
use web::{Authenticator, ReadinessChecks, StoreCheck};

/// The dependencies of the handlers.
#[derive(Clone)]
pub struct App {
    mongo: Mongo,
    redis: Redis,
    cache: Cache,
    authenticator: Authenticator,
    clock: Clock,
}

impl App {
    /// Reads the configuration; opens no connection.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        Ok(Self {
            mongo: Mongo::new(store_mongo::Config::from_env(env)?, clock),
            cache: Cache::new(redis.clone()),
            authenticator: Authenticator::from_env(env, Sessions::new(redis.clone()), clock.clone())?,
            redis,
            clock: clock.clone(),
        })
    }
}

impl AsRef<Authenticator> for App {
    fn as_ref(&self) -> &Authenticator {
        &self.authenticator
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (mongo, redis) = (self.mongo.clone(), self.redis.clone());
        vec![
            ("analyticsdb", Box::pin(async move { Ok(mongo.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::endpoints!("analytics", App:
    track::track_event {
        access: MaybeCustomer, rate: Event, repeat: Safe("an eventId is counted once"),
        body: {"eventType": "product.view", "metadata": {"productId": 1}}
    },
    dashboard::show_dashboard { access: Admin, query: "days=30" },
    user::show_user_events { access: OwnerOrAdmin },
);
