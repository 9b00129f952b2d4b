//! Serializes problems as RFC 9457 bodies: the one place where a kind becomes an HTTP status.

use axum::response::{IntoResponse, Response};
use domain::{FieldError, Problem, ProblemKind};
use http::{HeaderValue, StatusCode, header};
use runtime::SecurityEvent;
use serde::Serialize;
use serde_json::{Map, Value};

/// The maximum length of a cause in a log line, in characters.
const MAX_CAUSE_LENGTH: usize = 500;

/// The body of every error response.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemBody {
    /// Always `about:blank`: `code` identifies the problem.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The name of the status.
    title: &'static str,
    status: u16,
    /// One sentence for a person.
    detail: String,
    /// The same sentence, for clients that read `message`.
    message: String,
    /// Stable and in snake_case: clients compare it.
    code: &'static str,
    /// Identifies this request in the logs.
    request_id: String,
    /// For an invalid body or query: all of its invalid fields, at most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Further members, depending on the code: `items`, `total`, `order`.
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// A [`Problem`] as a response; handlers make one with `?`.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    problem: Problem,
}

impl ApiError {
    /// An error of the HTTP protocol, for which the domain has no kind: a method, a media type, a size.
    pub(crate) fn protocol(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, problem: Problem::new(ProblemKind::Invalid, code, detail) }
    }
}

impl<P: Into<Problem>> From<P> for ApiError {
    fn from(problem: P) -> Self {
        let problem = problem.into();
        Self { status: status_code(problem.kind()), problem }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, problem } = self;
        let parts = problem.into_parts();
        if status.is_server_error() {
            // Logged once, here; the cause is never sent. Stores report their errors by a code; any
            // other text is truncated.
            let cause: String = parts.cause.iter().flat_map(|cause| cause.chars()).take(MAX_CAUSE_LENGTH).collect();
            tracing::error!(problem.code = parts.code, problem.cause = cause, "A request failed.");
        }
        if parts.kind == ProblemKind::Forbidden {
            // The sentence comes from the code (`Problem::forbidden`), and the caller is known by
            // now.
            SecurityEvent::AccessDenied.record(None, &parts.detail);
        }
        let body = ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            message: parts.detail.clone(),
            detail: parts.detail,
            code: parts.code,
            request_id: parts.request_id.or_else(runtime::current_request_id).unwrap_or_default(),
            errors: parts.errors,
            extra: parts.extensions,
        };
        // A problem is plain data: it always has a JSON form.
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (status, bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = parts.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn status_code(kind: ProblemKind) -> StatusCode {
    match kind {
        ProblemKind::Invalid => StatusCode::BAD_REQUEST,
        ProblemKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ProblemKind::PaymentDeclined => StatusCode::PAYMENT_REQUIRED,
        ProblemKind::Forbidden => StatusCode::FORBIDDEN,
        ProblemKind::NotFound => StatusCode::NOT_FOUND,
        ProblemKind::Conflict => StatusCode::CONFLICT,
        ProblemKind::Stale => StatusCode::PRECONDITION_FAILED,
        ProblemKind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        ProblemKind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        ProblemKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ProblemKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}
