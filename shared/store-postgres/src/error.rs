//! Why a statement fails, and how much of that a log may show.

use domain::Problem;
use domain::pricing::{Currency, DiscountError};
use runtime::TimedOut;

/// The results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The maximum length of an error in a log line, in characters.
const MAX_MESSAGE_CHARS: usize = 300;

/// A statement that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No response in time: it is unknown whether the statement took effect.
    #[error("postgres: {0}")]
    TimedOut(#[from] TimedOut),
    /// An error of the server or of the connection.
    #[error("postgres: {}", describe(.0))]
    Sql(#[from] sqlx::Error),
}

impl Error {
    /// The name of the constraint that rejected a row.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Sql(sqlx::Error::Database(refusal)) => refusal.constraint(),
            _ => None,
        }
    }

    /// Why the order that was written may not use its discount: the triggers of `orders` count the
    /// uses, and refuse one too many.
    pub fn refused_discount(&self) -> Option<DiscountError> {
        let Self::Sql(sqlx::Error::Database(refusal)) = self else { return None };
        match refusal.code()?.as_ref() {
            "DS001" => Some(DiscountError::Unknown),
            "DS002" => Some(DiscountError::NotStarted),
            "DS003" => Some(DiscountError::Ended),
            "DS004" => Some(DiscountError::UsedUp),
            "DS005" => Some(DiscountError::UsedByCustomer),
            _ => None,
        }
    }

    /// Whether the server responded, so that the connection is in a known state.
    pub(crate) fn server_responded(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Database(refusal)) => {
                // Class 57P: the server closes the connection after this response.
                !refusal.code().is_some_and(|code| code.starts_with("57P"))
            }
            Self::Sql(sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => true,
            _ => false,
        }
    }

    /// Whether it is certain that the statement changed nothing: the server rejected it, and so
    /// rolled back whatever it had done.
    pub fn had_no_effect(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(_))) && self.server_responded()
    }

    /// Whether a later attempt may succeed: the server is unavailable, overloaded, or gave up
    /// waiting.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Database(refusal)) => refusal.code().is_some_and(|code| {
                // 08 connection, 53 resources, 57 operator or time limit, 55P03 lock wait, 40
                // serialization and deadlock, 25006 a writer that became a reader.
                ["08", "53", "57", "55P03", "40", "25006"].iter().any(|class| code.starts_with(class))
            }),
            Self::Sql(sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)) => true,
            Self::Sql(_) => false,
            Self::TimedOut(_) => true,
        }
    }
}

/// Describes an error by the server's code and the violated constraint. Includes the server's text
/// only if it is about the schema or the server (classes 42, 53, 57, 08): an error about data (22,
/// 23) repeats what was sent.
fn describe(error: &sqlx::Error) -> String {
    let sqlx::Error::Database(refusal) = error else {
        // A value that could not be decoded is named only by its column.
        return match error {
            sqlx::Error::ColumnDecode { index, .. } => format!("column {index} could not be read"),
            sqlx::Error::Decode(_) => "a value could not be read".to_owned(),
            other => other.to_string().chars().take(MAX_MESSAGE_CHARS).collect(),
        };
    };
    let code = refusal.code().unwrap_or_default();
    let constraint = refusal.constraint().map_or_else(String::new, |name| format!(" by {name}"));
    let is_of_data = ["22", "23"].iter().any(|class| code.starts_with(class));
    let text = if is_of_data { String::new() } else { format!(": {}", refusal.message()) };
    format!("rejected with {code}{constraint}{text}").chars().take(MAX_MESSAGE_CHARS).collect()
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if let Some(refused) = error.refused_discount() {
            // None of these shows an amount.
            return refused.problem(Currency::EUR);
        }
        if error.is_unavailable() { Self::unavailable(error) } else { Self::internal(error) }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error as StdError;
    use std::fmt;

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    #[derive(Debug)]
    struct FakeDatabaseError(&'static str, Option<&'static str>);

    impl fmt::Display for FakeDatabaseError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.message())
        }
    }

    impl StdError for FakeDatabaseError {}

    impl DatabaseError for FakeDatabaseError {
        fn message(&self) -> &str {
            "the server's text"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn constraint(&self) -> Option<&str> {
            self.1
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }
    }

    #[test]
    fn a_data_error_is_described_without_the_data() {
        let message = |code, constraint| {
            Error::from(sqlx::Error::Database(Box::new(FakeDatabaseError(code, constraint)))).to_string()
        };
        assert_eq!(message("23505", Some("users_email")), "postgres: rejected with 23505 by users_email");
        assert_eq!(message("22P02", None), "postgres: rejected with 22P02");
        assert_eq!(message("42703", None), "postgres: rejected with 42703: the server's text");
        let unread = Error::from(sqlx::Error::Decode("canary".into()));
        assert_eq!(unread.to_string(), "postgres: a value could not be read");
    }
}
