//! The `Idempotency-Key` header, and answers given before.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use domain::Problem;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::{ApiError, openapi};

const KEY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED_HEADER: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The most characters of a key.
const MAX_KEY_LENGTH: usize = 255;

/// The client's key, if it sent one.
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// What tells a body, at a path, from every other.
    pub fn fingerprint(path: &str, body: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(path).chain_update([0]).chain_update(body).finalize().into()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut sent = parts.headers.get_all(KEY_HEADER).iter();
        let Some(value) = sent.next() else { return Ok(Self(None)) };
        let text =
            value.to_str().ok().filter(|text| (1..=MAX_KEY_LENGTH).contains(&text.len()) && sent.next().is_none());
        let refused = || {
            Problem::invalid_field(
                "Idempotency-Key",
                format!("must be sent once, with 1 to {MAX_KEY_LENGTH} visible ASCII characters"),
            )
        };
        Ok(Self(Some(text.ok_or_else(refused)?.to_owned())))
    }
}

impl utoipa::IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The same key with the same body gives the first answer again for a day";
        vec![openapi::header_parameter("Idempotency-Key", description, "^[!-~]([ -~]{0,253}[!-~])?$")]
    }
}

/// An answer that may have been given before: then it is the same again, and says so.
pub fn with_replay_header(answer: impl IntoResponse, replayed: bool) -> Response {
    let mut response = answer.into_response();
    if replayed {
        response.headers_mut().insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    }
    response
}
