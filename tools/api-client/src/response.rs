use std::borrow::Cow;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A response with its whole body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl ApiResponse {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON; the message shows the response.
    pub fn json(&self) -> Value {
        self.parse().unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The body as a type of the API.
    ///
    /// # Errors
    /// When the body is not of that type; the message shows the response.
    pub fn parse<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        serde_json::from_slice(&self.bytes).with_context(|| self.to_string())
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// The stable `code` of a problem; empty when the body has none.
    pub fn error_code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.bytes).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The first header of this name; empty when there is none, or it is not text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// `Retry-After` in seconds, the only form that the API sends.
    pub fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after").parse().ok().map(Duration::from_secs)
    }

    /// The same response, if it has this status.
    ///
    /// # Panics
    /// When it has another; the message shows the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// The body, if the status is one of these; `null` when it is empty.
    ///
    /// # Errors
    /// When the response has another status or a body that is not JSON. `what` begins the message.
    pub fn expect_any(&self, statuses: &[u16], what: &str) -> anyhow::Result<Value> {
        if !statuses.contains(&self.status.as_u16()) {
            bail!("{what}: {self}");
        }
        if self.bytes.is_empty() { Ok(Value::Null) } else { self.parse() }
    }
}

impl std::fmt::Display for ApiResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// Enough of a body to recognize it.
        const SHOWN: usize = 300;
        let shown: String = self.text().chars().take(SHOWN).collect();
        write!(f, "{} (request {}) {shown}", self.status.as_u16(), self.header("x-request-id"))
    }
}
