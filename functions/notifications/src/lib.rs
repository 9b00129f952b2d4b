//! notifications: users' notifications, and admin messages.
//!
//! Owns reading the table of notifications, and the messages that admins write. Shows users only
//! their own notifications, and sends none about orders itself: the notification worker does, once
//! per event.

mod list;
mod mark_read;
mod send;

use std::error::Error;

use domain::Problem;
use futures::FutureExt;
use mail::Dispatcher;
use runtime::{Clock, Env};
use store_dynamo::{Config, Dynamo, Notifications};
use store_postgres::Database;
use store_redis::{Redis, Sessions};
use web::{Authenticator, ReadinessChecks, StoreCheck};

/// The dependencies of the handlers.
#[derive(Clone)]
pub struct App {
    authenticator: Authenticator,
    redis: Redis,
    notifications: Notifications,
    dispatcher: Dispatcher,
    userdb: Database,
    clock: Clock,
}

impl App {
    /// Reads the configuration; opens no connection.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        let authenticator = Authenticator::from_env(env, Sessions::new(redis.clone()), clock.clone())?;
        let notifications = Notifications::new(Dynamo::new(Config::from_env(env)?), Config::notifications_table(env)?);
        let dispatcher = Dispatcher::from_env(env, store_postgres::Role::NOTIFICATIONS, notifications.clone(), clock)?;
        let userdb =
            Database::new(store_postgres::Config::from_env(env, store_postgres::Role::NOTIFICATIONS, "USERDB_URL")?);
        Ok(Self { authenticator, redis, notifications, dispatcher, userdb, clock: clock.clone() })
    }
}

impl AsRef<Authenticator> for App {
    fn as_ref(&self) -> &Authenticator {
        &self.authenticator
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (redis, table, userdb) = (self.redis.clone(), self.notifications.clone(), self.userdb.clone());
        vec![
            ("redis", async move { redis.ping().await.map_err(Problem::from) }.boxed()),
            ("dynamodb", async move { table.ping().await.map_err(Problem::from) }.boxed()),
            ("userdb", async move { userdb.ping().await.map_err(Problem::from) }.boxed()),
        ]
    }
}

web::endpoints!("notifications", App:
    send::send_notification {
        access: Admin, rate: Message, repeat: IdempotencyKey,
        body: {"userId": 1, "type": "newsletter", "subject": "New mugs", "message": "They are here."}
    },
    list::list_notifications { access: OwnerOrAdmin },
    mark_read::mark_notification_read { access: Owner, repeat: Safe("a notification is marked as read once") },
);
