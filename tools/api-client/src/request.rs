use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A request as its client wrote it. A clone that is sent again has the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    pub method: Method,
    /// Already encoded, such as `/api/products?q=green%20tea&limit=3`.
    pub path_and_query: String,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
}

impl ApiRequest {
    /// A request without headers and without a body.
    pub fn new(method: Method, path_and_query: impl Into<String>) -> Self {
        Self { method, path_and_query: path_and_query.into(), headers: HeaderMap::new(), body: None }
    }

    pub fn get(path_and_query: impl Into<String>) -> Self {
        Self::new(Method::GET, path_and_query)
    }

    pub fn post(path_and_query: impl Into<String>, body: &impl Serialize) -> Self {
        Self::new(Method::POST, path_and_query).with_json(body)
    }

    pub fn put(path_and_query: impl Into<String>, body: &impl Serialize) -> Self {
        Self::new(Method::PUT, path_and_query).with_json(body)
    }

    pub fn delete(path_and_query: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path_and_query)
    }

    /// # Panics
    /// When `body` has no JSON form: a map whose keys are no strings.
    #[must_use]
    pub fn with_json(self, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("plain data has a JSON form");
        self.with_body(body).with_header(CONTENT_TYPE.as_str(), "application/json")
    }

    #[must_use]
    pub fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// Adds a header. A name may be added several times.
    ///
    /// # Panics
    /// When HTTP does not allow the name or the value.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        self.headers.append(name, HeaderValue::from_str(value).expect("a header value"));
        self
    }

    /// Replaces the token, if there is one.
    #[must_use]
    pub fn with_token(mut self, token: impl AsRef<str>) -> Self {
        self.headers.insert(AUTHORIZATION, bearer(token.as_ref()));
        self
    }

    pub fn has_token(&self) -> bool {
        self.headers.contains_key(AUTHORIZATION)
    }

    /// The API executes requests with the same key once.
    #[must_use]
    pub fn with_idempotency_key(self, key: impl AsRef<str>) -> Self {
        self.with_header(IDEMPOTENCY_KEY.as_str(), key.as_ref())
    }

    pub fn idempotency_key(&self) -> Option<&str> {
        self.headers.get(IDEMPOTENCY_KEY)?.to_str().ok()
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.path_and_query.split_once('?').map_or(self.path_and_query.as_str(), |(path, _)| path)
    }

    /// The query without its question mark; empty when there is none.
    pub fn query(&self) -> &str {
        self.path_and_query.split_once('?').map_or("", |(_, query)| query)
    }
}

pub(crate) fn bearer(token: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("Bearer {token}")).expect("a token is a header value")
}
