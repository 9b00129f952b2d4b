//! A way to a user.

use domain::notifications::{self, Notification};
use domain::users::Email;
use futures::future::BoxFuture;

/// Why a message did not go out. Neither text names a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The channel is away, throttled or not set up: a later try may succeed. It may also have
    /// taken the message without our hearing of it.
    #[error("the channel is away: {0}")]
    Unavailable(String),
    /// The channel will never take this message.
    #[error("the channel refused the message: {0}")]
    Rejected(String),
}

/// A way to a user: SES, or the log.
pub trait NotificationChannel: Send + Sync {
    /// Which one it is, as records tell.
    fn kind(&self) -> notifications::Channel;

    /// Hands a message over. `to` is `None` where no address was asked for, or none is known.
    fn send<'a>(&'a self, to: Option<&'a Email>, message: &'a Notification) -> BoxFuture<'a, Result<(), SendError>>;
}
