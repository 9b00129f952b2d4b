//! What a command may fail with.

use domain::Problem;
use runtime::TimedOut;

/// The results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A command that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No response in time.
    #[error("redis: {0}")]
    TimedOut(#[from] TimedOut),
    /// Redis has not responded recently, so the command was not sent.
    #[error("redis: not called, because it has not responded recently")]
    BreakerOpen,
    /// An error of the server or of the connection.
    #[error("redis: {0}")]
    Driver(#[from] redis::RedisError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::unavailable(error)
    }
}
