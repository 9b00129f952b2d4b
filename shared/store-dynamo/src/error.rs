//! What a call may fail with, and which of it a client is told.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use domain::Problem;
use runtime::TimedOut;

/// Answers of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The most characters of an error in a log line.
const MAX_ERROR_CHARS: usize = 300;

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer in time: whether the call took effect is unknown.
    #[error("dynamodb: {0}")]
    TimedOut(#[from] TimedOut),
    /// Not reached, overloaded or throttled: whether the call took effect is unknown.
    #[error("dynamodb is away: {0}")]
    Unavailable(String),
    /// Others wrote the same item again and again; nothing was written.
    #[error("dynamodb: {0} lost its race too often")]
    Contended(&'static str),
    /// The service refused a call that should be good.
    #[error("dynamodb refused: {0}")]
    Rejected(String),
    /// An item, or what was to become one, is not what this crate writes.
    #[error("dynamodb: an item is wrong: {0}")]
    InvalidItem(String),
}

/// Refusals that a later try may not meet.
const TRANSIENT_CODES: [&str; 7] = [
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

impl Error {
    pub(crate) fn from_sdk<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let text = describe(error);
        let passing = match error {
            SdkError::ServiceError(refusal) => refusal.err().code().is_some_and(|code| TRANSIENT_CODES.contains(&code)),
            SdkError::ConstructionFailure(_) => false,
            _ => true,
        };
        if passing { Self::Unavailable(text) } else { Self::Rejected(text) }
    }

    /// Whether trying later may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Unavailable(_) | Self::Contended(_))
    }
}

/// The service's code, or why it was not reached. Not its text and not the whole reply, which the
/// SDK's own context of an error has: a refused condition shows the item that was there.
fn describe<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error {
        SdkError::ServiceError(refusal) => refusal.err().code().unwrap_or("a refusal without a code").to_owned(),
        SdkError::ResponseError(_) => "an answer that cannot be read".to_owned(),
        unreached => DisplayErrorContext(unreached).to_string().chars().take(MAX_ERROR_CHARS).collect(),
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if error.is_unavailable() { Self::unavailable(error) } else { Self::internal(error) }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::operation::put_item::PutItemError;

    use super::*;

    #[test]
    fn an_error_shows_its_code_but_not_the_response() {
        let message = |code: &str| {
            let metadata = ErrorMetadata::builder().code(code).message("canary").build();
            Error::from_sdk(&SdkError::service_error(PutItemError::generic(metadata), "canary")).to_string()
        };
        assert_eq!(message("ValidationException"), "dynamodb refused: ValidationException");
        assert_eq!(message("ThrottlingException"), "dynamodb is away: ThrottlingException");
    }
}
