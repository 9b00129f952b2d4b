//! The front door's own routes, beside those of the endpoint groups.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use domain::Problem;
use http::header;
use serde_json::json;
use web::ApiError;

use super::{storefront, swagger_ui};
use crate::demo::product_image;

/// The text format that every Prometheus reads.
const PROMETHEUS_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A picture is drawn by this program: the same name, the same bytes.
const CACHE_ONE_YEAR: &str = "public, max-age=31536000, immutable";

pub(crate) fn routes() -> Router {
    // Plain data: it always has a JSON form.
    let openapi = Bytes::from(serde_json::to_vec(&api::document()).unwrap_or_default());
    Router::new()
        .route("/health", get(async || web::Json(json!({"status": "ok"}))))
        .route("/openapi.json", get(move || async move { web::EncodedJson(openapi.clone()) }))
        .route("/metrics", get(metrics))
        .route("/images/{file}", get(serve_image))
        .merge(swagger_ui::routes())
        .merge(storefront::routes(storefront::find_storefront_build()))
}

/// What was measured since the start, for Prometheus.
async fn metrics() -> Response {
    ([(header::CONTENT_TYPE, PROMETHEUS_CONTENT_TYPE)], runtime::metrics::render_prometheus()).into_response()
}

async fn serve_image(Path(file): Path<String>) -> Response {
    let image = file.strip_suffix(".svg").and_then(product_image::render);
    let Some(image) = image else { return ApiError::from(Problem::not_found("picture")).into_response() };
    let tag = web::etag(image.as_bytes());
    let mut answer =
        ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, CACHE_ONE_YEAR)], image).into_response();
    answer.headers_mut().insert(header::ETAG, tag);
    answer
}
