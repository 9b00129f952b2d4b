//! Request bodies: JSON of bounded size and depth, deserialized into types that are always valid.
//! The response to an invalid body names all of its invalid fields.

use axum::extract::{FromRequest, Request};
use domain::{JsonObject, Problem, ProblemKind};
use http::{StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::{ApiError, field_errors};

/// The maximum size of a body; far above any honest one, far below what would hurt.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// The maximum nesting of a body.
const MAX_DEPTH: usize = 32;

/// A JSON body, and its raw bytes.
pub struct Body<T> {
    pub value: T,
    /// As received: an idempotency key is bound to them.
    pub bytes: bytes::Bytes,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let json = has_json_content_type(&request);
        let bytes =
            Limited::new(request.into_body(), MAX_BODY_BYTES).collect().await.map_err(unreadable_body)?.to_bytes();
        // No body is read as an empty object: where every field is optional that is valid,
        // elsewhere the response names the required field.
        let empty = bytes.is_empty();
        let bytes = if empty { bytes::Bytes::from_static(b"{}") } else { bytes };
        if !json && !empty {
            let detail = "The request body must be JSON: send Content-Type: application/json.";
            return Err(ApiError::protocol(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
        }
        if nests_too_deep(&bytes) {
            return Err(
                Problem::invalid_field("body", format!("must be nested at most {MAX_DEPTH} levels deep")).into()
            );
        }
        match serde_json::from_slice(&bytes) {
            Ok(JsonObject(value)) => Ok(Self { value, bytes }),
            Err(error) => Err(field_errors::invalid_body::<T>(&bytes, &error).into()),
        }
    }
}

fn has_json_content_type(request: &Request) -> bool {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = given.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
        || (media.starts_with("application/") && media.to_ascii_lowercase().ends_with("+json"))
}

fn unreadable_body(error: Box<dyn std::error::Error + Send + Sync>) -> ApiError {
    if error.is::<LengthLimitError>() {
        let detail = format!("The request body must be at most {} KB.", MAX_BODY_BYTES / 1024);
        return ApiError::protocol(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail);
    }
    Problem::new(ProblemKind::Invalid, "invalid_request", "The request body could not be read completely.")
        .with_cause(error)
        .into()
}

/// Counts brackets outside of strings; stops at the limit, whatever follows.
fn nests_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_of_strings() {
        assert!(!nests_too_deep(br#"{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[["}"#));
        assert!(!nests_too_deep("[".repeat(32).as_bytes()));
        assert!(nests_too_deep("[".repeat(10_000).as_bytes()));
        assert!(nests_too_deep(r#"{"a":"#.repeat(33).as_bytes()));
    }
}
