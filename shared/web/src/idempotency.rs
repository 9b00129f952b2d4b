//! The `Idempotency-Key` header of a request, and the `Idempotent-Replayed` header of its response.
//!
//! Stores no key: see `domain::idempotency`.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use domain::idempotency::{IdempotencyKey, Idempotent};
use domain::{Problem, UserId};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::{ApiError, openapi};

const KEY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED_HEADER: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The maximum length of a key, in characters.
const MAX_KEY_LENGTH: usize = 255;

/// The client's key, if it sent one.
pub struct IdempotencyHeader(pub Option<String>);

impl IdempotencyHeader {
    /// The key, bound to its user, its route and its body; `path` separates resources of one route.
    pub fn key(self, user: UserId, route: &'static str, path: &str, body: &[u8]) -> Option<IdempotencyKey> {
        self.0.map(|key| IdempotencyKey::new(user, route, key, path, body))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyHeader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut sent = parts.headers.get_all(KEY_HEADER).iter();
        let Some(value) = sent.next() else { return Ok(Self(None)) };
        let text =
            value.to_str().ok().filter(|text| (1..=MAX_KEY_LENGTH).contains(&text.len()) && sent.next().is_none());
        let invalid = || {
            Problem::invalid_field(
                "Idempotency-Key",
                format!("must be sent once, with 1 to {MAX_KEY_LENGTH} visible ASCII characters"),
            )
        };
        Ok(Self(Some(text.ok_or_else(invalid)?.to_owned())))
    }
}

impl utoipa::IntoParams for IdempotencyHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The same key with the same body gets the first response again for one day";
        vec![openapi::header_parameter("Idempotency-Key", description, "^[!-~]([ -~]{0,253}[!-~])?$")]
    }
}

/// The response to a request with a key: the first one and its replays have the same bytes, and a
/// replay says so in a header. A problem that is replayed keeps the id of the first request.
pub fn respond<T, R: IntoResponse>(done: Idempotent<T>, to_response: impl FnOnce(T) -> Result<R, Problem>) -> Response {
    let Idempotent { outcome, replay } = done;
    let replayed = replay.is_some();
    let mut response = match to_response(outcome) {
        Ok(response) => response.into_response(),
        Err(problem) => match replay.and_then(|replay| replay.request_id) {
            Some(first) => ApiError::from(problem.with_request_id(first)).into_response(),
            None => ApiError::from(problem).into_response(),
        },
    };
    if replayed {
        response.headers_mut().insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    }
    response
}
