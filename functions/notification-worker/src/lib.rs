//! notification-worker: notifies customers of events about their orders and their account, one record per
//! event.
//!
//! Consumes the notification queue. Owns no route and decides nothing: the texts are in `domain`,
//! the condition that makes a record unique in `store-dynamo`, the channels in `mail`. A
//! notification that cannot be sent now stays in the queue; after its last attempt its record is
//! marked failed and the message moves to the dead-letter queue, from where it can be redriven
//! safely.

mod notify;

use std::error::Error;
use std::time::Duration;

use mail::Dispatcher;
use runtime::{Clock, Env, ReadinessChecks, StoreCheck};
use store_dynamo::{Config, Dynamo, Notifications};
use worker::sqs::{SqsBatchResponse, SqsEvent};

/// The dependencies of the worker.
#[derive(Clone)]
pub struct App {
    notifications: Notifications,
    dispatcher: Dispatcher,
    clock: Clock,
}

impl App {
    /// Reads the configuration; opens no connection.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let notifications = Notifications::new(Dynamo::new(Config::from_env(env)?), Config::notifications_table(env)?);
        // A mail that asks to verify an address is nothing without its link.
        env.required("LINK_KEY")?;
        let dispatcher = Dispatcher::from_env(env, mail::Role::NOTIFICATION_WORKER, notifications.clone(), clock)?;
        Ok(Self { notifications, dispatcher, clock: clock.clone() })
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

/// Sends the notification of each event in a batch within `remaining_time`. The response names the
/// records to redeliver.
pub async fn handle(app: &App, batch: SqsEvent, remaining_time: Duration) -> SqsBatchResponse {
    worker::process_with_attempt(batch, remaining_time, |event, attempt| notify::notify_customer(app, event, attempt))
        .await
}
