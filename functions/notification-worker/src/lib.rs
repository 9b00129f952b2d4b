//! notification-worker: tells customers of facts about their orders, one record per fact.
//!
//! Takes the notification queue. Owns no route and decides nothing: the words are in `domain`,
//! the condition that makes a record unique in `dynamo`, the channels in `mail`. A fact that
//! cannot be told now stays in the queue; after its last try its record is marked failed and the
//! message lies in the dead-letter queue, from where it can be redriven safely.

mod notify;

use std::error::Error;
use std::time::Duration;

use mail::Dispatcher;
use runtime::{Clock, Env, ReadinessChecks, StoreCheck};
use store_dynamo::{Config, Dynamo, Notifications};
use worker::sqs::{SqsBatchResponse, SqsEvent};

/// What the worker works with.
#[derive(Clone)]
pub struct App {
    notifications: Notifications,
    dispatcher: Dispatcher,
    clock: Clock,
}

impl App {
    /// Notes where the stores are; connects to none.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let notifications = Notifications::new(Dynamo::new(Config::from_env(env)?), Config::notifications_table(env)?);
        let dispatcher = Dispatcher::from_env(env, mail::Role::NOTIFICATION_WORKER, notifications.clone(), clock)?;
        Ok(Self { notifications, dispatcher: dispatcher, clock: clock.clone() })
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let notifications = self.notifications.clone();
        let mut all: Vec<StoreCheck> =
            vec![("notifications", Box::pin(async move { Ok(notifications.ping().await?) }))];
        if let Some(userdb) = self.dispatcher.userdb().cloned() {
            all.push(("userdb", Box::pin(async move { Ok(userdb.ping().await?) })));
        }
        all
    }
}

/// Tells of each fact in a batch; `left` is how long that may take. The answer names the records
/// to be delivered again.
pub async fn handle(app: &App, batch: SqsEvent, remaining_time: Duration) -> SqsBatchResponse {
    worker::process_with_attempt(batch, remaining_time, |event, attempt| notify::notify_customer(app, event, attempt))
        .await
}
