//! What an operation may fail with, and which of it a client is told.

use domain::Problem;
use mongodb::error::{ErrorKind, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure};
use runtime::Elapsed;

/// Answers of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The server's code for a unique index that refuses a document.
pub(crate) const DUPLICATE_KEY: i32 = 11000;
/// The server's code for two transactions that change one document.
pub(crate) const WRITE_CONFLICT: i32 = 112;
/// The server's code for a collection that exists.
const NAMESPACE_EXISTS: i32 = 48;

/// An operation that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither an answer nor an error in time: whether it took effect is unknown.
    #[error("mongodb: {0}")]
    Elapsed(#[from] Elapsed),
    /// The store has not answered others for as long as this one has waited behind them: nothing
    /// was asked.
    #[error("mongodb: no answer to those before")]
    Silent,
    /// What the server or the connection said.
    #[error("mongodb: {0}")]
    Driver(#[from] mongodb::error::Error),
    /// A statement of a batch was refused.
    #[error("mongodb: a statement of a batch was refused with code {0}")]
    Statement(i32),
    /// A document is not what was written there.
    #[error("mongodb: {0}")]
    Document(String),
}

impl Error {
    /// Whether the unique index of this name refused a document.
    pub fn is_duplicate_of(&self, index: &str) -> bool {
        let Self::Driver(error) = self else { return false };
        match &*error.kind {
            ErrorKind::Write(WriteFailure::WriteError(refusal)) => names(refusal.code, &refusal.message, index),
            ErrorKind::Command(refusal) => names(refusal.code, &refusal.message, index),
            ErrorKind::InsertMany(refused) => {
                let mut refusals = refused.write_errors.iter().flatten();
                refusals.any(|refusal| names(refusal.code, &refusal.message, index))
            }
            _ => false,
        }
    }

    /// Whether a collection could not be made because it exists.
    pub(crate) fn is_there_already(&self) -> bool {
        matches!(self, Self::Driver(error) if matches!(&*error.kind, ErrorKind::Command(refusal) if refusal.code == NAMESPACE_EXISTS))
    }

    /// Whether the whole transaction may be tried again: nothing of it has happened.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            // Two upserts that make one document: one of them finds it the next time.
            Self::Driver(error) => error.contains_label(TRANSIENT_TRANSACTION_ERROR) || self.is_duplicate_of("_id_"),
            Self::Statement(code) => [WRITE_CONFLICT, DUPLICATE_KEY].contains(code),
            Self::Elapsed(_) | Self::Silent | Self::Document(_) => false,
        }
    }

    /// Whether a commit may or may not have happened: committing again finds out.
    pub(crate) fn is_unknown_commit(&self) -> bool {
        match self {
            Self::Driver(error) => error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT),
            Self::Elapsed(_) => true,
            Self::Silent | Self::Statement(_) | Self::Document(_) => false,
        }
    }

    /// Whether trying later may help: the server is away, busy, or changing its primary.
    pub fn is_unavailable(&self) -> bool {
        let Self::Driver(error) = self else {
            return matches!(self, Self::Elapsed(_) | Self::Silent) || self.is_transient();
        };
        match &*error.kind {
            ErrorKind::Io(_)
            | ErrorKind::ServerSelection { .. }
            | ErrorKind::ConnectionPoolCleared { .. }
            | ErrorKind::DnsResolve { .. }
            // Said of a deployment of which no server has answered yet.
            | ErrorKind::Transaction { .. } => true,
            // Time limits (24, 50), a changed primary, a shutdown, a transaction that the server gave up.
            ErrorKind::Command(refusal) => {
                [6, 7, 24, 50, 89, 91, 112, 189, 246, 251, 262, 9001, 10107, 11600, 11602, 13435, 13436]
                    .contains(&refusal.code)
            }
            _ => error.contains_label("RetryableWriteError") || self.is_transient() || self.is_unknown_commit(),
        }
    }
}

fn names(code: i32, message: &str, index: &str) -> bool {
    code == DUPLICATE_KEY && message.contains(&format!("index: {index} "))
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if error.is_unavailable() { Self::unavailable(error) } else { Self::internal(error) }
    }
}
