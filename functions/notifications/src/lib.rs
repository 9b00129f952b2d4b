//! notifications: what users have been told, and messages by hand.
//!
//! Owns the reading of the table of notifications and the messages that admins write. Refuses to
//! show anybody's to anybody else, and to tell of orders by itself: facts are told by the
//! notification worker, once each.

mod list;
mod mark_read;
mod send;

use std::error::Error;

use domain::Problem;
use dynamo::{Config, Dynamo, Notifications};
use futures::FutureExt;
use mail::Courier;
use postgres::Database;
use redis_store::{Redis, Sessions};
use runtime::{Clock, Vars};
use web::{Check, Guard, Ready};

/// What the handlers work with.
#[derive(Clone)]
pub struct App {
    guard: Guard,
    redis: Redis,
    notifications: Notifications,
    courier: Courier,
    userdb: Database,
    clock: Clock,
}

impl App {
    /// Notes where the stores are; connects to none.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&redis_store::Config::read(vars)?)?;
        let guard = Guard::read(vars, Sessions::new(redis.clone()), clock.clone())?;
        let notifications = Notifications::new(Dynamo::new(Config::read(vars)?), Config::notifications(vars)?);
        let courier = Courier::read(vars, postgres::Role::NOTIFICATIONS, notifications.clone(), clock)?;
        let userdb = Database::new(postgres::Config::read(vars, postgres::Role::NOTIFICATIONS, "USERDB_URL")?);
        Ok(Self { guard, redis, notifications, courier, userdb, clock: clock.clone() })
    }
}

impl AsRef<Guard> for App {
    fn as_ref(&self) -> &Guard {
        &self.guard
    }
}

impl Ready for App {
    fn checks(&self) -> Vec<Check> {
        let (redis, table, userdb) = (self.redis.clone(), self.notifications.clone(), self.userdb.clone());
        vec![
            ("redis", async move { redis.ping().await.map_err(Problem::from) }.boxed()),
            ("dynamodb", async move { table.ping().await.map_err(Problem::from) }.boxed()),
            ("userdb", async move { userdb.ping().await.map_err(Problem::from) }.boxed()),
        ]
    }
}

web::group!("notifications", App: send::send_notification [Message], list::list_notifications, mark_read::mark_notification_read);
