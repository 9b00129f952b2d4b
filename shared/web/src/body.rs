//! Request bodies: JSON of a bounded size and depth, read into types that cannot be wrong.

use axum::extract::{FromRequest, Request};
use domain::{Kind, Object, Problem};
use http::header;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::Failure;

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
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(named)?;
        json.end().map_err(|error| malformed(&error))?;
        Ok(Self { value, bytes })
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

fn malformed(error: &serde_json::Error) -> Failure {
    let place = format!("line {}, column {}", error.line(), error.column());
    Problem::field("body", format!("is not valid JSON ({place})")).into()
}

/// Names the field that a deserialization error is about.
fn named(error: serde_path_to_error::Error<serde_json::Error>) -> Failure {
    let path = error.path().to_string();
    let inner = error.into_inner();
    if inner.is_syntax() || inner.is_eof() || inner.is_io() {
        return malformed(&inner);
    }
    // serde_json adds where it stopped; the field says that better.
    let text = inner.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
    let (field, message) = field_of(&path, message);
    Problem::field(field, message).into()
}

/// serde reports a missing or unknown field at its parent: the name is in the message.
pub(crate) fn field_of(path: &str, message: &str) -> (String, String) {
    let parent = if path == "." { "" } else { path };
    let child = |name: &str| if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
    let quoted = |rest: &str| rest.split('`').next().unwrap_or_default().to_owned();
    if let Some(rest) = message.strip_prefix("missing field `") {
        return (child(&quoted(rest)), "is required".to_owned());
    }
    if let Some(rest) = message.strip_prefix("unknown field `") {
        // The deserializer's path may already end with the unknown name.
        let name = quoted(rest);
        let at_it = parent == name || parent.ends_with(&format!(".{name}"));
        return (if at_it { parent.to_owned() } else { child(&name) }, "is not a field of this request".to_owned());
    }
    if let Some(rest) = message.strip_prefix("duplicate field `") {
        return (child(&quoted(rest)), "is there twice".to_owned());
    }
    let field = if parent.is_empty() { "body" } else { parent };
    (field.to_owned(), message.replace("invalid type: ", "has the wrong type: "))
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

    #[test]
    fn an_error_names_its_field() {
        let case = |path, message| field_of(path, message).0;
        assert_eq!(case(".", "missing field `email`"), "email");
        assert_eq!(case("items[0]", "missing field `productId`, expected"), "items[0].productId");
        assert_eq!(case("role", "unknown field `role`, expected one of `name`"), "role");
        assert_eq!(case(".", "unknown field `role`, there are no fields"), "role");
        assert_eq!(case("price", "invalid type: string \"x\", expected f64"), "price");
        assert_eq!(case(".", "invalid type: sequence"), "body");
    }
}
