//! What a call may fail with, and which of it a client is told.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use domain::Problem;
use runtime::Elapsed;

/// Answers of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer in time: whether the call took effect is unknown.
    #[error("dynamodb: {0}")]
    Elapsed(#[from] Elapsed),
    /// Not reached, overloaded or throttled: whether the call took effect is unknown.
    #[error("dynamodb is away: {0}")]
    Away(String),
    /// Others wrote the same item again and again; nothing was written.
    #[error("dynamodb: {0} lost its race too often")]
    Contended(&'static str),
    /// The service refused a call that should be good.
    #[error("dynamodb refused: {0}")]
    Refused(String),
    /// An item, or what was to become one, is not what this crate writes.
    #[error("dynamodb: an item is wrong: {0}")]
    Item(String),
}

/// Refusals that a later try may not meet.
const PASSING: [&str; 7] = [
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

impl Error {
    pub(crate) fn of<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let text = DisplayErrorContext(error).to_string();
        let passing = match error {
            SdkError::ServiceError(refusal) => refusal.err().code().is_some_and(|code| PASSING.contains(&code)),
            SdkError::ConstructionFailure(_) => false,
            _ => true,
        };
        if passing { Self::Away(text) } else { Self::Refused(text) }
    }

    /// Whether trying later may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Elapsed(_) | Self::Away(_) | Self::Contended(_))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if error.is_unavailable() { Self::unavailable(error) } else { Self::internal(error) }
    }
}
