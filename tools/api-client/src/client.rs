use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use crate::request::{JSON, bearer};
use crate::transport::Transport;
use crate::{ApiRequest, ApiResponse, TransportError};

/// Calls the API, anonymously or with a token. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct ApiClient {
    transport: Transport,
    token: Option<String>,
    headers: HeaderMap,
}

/// A user whose requests carry a token.
pub trait SignedIn {
    fn bearer_token(&self) -> &str;
}

impl ApiClient {
    /// Calls a router in this process, as Lambda and the local server do.
    pub fn for_router(router: Router) -> Self {
        Self::new(Transport::Router(router))
    }

    /// Calls a server. Requests have no timeout.
    ///
    /// # Panics
    /// When `url` is not a base URL.
    pub fn for_url(url: &str) -> Self {
        Self::open(url, reqwest::Client::builder()).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Calls a server, and gives up each request after `timeout`.
    ///
    /// # Errors
    /// When `url` is not a base URL.
    pub fn for_url_with_timeout(url: &str, timeout: Duration) -> anyhow::Result<Self> {
        Self::open(url, reqwest::Client::builder().timeout(timeout))
    }

    fn open(url: &str, builder: reqwest::ClientBuilder) -> anyhow::Result<Self> {
        let parsed = reqwest::Url::parse(url).with_context(|| url.to_owned())?;
        ensure!(parsed.has_host(), "{url}: has no host");
        let http = builder.tcp_nodelay(true).build()?;
        Ok(Self::new(Transport::Http { http, base_url: url.trim_end_matches('/').to_owned() }))
    }

    fn new(transport: Transport) -> Self {
        Self { transport, token: None, headers: HeaderMap::new() }
    }

    /// The same client, signed in as `user`.
    #[must_use]
    pub fn as_user(&self, user: &impl SignedIn) -> Self {
        self.with_token(user.bearer_token())
    }

    /// The same client with this bearer token in place of its own.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The bearer token of its requests; empty when they have none.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// The same client with one more header. A name may be added several times.
    ///
    /// # Panics
    /// When HTTP does not allow the name or the value.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        let name: HeaderName = name.parse().expect("a header name");
        client.headers.append(name, HeaderValue::from_str(value).expect("a header value"));
        client
    }

    /// # Panics
    /// When no response arrives, as all methods without `try_`.
    pub async fn get(&self, path: &str) -> ApiResponse {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> ApiResponse {
        self.send(Method::POST, path, Some(body.to_string())).await
    }

    pub async fn put(&self, path: &str, body: Value) -> ApiResponse {
        self.send(Method::PUT, path, Some(body.to_string())).await
    }

    pub async fn delete(&self, path: &str) -> ApiResponse {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method and any text as the body, sent as JSON unless the client has another content type.
    ///
    /// # Panics
    /// When no response arrives.
    pub async fn send(&self, method: Method, path: &str, body: Option<String>) -> ApiResponse {
        let request = ApiRequest { body: body.map(Into::into), ..ApiRequest::new(method, path) };
        let response = self.try_send(&request).await;
        response.unwrap_or_else(|error| panic!("{} {path}: {error}", request.method))
    }

    /// Sends a request with the headers and the token of this client added to its own.
    ///
    /// # Errors
    /// When it could not be sent, or no response arrives.
    pub async fn try_send(&self, request: &ApiRequest) -> Result<ApiResponse, TransportError> {
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            headers.append(AUTHORIZATION, bearer(token));
        }
        for (name, value) in self.headers.iter().chain(&request.headers) {
            headers.append(name, value.clone());
        }
        if request.body.is_some() && !headers.contains_key(CONTENT_TYPE) {
            headers.append(CONTENT_TYPE, JSON);
        }
        self.transport.send(request, headers).await
    }
}
