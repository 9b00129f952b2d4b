//! The middleware around every request: request id, deadline, log line, caught panics, conditional
//! responses, the headers of every response (caching included), CORS, and problem bodies for requests
//! that match no route.
//!
//! The rate limit of a route and the look-up of its caller are in `rate_limits` and `auth`.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use domain::{Problem, ProblemKind};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use runtime::{Clock, ConfigError, Env, RequestContext, TRACE_HEADER, Trace, metrics, telemetry};
use tokio::time::Instant;
use tower::util::MapRequest;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;

use crate::ApiError;
use crate::client_ip::OriginKey;
use crate::conditional::matches_if_none_match;
use crate::health::is_health_route;
use crate::stage;

/// The time limit of a request where no platform sets one.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// For personal responses (RFC 9111, 5.2.2.5). Their ETags still work for clients that keep a
/// response themselves.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// How long a browser may cache the response of a preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(7200);

/// The allowed origins, the edge through which requests arrive, and the clock behind request ids.
#[derive(Clone)]
pub struct HttpStack {
    origins: Arc<AllowedOrigins>,
    origin_key: OriginKey,
    clock: Clock,
}

enum AllowedOrigins {
    /// Any port of this machine: `ALLOWED_ORIGINS=localhost`.
    Localhost,
    Listed(Vec<HeaderValue>),
}

impl HttpStack {
    /// Reads `ALLOWED_ORIGINS`: exact origins separated by commas, or `localhost` for any port of
    /// this machine. Unset: no other origin, since the storefront shares the API's. Reads also
    /// `EDGE_KEY`: if it is set, requests that bypass the edge are rejected.
    ///
    /// # Errors
    /// When an origin is no valid header value.
    pub fn from_env(env: &Env, clock: Clock) -> Result<Self, ConfigError> {
        let edge = OriginKey::from_env(env);
        let text = env.optional("ALLOWED_ORIGINS").unwrap_or_default();
        if text.trim() == "localhost" {
            return Ok(Self { origins: Arc::new(AllowedOrigins::Localhost), origin_key: edge, clock });
        }
        let listed = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let listed: Result<Vec<_>, _> = listed.map(HeaderValue::from_str).collect();
        let listed = listed.map_err(|_| ConfigError::unparsable("ALLOWED_ORIGINS"))?;
        Ok(Self { origins: Arc::new(AllowedOrigins::Listed(listed)), origin_key: edge, clock })
    }

    fn allows_origin(&self, origin: &HeaderValue) -> bool {
        match &*self.origins {
            AllowedOrigins::Listed(listed) => listed.contains(origin),
            AllowedOrigins::Localhost => origin.to_str().is_ok_and(is_localhost),
        }
    }
}

fn is_localhost(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")).unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, "0"));
    ["localhost", "127.0.0.1"].contains(&name) && port.parse::<u16>().is_ok()
}

/// Wraps `routes` in the middleware.
pub fn with_middleware(routes: Router, stack: &HttpStack) -> Router {
    let allowed = stack.clone();
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| allowed.allows_origin(origin)))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            REQUEST_ID,
        ])
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("idempotent-replayed"),
            REQUEST_ID,
        ])
        .max_age(PREFLIGHT_MAX_AGE);
    routes
        .fallback(async || ApiError::from(Problem::not_found("page")))
        .method_not_allowed_fallback(async || {
            let detail = "This path does not support that method.";
            ApiError::protocol(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
        })
        .layer(cors)
        .layer(CatchPanicLayer::custom(panic_response))
        .layer(from_fn_with_state(stack.clone(), handle_request))
}

/// Serves a router under Lambda, whichever event source its events come from.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve(router: Router) -> Result<(), lambda_http::Error> {
    lambda_http::run(MapRequest::new(router, stage::strip_stage)).await
}

async fn handle_request(State(stack): State<HttpStack>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = request_id(&request).unwrap_or_else(|| stack.clock.new_uuid().to_string());
    let trace = trace_of_request(&request);
    let (method, request_headers) = (request.method().clone(), request.headers().clone());
    // The pattern, never the path itself: log lines of one route group together.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let context = RequestContext::new(id.clone(), remaining_time(&request, &stack.clock)).with_trace(trace.clone());
    let context = context.with_endpoint(method.as_str(), &route);
    let span = telemetry::request_span(&id, trace.as_ref());
    // A load balancer checks the health of its targets itself, bypassing the edge.
    let admitted = stack.origin_key.allows(&request_headers) || is_health_route(&route);
    let work = async { if admitted { next.run(request).await } else { not_through_the_edge() } };
    let mut response = context
        .scope(
            async {
                let response = work.await;
                let (status, ms) = (response.status().as_u16(), start.elapsed().as_micros() as f64 / 1000.0);
                if response.status().is_server_error() {
                    metrics::REQUESTS_FAILED.increment();
                }
                tracing::info!(http.method = %method, http.route = route, http.status = status, duration_ms = ms, "A request was completed.");
                metrics::flush(stack.clock.now());
                response
            }
            .instrument(span),
        )
        .await;
    if let Some(tag) = response.headers().get(header::ETAG)
        && [Method::GET, Method::HEAD].contains(&method)
        && response.status() == StatusCode::OK
        && matches_if_none_match(&request_headers, tag)
    {
        response = not_modified(response);
    }
    if is_personal(&method, &request_headers, response.status()) {
        response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    }
    set_common_headers(&mut response, &id);
    response
}

fn panic_response(_: Box<dyn Any + Send>) -> Response {
    ApiError::from(Problem::internal("a handler panicked")).into_response()
}

/// A request that bypasses the edge has passed no firewall, and could choose the address it is
/// counted by.
fn not_through_the_edge() -> Response {
    let detail = "This address is not the shop's own. Please use the shop's address.";
    ApiError::from(Problem::new(ProblemKind::Forbidden, "not_through_the_edge", detail)).into_response()
}

/// Whether no cache may store the response. Only a token identifies the caller, so the response to a
/// request without one is the same for all callers, except that of a login, which is no GET. A
/// rejection for a missing token is not stored either: the next login ends it.
fn is_personal(method: &Method, request: &HeaderMap, status: StatusCode) -> bool {
    !method.is_safe() || request.contains_key(header::AUTHORIZATION) || status == StatusCode::UNAUTHORIZED
}

/// A client's own id, if it is short and plain; else it gets a new one.
fn request_id(request: &Request) -> Option<String> {
    let given = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let plain = given.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:=".contains(&b));
    (plain && (1..=128).contains(&given.len())).then(|| given.to_owned())
}

/// The platform's own trace; else the one that a load balancer or a client sent.
fn trace_of_request(request: &Request) -> Option<Trace> {
    let context = request.extensions().get::<lambda_http::Context>();
    let from_platform = context.and_then(|context| context.xray_trace_id.as_deref());
    let from_header = || request.headers().get(TRACE_HEADER).and_then(|header| header.to_str().ok());
    from_platform.or_else(from_header).and_then(Trace::parse)
}

fn remaining_time(request: &Request, clock: &Clock) -> Duration {
    let context = request.extensions().get::<lambda_http::Context>();
    context.map_or(DEFAULT_TIMEOUT, |context| runtime::remaining_time(context.deadline, clock))
}

fn not_modified(full: Response) -> Response {
    let (mut head, _) = full.into_parts();
    head.status = StatusCode::NOT_MODIFIED;
    head.headers.remove(header::CONTENT_TYPE);
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, axum::body::Body::empty())
}

/// The headers of every response. The API has a CSP of its own: its responses are data, never a
/// page.
fn set_common_headers(response: &mut Response, request_id: &str) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
        (header::REFERRER_POLICY, "no-referrer"),
        // Public responses are revalidated each time; those that may be shared for longer say so
        // themselves.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
