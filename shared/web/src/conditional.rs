//! ETags: strong, computed from the bytes of the response. `If-None-Match` saves sending a body,
//! `If-Match` prevents one writer from overwriting another.

use axum::extract::FromRequestParts;
use domain::{Problem, ProblemKind};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::{ApiError, openapi};

/// The ETag of a body: the first 16 bytes of its SHA-256, in hex.
pub fn etag(body: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(body);
    let mut text = String::with_capacity(34);
    text.push('"');
    for byte in &digest[..16] {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text.push('"');
    // Quotes and hex digits are always a header value.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether the client has this version already.
pub(crate) fn matches_if_none_match(request: &HeaderMap, etag: &HeaderValue) -> bool {
    header_matches_etag(request, header::IF_NONE_MATCH, etag)
}

fn header_matches_etag(request: &HeaderMap, name: header::HeaderName, etag: &HeaderValue) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").as_bytes() == etag.as_bytes();
    let listed = |value: &HeaderValue| value.to_str().is_ok_and(|v| v.trim() == "*" || v.split(',').any(strong));
    request.get_all(name).iter().any(listed)
}

/// `*`, or tags in double quotes separated by commas. The shop's own tags have no comma; foreign
/// tags need not match.
fn is_valid_condition(value: &HeaderValue) -> bool {
    let is_tag = |tag: &str| {
        let text = tag.trim_matches([' ', '\t']).trim_start_matches("W/");
        let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        text.is_some_and(|text| text.bytes().all(|b| b.is_ascii_graphic() && b != b'"'))
    };
    value.to_str().is_ok_and(|value| value.trim() == "*" || value.split(',').all(is_tag))
}

/// The client's condition on a write, if it sent one.
pub struct IfMatch(HeaderMap);

impl IfMatch {
    /// Compares the condition with the current resource; call it in the transaction that writes.
    ///
    /// # Errors
    /// 412 when the client has seen an older version.
    pub fn check<T: Serialize>(&self, current: &T) -> Result<(), Problem> {
        // The shop's own response types always have a JSON form.
        let etag = etag(&serde_json::to_vec(current).unwrap_or_default());
        if !self.0.contains_key(header::IF_MATCH) || header_matches_etag(&self.0, header::IF_MATCH, &etag) {
            return Ok(());
        }
        let detail = "This was changed in the meantime. Load the latest version and try again.";
        Err(Problem::new(ProblemKind::Stale, "stale", detail))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut headers = HeaderMap::new();
        for value in parts.headers.get_all(header::IF_MATCH) {
            if !is_valid_condition(value) {
                return Err(Problem::invalid_field("If-Match", "must be an ETag in double quotes, or *").into());
            }
            headers.append(header::IF_MATCH, value.clone());
        }
        Ok(Self(headers))
    }
}

impl utoipa::IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The ETag that the record must still have, or `*`: otherwise 412, and nothing is changed";
        let pattern = r#"^(\*|(W/)?"[!#-+\--~]*"( *, *(W/)?"[!#-+\--~]*")*)$"#;
        vec![openapi::header_parameter("If-Match", description, pattern)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_parsed_or_rejected() {
        for good in ["*", "\"a\"", "W/\"a\"", "\"a\", \"b\",W/\"c\"", "\"\""] {
            assert!(is_valid_condition(&HeaderValue::from_static(good)), "{good}");
        }
        for bad in ["", "a", "\"a", "a\"", "W/a", "\"a\", b", "\"a\"\"b\"", "\"a b\"", "*, \"a\""] {
            assert!(!is_valid_condition(&HeaderValue::from_static(bad)), "{bad}");
        }
        assert!(!is_valid_condition(&HeaderValue::from_bytes(b"\"\xff\"").unwrap()));
    }
}
