//! Analytics: events as they happen, and the figures that they add up to.
//!
//! Owns analyticsdb, together with the analytics worker. Taking an event is one insert; figures
//! are folded from events in batches, and a dashboard reads figures alone, so that it costs the
//! same however many events there are. Money, orders and reviews on the dashboard come from the
//! shop's own facts, never from what a client sends. Redis saves work and is not needed for it.

mod dashboard;
mod track;
mod user;

use std::error::Error;

use mongo::Mongo;
use redis_store::{Cache, Redis, Sessions};
use runtime::{Clock, Vars};
use web::{Check, Guard, Ready};

/// Everything that analytics needs.
#[derive(Clone)]
pub struct App {
    mongo: Mongo,
    redis: Redis,
    cache: Cache,
    guard: Guard,
    clock: Clock,
}

impl App {
    /// Reads the configuration; opens no connection.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&redis_store::Config::read(vars)?)?;
        Ok(Self {
            mongo: Mongo::new(mongo::Config::read(vars)?, clock),
            cache: Cache::new(redis.clone()),
            guard: Guard::read(vars, Sessions::new(redis.clone()), clock.clone())?,
            redis,
            clock: clock.clone(),
        })
    }
}

impl AsRef<Guard> for App {
    fn as_ref(&self) -> &Guard {
        &self.guard
    }
}

impl Ready for App {
    fn checks(&self) -> Vec<Check> {
        let (mongo, redis) = (self.mongo.clone(), self.redis.clone());
        vec![
            ("analyticsdb", Box::pin(async move { Ok(mongo.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::group!("analytics", App:
    track::track_event [Event],
    dashboard::show_dashboard,
    user::show_user_events,
);
