//! notification-worker: tells customers of facts about their orders, one record per fact.
//!
//! Takes the notification queue. Owns no route and decides nothing: the words are in `domain`,
//! the condition that makes a record unique in `dynamo`, the channels in `mail`. A fact that
//! cannot be told now stays in the queue; after its last try its record is marked failed and the
//! message lies in the dead-letter queue, from where it can be redriven safely.

mod tell;

use std::error::Error;
use std::time::Duration;

use dynamo::{Config, Dynamo, Notifications};
use mail::Courier;
use runtime::{Check, Clock, Ready, Vars};
use worker::sqs::{SqsBatchResponse, SqsEvent};

/// What the worker works with.
#[derive(Clone)]
pub struct App {
    notifications: Notifications,
    courier: Courier,
    clock: Clock,
}

impl App {
    /// Notes where the stores are; connects to none.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let notifications = Notifications::new(Dynamo::new(Config::read(vars)?), Config::notifications(vars)?);
        let courier = Courier::read(vars, mail::Role::NOTIFICATION_WORKER, notifications.clone(), clock)?;
        Ok(Self { notifications, courier, clock: clock.clone() })
    }
}

impl Ready for App {
    fn checks(&self) -> Vec<Check> {
        let notifications = self.notifications.clone();
        let mut all: Vec<Check> = vec![("notifications", Box::pin(async move { Ok(notifications.ping().await?) }))];
        if let Some(userdb) = self.courier.userdb().cloned() {
            all.push(("userdb", Box::pin(async move { Ok(userdb.ping().await?) })));
        }
        all
    }
}

/// Tells of each fact in a batch; `left` is how long that may take. The answer names the records
/// to be delivered again.
pub async fn handle(app: &App, batch: SqsEvent, left: Duration) -> SqsBatchResponse {
    worker::handle_tries(batch, left, |event, tries| tell::tell(app, event, tries)).await
}
