//! Request bodies: JSON of a bounded size and depth, read into types that cannot be wrong.
//! An answer to one that is not names all of its bad fields.

use axum::extract::{FromRequest, Request};
use domain::{Kind, Object, Problem};
use http::header;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::{Failure, field_errors};

/// The most bytes of a body; far above any honest one, far below what would hurt.
const MAX_BYTES: usize = 256 * 1024;
/// How deep a body may nest.
const MAX_DEPTH: usize = 32;

/// A JSON body, and the bytes it was read from.
pub struct Body<T> {
    /// What was read.
    pub value: T,
    /// As they came: what an idempotency key is bound to.
    pub bytes: bytes::Bytes,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let json = is_json(&request);
        let bytes = Limited::new(request.into_body(), MAX_BYTES).collect().await.map_err(refused)?.to_bytes();
        // No body at all is read as an empty object: where every field is optional that is fine,
        // elsewhere the answer names the field that is required.
        let empty = bytes.is_empty();
        let bytes = if empty { bytes::Bytes::from_static(b"{}") } else { bytes };
        if !json && !empty {
            let detail = "The body must be JSON: send Content-Type: application/json.";
            return Err(Problem::new(Kind::UnsupportedMediaType, "unsupported_media_type", detail).into());
        }
        if too_deep(&bytes) {
            return Err(Problem::field("body", format!("must nest at most {MAX_DEPTH} levels deep")).into());
        }
        match serde_json::from_slice(&bytes) {
            Ok(Object(value)) => Ok(Self { value, bytes }),
            Err(error) => Err(field_errors::of_body::<T>(&bytes, &error).into()),
        }
    }
}

fn is_json(request: &Request) -> bool {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = given.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
        || (media.starts_with("application/") && media.to_ascii_lowercase().ends_with("+json"))
}

fn refused(error: Box<dyn std::error::Error + Send + Sync>) -> Failure {
    if error.is::<LengthLimitError>() {
        let detail = format!("The body must be at most {} KB.", MAX_BYTES / 1024);
        return Problem::new(Kind::TooLarge, "too_large", detail).into();
    }
    Problem::new(Kind::Invalid, "invalid_request", "The body could not be read to its end.").caused_by(error).into()
}

/// Counts brackets outside of strings; stops at the limit, whatever follows.
fn too_deep(json: &[u8]) -> bool {
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
        assert!(!too_deep(br#"{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[["}"#));
        assert!(!too_deep("[".repeat(32).as_bytes()));
        assert!(too_deep("[".repeat(10_000).as_bytes()));
        assert!(too_deep(r#"{"a":"#.repeat(33).as_bytes()));
    }
}
