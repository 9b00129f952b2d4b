//! `GET /api/<group>/health` (alive, uses no store) and `/ready` (pings each store).

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::rate_limits::RequestClass;
use futures::future::join_all;
use http::StatusCode;
use runtime::{ReadinessChecks, StoreCheck};
use serde::Serialize;
use tokio::time::Instant;

use crate::rate_limits::{RouteLimit, enforce_limit};
use crate::{Authenticator, Json};

/// The longest wait for a store's ping.
const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

/// The class of health requests: they use no store.
pub(crate) const HEALTH_CLASS: RequestClass = RequestClass::Read;
/// The class of readiness requests: each pings every store of its function.
pub(crate) const READINESS_CLASS: RequestClass = RequestClass::Readiness;

/// Whether a function can do its work.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// `ready`, or `unavailable` if a store is unavailable.
    status: &'static str,
    stores: Vec<StoreReadiness>,
}

/// Whether a store responds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct StoreReadiness {
    store: &'static str,
    /// Whether it responded in time.
    up: bool,
    /// How long the ping took, in milliseconds.
    millis: f64,
}

#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
}

pub(crate) fn mount<S: ReadinessChecks>(group: &str, routes: Router<S>, authenticator: &Authenticator) -> Router<S> {
    let limit = |class| from_fn_with_state(RouteLimit::new(authenticator, class), enforce_limit);
    let health = get(async || Json(Health { status: "ok" })).route_layer(limit(HEALTH_CLASS));
    let ready = get(check_readiness::<S>).route_layer(limit(READINESS_CLASS));
    routes.route(&format!("/api/{group}/health"), health).route(&format!("/api/{group}/ready"), ready)
}

/// Whether a route is a group's health check, which reveals nothing and costs nothing.
pub(crate) fn is_health_route(route: &str) -> bool {
    route.starts_with("/api/") && route.ends_with("/health")
}

async fn check_readiness<S: ReadinessChecks>(State(app): State<S>) -> Response {
    let ask = async |(store, check): StoreCheck| {
        let start = Instant::now();
        let answer = runtime::with_timeout(CHECK_TIMEOUT, check).await;
        let up = matches!(answer, Ok(Ok(())));
        StoreReadiness { store, up, millis: start.elapsed().as_micros() as f64 / 1000.0 }
    };
    let stores = join_all(app.readiness_checks().into_iter().map(ask)).await;
    if stores.iter().all(|store| store.up) {
        return Json(Readiness { status: "ready", stores }).into_response();
    }
    let mut response = Json(Readiness { status: "unavailable", stores }).into_response();
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("1"));
    response
}
