//! Calls the shop's own router, as one of the demo accounts.

use anyhow::{Context, bail};
use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A signed-in user, or an anonymous visitor.
#[derive(Clone)]
pub(super) struct ApiClient {
    router: Router,
    token: Option<String>,
}

pub(super) struct ApiResponse {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl ApiClient {
    pub(super) fn new(router: Router) -> Self {
        Self { router, token: None }
    }

    pub(super) fn with_token(&self, token: &str) -> Self {
        Self { router: self.router.clone(), token: Some(token.to_owned()) }
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None).await?.expect_status(&[StatusCode::OK], path)
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<ApiResponse> {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> anyhow::Result<ApiResponse> {
        self.send(Method::PUT, path, Some(body)).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<ApiResponse> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))?;
        let Ok(answer) = self.router.clone().oneshot(request).await;
        let status = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).context("no JSON")? };
        Ok(ApiResponse { status, body })
    }
}

impl ApiResponse {
    /// The body, if the status is one of these.
    pub(super) fn expect_status(self, statuses: &[StatusCode], what: &str) -> anyhow::Result<Value> {
        if !statuses.contains(&self.status) {
            bail!("{what} answered {}: {}", self.status, self.body["message"].as_str().unwrap_or("no reason"));
        }
        Ok(self.body)
    }
}
