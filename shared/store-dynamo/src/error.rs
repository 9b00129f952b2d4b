//! Why a call fails, and how much of that a log may show.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use domain::Problem;
use runtime::TimedOut;

/// The results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The maximum length of an error in a log line, in characters.
const MAX_ERROR_CHARS: usize = 300;

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No response in time: it is unknown whether the call took effect.
    #[error("dynamodb: {0}")]
    TimedOut(#[from] TimedOut),
    /// Unreachable, overloaded or throttled: it is unknown whether the call took effect.
    #[error("dynamodb is unavailable: {0}")]
    Unavailable(String),
    /// Other writers changed the same item again and again; nothing was written.
    #[error("dynamodb: {0} was overtaken by other writers too often")]
    Contended(&'static str),
    /// The service rejected a call that should be valid.
    #[error("dynamodb rejected the request: {0}")]
    Rejected(String),
    /// An item that this crate did not write, or could not write.
    #[error("dynamodb: an item is invalid: {0}")]
    InvalidItem(String),
}

/// Rejections that may not occur again at a later attempt.
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

    /// Whether a later attempt may succeed.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Unavailable(_) | Self::Contended(_))
    }
}

/// The service's code, or why it was not reached. Neither its text nor its whole response, which
/// the SDK includes in an error's context: a failed condition shows the existing item.
fn describe<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error {
        SdkError::ServiceError(refusal) => refusal.err().code().unwrap_or("a refusal without a code").to_owned(),
        SdkError::ResponseError(_) => "a response that cannot be read".to_owned(),
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
        assert_eq!(message("ValidationException"), "dynamodb rejected the request: ValidationException");
        assert_eq!(message("ThrottlingException"), "dynamodb is unavailable: ThrottlingException");
    }
}
