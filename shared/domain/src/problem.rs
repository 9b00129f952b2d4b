//! What went wrong, in terms of the shop. `web` maps a kind to an HTTP status, in one place.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

/// The result of every fallible use case.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// The class of a problem, which decides what a client can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The request is malformed, or a field is out of bounds.
    Invalid,
    /// No token, or an invalid one.
    Unauthenticated,
    /// The card was declined.
    PaymentDeclined,
    /// Authenticated, but not allowed.
    Forbidden,
    /// Missing, or owned by another user: a client cannot tell which.
    NotFound,
    /// The current state does not allow it.
    Conflict,
    /// The caller decided on an older version.
    Stale,
    /// An idempotency key was reused with a different body.
    Unprocessable,
    TooManyRequests,
    /// A defect of the server.
    Internal,
    /// A store is unavailable, or the deadline passed before an effect.
    Unavailable,
}

/// One field of a request, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Its path in the body or query: `items[0].quantity`.
    pub field: String,
    /// One sentence for a person.
    pub message: String,
}

/// A failure that is reported to a client. Boxed, so that every `Result` stays small.
#[derive(Debug)]
pub struct Problem(Box<ProblemParts>);

/// The parts of a [`Problem`].
#[derive(Debug)]
pub struct ProblemParts {
    /// Decides the HTTP status of the response.
    pub kind: ProblemKind,
    /// Stable, snake_case; clients switch on it.
    pub code: &'static str,
    /// One sentence for a person; never SQL, a path or a host.
    pub detail: String,
    /// The fields of the request that it is about, if any.
    pub errors: Vec<FieldError>,
    /// Further members of the body, such as `items` or `order`.
    pub extensions: Map<String, Value>,
    /// In seconds; sent as `Retry-After`.
    pub retry_after: Option<u32>,
    /// For the log only: the message of a store or a library.
    pub cause: Option<String>,
    /// The request that first got this response, if it is replayed.
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem without further members.
    pub fn new(kind: ProblemKind, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(ProblemParts {
            kind,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            extensions: Map::new(),
            retry_after: None,
            cause: None,
            request_id: None,
        }))
    }

    /// 400 for one field.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// The maximum number of field errors in one response: no form has more, and a hostile body can
    /// have any number.
    pub const MAX_FIELD_ERRORS: usize = 20;
    /// The maximum number of field errors that the detail names.
    const MAX_FIELDS_IN_DETAIL: usize = 3;

    /// 400 for several fields.
    pub fn invalid_fields(mut errors: Vec<FieldError>) -> Self {
        errors.truncate(Self::MAX_FIELD_ERRORS);
        let in_words = errors.iter().take(Self::MAX_FIELDS_IN_DETAIL);
        let mut detail = in_words.map(|error| format!("{}: {}.", error.field, error.message)).collect::<Vec<_>>();
        if errors.len() > Self::MAX_FIELDS_IN_DETAIL {
            detail.push("More fields are invalid.".to_owned());
        }
        let mut problem = Self::new(ProblemKind::Invalid, "invalid_request", detail.join(" "));
        problem.0.errors = errors;
        problem
    }

    /// 404; the same whether the resource is missing or owned by another user.
    pub fn not_found(what: &'static str) -> Self {
        Self::new(ProblemKind::NotFound, "not_found", format!("This {what} does not exist."))
    }

    /// Becomes a response with status 409.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Conflict, code, detail)
    }

    /// 403. The sentence also goes into the security log: it comes from the code, never from a
    ///      client.
    pub fn forbidden(detail: &'static str) -> Self {
        Self::new(ProblemKind::Forbidden, "forbidden", detail)
    }

    /// 503 because a store did not answer; `cause` is logged, never sent.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        let detail = "The shop is temporarily unavailable. Please try again shortly.";
        Self::new(ProblemKind::Unavailable, "unavailable", detail).with_retry_after(1).with_cause(cause)
    }

    /// 500 because of a defect of the server; `cause` is logged, never sent.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(ProblemKind::Internal, "internal", "Something went wrong on our side.").with_cause(cause)
    }

    /// Adds a member to the body.
    #[must_use]
    pub fn with_extension(mut self, name: &str, value: impl Serialize) -> Self {
        // The shop's own response types always have a JSON form.
        self.0.extensions.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// Names the field of the request that caused it; its message is the detail.
    #[must_use]
    pub fn at_field(mut self, field: &str) -> Self {
        let message = self.0.detail.clone();
        self.0.errors.push(FieldError { field: field.to_owned(), message });
        self
    }

    /// Tells the client when to retry, in seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Adds the cause for the log.
    #[must_use]
    pub fn with_cause(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Marks the response as a replay of the one to an earlier request, with the id of that
    /// request.
    #[must_use]
    pub fn with_request_id(mut self, request_id: String) -> Self {
        self.0.request_id = Some(request_id);
        self
    }

    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// All parts, for the one place that serializes them.
    pub fn into_parts(self) -> ProblemParts {
        *self.0
    }

    /// All parts, for a log line.
    pub fn parts(&self) -> &ProblemParts {
        &self.0
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.detail)?;
        self.0.cause.as_ref().map_or(Ok(()), |cause| write!(f, " ({cause})"))
    }
}

impl std::error::Error for Problem {}
