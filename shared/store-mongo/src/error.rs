//! Why an operation fails, and how much of that a log may show.

use domain::Problem;
use mongodb::bson::Document;
use mongodb::error::{ErrorKind, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure};
use runtime::TimedOut;

/// The results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The server's code for a document that a unique index rejects.
pub(crate) const DUPLICATE_KEY: i32 = 11000;
/// The server's code for two transactions that change one document.
pub(crate) const WRITE_CONFLICT: i32 = 112;
/// The server's code for a collection that exists.
const NAMESPACE_EXISTS: i32 = 48;

/// The maximum length of an error in a log line, in characters.
const MAX_ERROR_CHARS: usize = 300;

/// An operation that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No response in time: it is unknown whether the operation took effect.
    #[error("mongodb: {0}")]
    TimedOut(#[from] TimedOut),
    /// The store has not responded to earlier transactions for as long as this one waited behind
    /// them: nothing was sent.
    #[error("mongodb: no response to earlier transactions")]
    Unresponsive,
    /// An error of the server or of the connection.
    #[error("mongodb: {}", describe(.0))]
    Driver(#[from] mongodb::error::Error),
    /// A statement of a batch was rejected.
    #[error("mongodb: a statement of a batch was rejected with code {0}")]
    WriteRejected(i32),
    /// A document that this crate did not write.
    #[error("mongodb: {0}")]
    InvalidDocument(String),
}

impl Error {
    /// Whether the unique index of this name rejected a document.
    pub fn violates_unique_index(&self, index: &str) -> bool {
        let Self::Driver(error) = self else { return false };
        match &*error.kind {
            ErrorKind::Write(WriteFailure::WriteError(rejection)) => {
                is_duplicate_in_index(rejection.code, &rejection.message, index)
            }
            ErrorKind::Command(rejection) => is_duplicate_in_index(rejection.code, &rejection.message, index),
            ErrorKind::InsertMany(failure) => {
                let mut rejections = failure.write_errors.iter().flatten();
                rejections.any(|rejection| is_duplicate_in_index(rejection.code, &rejection.message, index))
            }
            _ => false,
        }
    }

    /// Whether all documents of an insert are there, those of before included.
    pub(crate) fn is_only_duplicates(&self) -> bool {
        let Self::Driver(error) = self else { return false };
        let ErrorKind::InsertMany(failure) = &*error.kind else { return false };
        failure.write_concern_error.is_none()
            && failure.write_errors.iter().flatten().all(|rejection| rejection.code == DUPLICATE_KEY)
    }

    /// Whether a collection could not be created because it exists.
    pub(crate) fn is_namespace_exists(&self) -> bool {
        matches!(self, Self::Driver(error) if matches!(&*error.kind, ErrorKind::Command(rejection) if rejection.code == NAMESPACE_EXISTS))
    }

    /// Whether the whole transaction may be retried: nothing of it has happened.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            // Two upserts that create one document: one of them finds it the next time.
            Self::Driver(error) => {
                error.contains_label(TRANSIENT_TRANSACTION_ERROR) || self.violates_unique_index("_id_")
            }
            Self::WriteRejected(code) => [WRITE_CONFLICT, DUPLICATE_KEY].contains(code),
            Self::TimedOut(_) | Self::Unresponsive | Self::InvalidDocument(_) => false,
        }
    }

    /// Whether a commit may or may not have happened: committing again finds out.
    pub(crate) fn is_unknown_commit(&self) -> bool {
        match self {
            Self::Driver(error) => error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT),
            Self::TimedOut(_) => true,
            Self::Unresponsive | Self::WriteRejected(_) | Self::InvalidDocument(_) => false,
        }
    }

    /// Whether a later attempt may succeed: the server is unavailable, busy, or changing its
    /// primary.
    pub fn is_unavailable(&self) -> bool {
        let Self::Driver(error) = self else {
            return matches!(self, Self::TimedOut(_) | Self::Unresponsive) || self.is_transient();
        };
        match &*error.kind {
            ErrorKind::Io(_)
            | ErrorKind::ServerSelection { .. }
            | ErrorKind::ConnectionPoolCleared { .. }
            | ErrorKind::DnsResolve { .. }
            // Reported for a deployment of which no server has responded yet.
            | ErrorKind::Transaction { .. } => true,
            // Time limits (24, 50), a changed primary, a shutdown, a transaction that the server
            // aborted.
            ErrorKind::Command(rejection) => {
                [6, 7, 24, 50, 89, 91, 112, 189, 246, 251, 262, 9001, 10107, 11600, 11602, 13435, 13436]
                    .contains(&rejection.code)
            }
            _ => error.contains_label("RetryableWriteError") || self.is_transient() || self.is_unknown_commit(),
        }
    }
}

/// The kind of an error and the server's code. Never its text or the rest of its response, which
/// repeat stored or submitted data.
fn describe(error: &mongodb::error::Error) -> String {
    let rejected = |what: &str, code: i32, name: &str| format!("{what} was rejected with code {code} {name}");
    let text = match &*error.kind {
        ErrorKind::Command(rejection) => rejected("a command", rejection.code, &rejection.code_name),
        ErrorKind::Write(WriteFailure::WriteError(rejection)) => {
            rejected("a write", rejection.code, rejection.code_name.as_deref().unwrap_or_default())
        }
        ErrorKind::Write(WriteFailure::WriteConcernError(rejection)) => {
            rejected("a write's acknowledgement", rejection.code, &rejection.code_name)
        }
        ErrorKind::InsertMany(failure) => {
            let codes: Vec<i32> = failure.write_errors.iter().flatten().map(|rejection| rejection.code).collect();
            format!("inserts were rejected with codes {codes:?}")
        }
        // Only about the connection.
        ErrorKind::Io(_)
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::Transaction { .. } => error.kind.to_string(),
        // `BsonDeserialization(…)`: its name, not what could not be decoded.
        other => format!("{other:?}").split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned(),
    };
    text.chars().take(MAX_ERROR_CHARS).collect()
}

/// Whether the response to a command of several writes says that one of them was rejected.
pub(crate) fn check_write_errors(reply: &Document) -> Result<()> {
    let rejections = reply.get_array("writeErrors").ok();
    let code = rejections.and_then(|rejections| rejections.first()?.as_document()?.get_i32("code").ok());
    code.map_or(Ok(()), |code| Err(Error::WriteRejected(code)))
}

/// Whether a rejection is by this index. Only its text says so on every server: MongoDB continues
/// with the key, DocumentDB ends at the index's name. The key contains what a client sent, so only
/// the first index that is named counts.
pub(crate) fn is_duplicate_in_index(code: i32, message: &str, index: &str) -> bool {
    let named = message.split_once(" index: ").and_then(|(_, rest)| rest.split_whitespace().next());
    code == DUPLICATE_KEY && named == Some(index)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if error.is_unavailable() { Self::unavailable(error) } else { Self::internal(error) }
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{deserialize_from_document, doc};
    use mongodb::error::{CommandError, WriteError};

    use super::*;

    /// In the servers' formats: MongoDB 7's, 4.2's, and Amazon DocumentDB's, whose text ends at the
    /// index's name and whose responses have neither `codeName` nor `keyPattern`.
    const DUPLICATES: [&str; 3] = [
        r#"{"index": 0, "code": 11000, "keyPattern": {"productId": 1, "userId": 1}, "keyValue": {"productId": 7, "userId": 3},
            "errmsg": "E11000 duplicate key error collection: reviewdb.reviews index: one_per_user dup key: { productId: 7, userId: 3 }"}"#,
        r#"{"index": 0, "code": 11000,
            "errmsg": "E11000 duplicate key error collection: reviewdb.reviews index: one_per_user dup key: { : 7, : 3 }"}"#,
        r#"{"index": 0, "code": 11000,
            "errmsg": "E11000 duplicate key error collection: reviewdb.reviews index: one_per_user"}"#,
    ];

    fn document(json: &str) -> Document {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_second_review_is_recognized_by_its_index_on_every_server() {
        for text in DUPLICATES {
            let reply = document(text);
            let write: WriteError = deserialize_from_document(reply.clone()).unwrap();
            // In a transaction some servers reject the whole command.
            let mut whole = reply;
            whole.extend(doc! { "ok": 0 });
            let command: CommandError = deserialize_from_document(whole).unwrap();
            for kind in [ErrorKind::Write(WriteFailure::WriteError(write)), ErrorKind::Command(command)] {
                let error = Error::from(mongodb::error::Error::from(kind));
                assert!(error.violates_unique_index("one_per_user"), "{text}");
                for other in ["_id_", "one_per", "user", "dup"] {
                    assert!(!error.violates_unique_index(other), "{other}: {text}");
                }
            }
        }
        // What a client sent is in the key, after the index that rejected it.
        let sent =
            r#"E11000 duplicate key error collection: a.b index: _id_ dup key: { _id: " index: one_per_user " }"#;
        assert!(
            is_duplicate_in_index(DUPLICATE_KEY, sent, "_id_")
                && !is_duplicate_in_index(DUPLICATE_KEY, sent, "one_per_user")
        );
        assert!(!is_duplicate_in_index(DUPLICATE_KEY, "E11000 duplicate key error collection: a.b", "_id_"));
        assert!(!is_duplicate_in_index(
            WRITE_CONFLICT,
            "E11000 duplicate key error collection: a.b index: _id_",
            "_id_"
        ));
    }

    #[test]
    fn an_error_shows_its_code_but_no_stored_data() {
        let reply = doc! { "code": 2, "codeName": "BadValue", "errmsg": "year 292278994 of canary is out of range" };
        let command: CommandError = deserialize_from_document(reply.clone()).unwrap();
        let write: WriteError = deserialize_from_document(reply).unwrap();
        for (kind, expected) in [
            (ErrorKind::Command(command), "mongodb: a command was rejected with code 2 BadValue"),
            (ErrorKind::Write(WriteFailure::WriteError(write)), "mongodb: a write was rejected with code 2 BadValue"),
        ] {
            let error = mongodb::error::Error::from(kind);
            assert!(error.to_string().contains("canary"), "the driver's own text: {error}");
            assert_eq!(Error::from(error).to_string(), expected);
        }
        let unread = mongodb::error::Error::custom("canary");
        assert_eq!(Error::from(unread).to_string(), "mongodb: Custom");
    }
}
