//! What a command may fail with.

use domain::Problem;
use runtime::TimedOut;

/// Answers of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A command that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer in time.
    #[error("redis: {0}")]
    TimedOut(#[from] TimedOut),
    /// It did not answer lately, so it was not asked.
    #[error("redis: not asked, it has not answered lately")]
    BreakerOpen,
    /// What the server or the connection said.
    #[error("redis: {0}")]
    Driver(#[from] redis::RedisError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::unavailable(error)
    }
}
