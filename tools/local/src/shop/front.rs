//! The front door's own routes, beside those of the endpoint groups.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use domain::Problem;
use http::header;
use serde_json::json;
use web::Failure;

use super::{docs, site};
use crate::demo::picture;

/// The text format that every Prometheus reads.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A picture is drawn by this program: the same name, the same bytes.
const A_YEAR: &str = "public, max-age=31536000, immutable";

pub(crate) fn routes() -> Router {
    // Plain data: it always has a JSON form.
    let openapi = Bytes::from(serde_json::to_vec(&openapi::document()).unwrap_or_default());
    Router::new()
        .route("/health", get(async || web::Json(json!({"status": "ok"}))))
        .route("/openapi.json", get(move || async move { web::Bytes(openapi.clone()) }))
        .route("/metrics", get(metrics))
        .route("/images/{file}", get(image))
        .merge(docs::routes())
        .merge(site::routes(site::built_storefront()))
}

/// What was measured since the start, for Prometheus.
async fn metrics() -> Response {
    ([(header::CONTENT_TYPE, PROMETHEUS)], runtime::metrics::text()).into_response()
}

async fn image(Path(file): Path<String>) -> Response {
    let picture = file.strip_suffix(".svg").and_then(picture::of);
    let Some(picture) = picture else { return Failure::from(Problem::not_found("picture")).into_response() };
    let tag = web::etag(picture.as_bytes());
    let mut answer =
        ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, A_YEAR)], picture).into_response();
    answer.headers_mut().insert(header::ETAG, tag);
    answer
}
