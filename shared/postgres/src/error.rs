//! What a statement may fail with, and which of it a client is told.

use domain::Problem;
use runtime::Elapsed;

/// Answers of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A statement that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither an answer nor an error in time: whether it took effect is unknown.
    #[error("postgres: {0}")]
    Elapsed(#[from] Elapsed),
    /// What the server or the connection said.
    #[error("postgres: {0}")]
    Sql(#[from] sqlx::Error),
}

impl Error {
    /// The name of the constraint that refused a row.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Sql(sqlx::Error::Database(refusal)) => refusal.constraint(),
            _ => None,
        }
    }

    /// Whether the server answered, so that the connection is in a known state.
    pub(crate) fn was_answered(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Database(refusal)) => {
                // Class 57P: the server ends the connection after this answer.
                !refusal.code().is_some_and(|code| code.starts_with("57P"))
            }
            Self::Sql(sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => true,
            _ => false,
        }
    }

    /// Whether it is certain that the statement changed nothing: the server refused it, and so
    /// took back whatever it had done.
    pub fn had_no_effect(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(_))) && self.was_answered()
    }

    /// Whether trying later may help: the server is away, overloaded, or gave up waiting.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Database(refusal)) => refusal.code().is_some_and(|code| {
                // 08 connection, 53 resources, 57 operator or time limit, 55P03 lock wait,
                // 40 serialization and deadlock, 25006 a writer that became a reader.
                ["08", "53", "57", "55P03", "40", "25006"].iter().any(|class| code.starts_with(class))
            }),
            Self::Sql(sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)) => true,
            Self::Sql(_) => false,
            Self::Elapsed(_) => true,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if error.is_unavailable() { Self::unavailable(error) } else { Self::internal(error) }
    }
}
