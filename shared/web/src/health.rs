//! `GET /api/<group>/health` (alive, touches nothing) and `/ready` (asks each store).

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::limits::Class;
use futures::future::join_all;
use http::StatusCode;
use runtime::{Check, Ready};
use serde::Serialize;
use tokio::time::Instant;

use crate::limits::{Limited, limited};
use crate::{Guard, Json};

/// The longest wait for a store's sign of life.
const CHECK: Duration = Duration::from_secs(1);

/// The class of the first; touches nothing.
pub(crate) const HEALTH: Class = Class::Read;
/// The class of the second: each request asks every store of its function.
pub(crate) const READINESS: Class = Class::Readiness;

/// Whether a function can do its work.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// `ready`, or `unavailable` when a store is away.
    status: &'static str,
    /// Each store.
    stores: Vec<StoreReadiness>,
}

/// Whether a store answers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct StoreReadiness {
    /// Which.
    store: &'static str,
    /// Whether it answered in time.
    up: bool,
    /// How long that took, in milliseconds.
    millis: f64,
}

#[derive(Debug, Serialize)]
struct Alive {
    status: &'static str,
}

pub(crate) fn mount<S: Ready>(group: &str, routes: Router<S>, guard: &Guard) -> Router<S> {
    let limit = |class| from_fn_with_state(Limited::new(guard, class), limited);
    let health = get(async || Json(Alive { status: "ok" })).route_layer(limit(HEALTH));
    let ready = get(ready::<S>).route_layer(limit(READINESS));
    routes.route(&format!("/api/{group}/health"), health).route(&format!("/api/{group}/ready"), ready)
}

/// Whether a route is a group's sign of life, which says nothing and costs nothing.
pub(crate) fn is_health(route: &str) -> bool {
    route.starts_with("/api/") && route.ends_with("/health")
}

async fn ready<S: Ready>(State(app): State<S>) -> Response {
    let ask = async |(store, check): Check| {
        let start = Instant::now();
        let answer = runtime::within(CHECK, check).await;
        let up = matches!(answer, Ok(Ok(())));
        StoreReadiness { store, up, millis: start.elapsed().as_micros() as f64 / 1000.0 }
    };
    let stores = join_all(app.checks().into_iter().map(ask)).await;
    if stores.iter().all(|store| store.up) {
        return Json(Readiness { status: "ready", stores }).into_response();
    }
    let mut response = Json(Readiness { status: "unavailable", stores }).into_response();
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("1"));
    response
}
