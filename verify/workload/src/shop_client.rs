//! An HTTP client of the shop, at one address or at several that serve the same shop.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{HeaderMap, LINK, RETRY_AFTER};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

/// Sends requests to the shop. Cheap to share.
#[derive(Debug)]
pub(crate) struct ShopClient {
    http: reqwest::Client,
    endpoints: Vec<Endpoint>,
    next_endpoint: AtomicUsize,
}

#[derive(Debug)]
struct Endpoint {
    url: String,
    /// Used only if all others are avoided too.
    avoided_until: Mutex<Instant>,
}

/// How long a shop may be unavailable before a run that cannot begin without it is given up.
const AVAILABLE_WITHIN: Duration = Duration::from_secs(30);
const RETRY_PAUSE: Duration = Duration::from_millis(300);
/// How long an address is avoided after it broke or refused a connection, as load balancers do.
const AVOID_FOR: Duration = Duration::from_secs(1);

/// A request. Stored as it was sent: a repeated request must have the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: Option<String>,
}

/// The result of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    Response(Response),
    /// No response arrived; it is unknown whether the request took effect. Holds the reason.
    ReplyLost(String),
    /// No connection was accepted: the request was not even sent.
    Unreachable(String),
}

/// A response with its whole body.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) request_id: String,
    pub(crate) link: String,
    pub(crate) body: Bytes,
}

impl ShopClient {
    /// # Errors
    /// When an address is no base URL.
    pub(crate) fn new(addresses: &[String], timeout: Duration) -> Result<Self> {
        anyhow::ensure!(!addresses.is_empty(), "--url: at least one is needed");
        let plain = |address: &String| {
            let parsed = reqwest::Url::parse(address).with_context(|| format!("--url {address}"))?;
            anyhow::ensure!(parsed.has_host(), "--url {address}: has no host");
            let url = address.trim_end_matches('/').to_owned();
            Ok(Endpoint { url, avoided_until: Mutex::new(Instant::now()) })
        };
        let addresses = addresses.iter().map(plain).collect::<Result<_>>()?;
        let http = reqwest::Client::builder().timeout(timeout).tcp_nodelay(true).build()?;
        Ok(Self { http, endpoints: addresses, next_endpoint: AtomicUsize::new(0) })
    }

    /// Tries one address after the other until one accepts the connection, as a load balancer does.
    pub(crate) async fn send(&self, request: &Request) -> Outcome {
        let first = self.next_endpoint.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<&Endpoint> =
            (0..self.endpoints.len()).map(|place| &self.endpoints[(first + place) % self.endpoints.len()]).collect();
        let now = Instant::now();
        order.sort_by_key(|address| address.is_avoided(now));
        let mut refused = String::new();
        for address in order {
            match self.send_to(&address.url, request).await {
                Ok(answer) => return Outcome::Response(answer),
                Err(error) => {
                    address.avoid();
                    if !error.is_connect() {
                        return Outcome::ReplyLost(root_cause(&error));
                    }
                    refused = root_cause(&error);
                }
            }
        }
        Outcome::Unreachable(refused)
    }

    /// Repeats the request until the response is no 503: for what a run cannot begin without.
    ///
    /// # Errors
    /// When there is none for long.
    pub(crate) async fn send_until_available(&self, request: &Request) -> Result<Response> {
        let ends = Instant::now() + AVAILABLE_WITHIN;
        loop {
            let why = match self.send(request).await {
                Outcome::Response(answer) if answer.status == 503 => answer.to_string(),
                Outcome::Response(answer) => return Ok(answer),
                Outcome::ReplyLost(why) | Outcome::Unreachable(why) => why,
            };
            anyhow::ensure!(Instant::now() < ends, "{} {}: {why}", request.method, request.path);
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn send_to(&self, address: &str, request: &Request) -> reqwest::Result<Response> {
        let mut asked = self.http.request(request.method.clone(), format!("{address}{}", request.path));
        if let Some(token) = &request.token {
            asked = asked.bearer_auth(token);
        }
        if let Some(key) = &request.idempotency_key {
            asked = asked.header("idempotency-key", key);
        }
        if let Some(body) = &request.body {
            asked = asked.header("content-type", "application/json").body(body.clone());
        }
        let answer = asked.send().await?;
        let header = |headers: &HeaderMap, name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        Ok(Response {
            status: answer.status().as_u16(),
            retry_after: header(answer.headers(), RETRY_AFTER.as_str()).parse().ok().map(Duration::from_secs),
            request_id: header(answer.headers(), "x-request-id"),
            link: header(answer.headers(), LINK.as_str()),
            body: answer.bytes().await?,
        })
    }
}

impl Endpoint {
    fn is_avoided(&self, now: Instant) -> bool {
        *self.avoided_until.lock().unwrap_or_else(PoisonError::into_inner) > now
    }

    fn avoid(&self) {
        *self.avoided_until.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + AVOID_FOR;
    }
}

/// The innermost cause: "connection reset by peer" is more helpful than "error sending request".
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

impl Request {
    fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), token: None, idempotency_key: None, body: None }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self { body: Some(to_json(body)), ..Self::new(Method::POST, path) }
    }

    pub(crate) fn put(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self { body: Some(to_json(body)), ..Self::new(Method::PUT, path) }
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Adds the caller's token.
    pub(crate) fn with_token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// Makes the request take effect once, however often it is sent.
    pub(crate) fn with_idempotency_key(self, key: impl Into<String>) -> Self {
        Self { idempotency_key: Some(key.into()), ..self }
    }
}

/// Bodies are plain data: they always have a JSON form.
fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

impl Response {
    /// # Errors
    /// When the body has another form.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).with_context(|| self.to_string())
    }

    /// The `code` of a problem; empty if there is none.
    pub(crate) fn problem_code(&self) -> String {
        #[derive(serde::Deserialize)]
        struct Problem {
            code: String,
        }
        serde_json::from_slice::<Problem>(&self.body).map(|problem| problem.code).unwrap_or_default()
    }

    /// `201`, `409 insufficient_stock`.
    pub(crate) fn label(&self) -> String {
        if self.status < 400 { self.status.to_string() } else { format!("{} {}", self.status, self.problem_code()) }
    }
}

impl std::fmt::Display for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// Enough of a body to identify it.
        const SHOWN: usize = 300;
        let body = String::from_utf8_lossy(&self.body);
        let shown: String = body.chars().take(SHOWN).collect();
        write!(f, "{} (request {}) {shown}", self.status, self.request_id)
    }
}
