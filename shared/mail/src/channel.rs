//! A channel to a user.

use domain::notifications::{self, Notification};
use domain::users::Email;
use futures::future::BoxFuture;

/// Why a message was not sent. Neither text names a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The channel is unavailable, throttled or not configured: a later attempt may succeed. It may
    /// also have accepted the message, with the response lost.
    #[error("the channel is unavailable: {0}")]
    Unavailable(String),
    /// The channel will never accept this message.
    #[error("the channel rejected the message: {0}")]
    Rejected(String),
}

/// A channel to a user: SES, or the log.
pub trait NotificationChannel: Send + Sync {
    /// The kind that records store.
    fn kind(&self) -> notifications::Channel;

    /// Sends a message. `to` is `None` if no address was looked up, or none is known.
    fn send<'a>(&'a self, to: Option<&'a Email>, message: &'a Notification) -> BoxFuture<'a, Result<(), SendError>>;
}
