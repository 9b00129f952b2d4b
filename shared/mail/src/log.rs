//! The log as a channel, if no sender is configured.

use domain::notifications::{self, Notification};
use domain::users::Email;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::{NotificationChannel, SendError};

/// Logs that a notification exists, neither its text nor its recipient.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogChannel;

impl NotificationChannel for LogChannel {
    fn kind(&self) -> notifications::Channel {
        notifications::Channel::Log
    }

    fn send<'a>(&'a self, _: Option<&'a Email>, message: &'a Notification) -> BoxFuture<'a, Result<(), SendError>> {
        tracing::info!(notification.id = %message.id, "A notification was written to the log: no sender is configured.");
        async { Ok(()) }.boxed()
    }
}
