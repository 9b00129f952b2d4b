use std::error::Error;

use axum::Router;
use axum::body::Body;
use http::HeaderMap;
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::{ApiRequest, ApiResponse};

#[derive(Clone, Debug)]
pub(crate) enum Transport {
    Router(Router),
    Http { http: reqwest::Client, base_url: String },
}

/// Why a request has no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// It was not sent: no server accepted the connection, or the URL is invalid.
    #[error("not sent: {0}")]
    NotSent(String),
    /// It was sent, and no complete response arrived. Whether it took effect is unknown.
    #[error("no response: {0}")]
    ResponseLost(String),
}

impl Transport {
    /// `headers` replace those of the request.
    pub(crate) async fn send(&self, request: &ApiRequest, headers: HeaderMap) -> Result<ApiResponse, TransportError> {
        let ApiRequest { method, path_and_query, body, .. } = request;
        match self {
            Self::Router(router) => {
                let body = body.clone().map_or_else(Body::empty, Body::from);
                let built = http::Request::builder().method(method).uri(path_and_query).body(body);
                let mut built = built.map_err(|error| TransportError::NotSent(root_cause(&error)))?;
                *built.headers_mut() = headers;
                call_router(router, built).await
            }
            Self::Http { http, base_url } => {
                let mut sent = http.request(method.clone(), format!("{base_url}{path_and_query}")).headers(headers);
                if let Some(body) = body {
                    sent = sent.body(body.clone());
                }
                let response = sent.send().await.map_err(classify)?;
                let (status, headers) = (response.status(), response.headers().clone());
                Ok(ApiResponse { status, headers, bytes: response.bytes().await.map_err(classify)? })
            }
        }
    }
}

/// Calls a router with a request that the caller built: an [`ApiRequest`] has no extensions, where
/// a Lambda event has its context.
///
/// # Errors
/// When the response's body ends early.
pub async fn call_router(router: &Router, request: http::Request<Body>) -> Result<ApiResponse, TransportError> {
    let Ok(response) = router.clone().oneshot(request).await;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| TransportError::ResponseLost(root_cause(&error)))?;
    Ok(ApiResponse { status: head.status, headers: head.headers, bytes: body.to_bytes() })
}

fn classify(error: reqwest::Error) -> TransportError {
    let reason = root_cause(&error);
    if error.is_connect() || error.is_builder() {
        TransportError::NotSent(reason)
    } else {
        TransportError::ResponseLost(reason)
    }
}

/// The innermost cause: "connection reset by peer" says more than "error sending request".
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
