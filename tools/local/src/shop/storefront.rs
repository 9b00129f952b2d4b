//! `/` and everything that no other route serves: the storefront if it was built, else a plain
//! page.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Problem;
use http::{HeaderValue, Method, header};
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use tower_http::services::{ServeDir, ServeFile};
use web::ApiError;

/// The storefront's policy: only its own scripts and styles, pictures from wherever products have
/// them.
const STOREFRONT_CSP: &str = "default-src 'self'; img-src 'self' https: http: data:; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// No window of another site keeps a reference to the shop's. As in infra/site.yaml.
const OPENER_POLICY: HeaderValue = HeaderValue::from_static("same-origin");
/// Pages may use no browser feature that the shop does not need. As in infra/site.yaml.
const PERMISSIONS_POLICY: HeaderValue =
    HeaderValue::from_static("camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()");
/// Vite's file names contain a hash of their content.
const CACHE_IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

const PLACEHOLDER_STYLE: &str = include_str!("home.css");
const PLACEHOLDER_PAGE: &str = include_str!("home.html");

/// The built storefront of this checkout, if it exists.
pub(crate) fn find_storefront_build() -> Option<PathBuf> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../frontend/dist");
    dist.join("index.html").is_file().then_some(dist)
}

/// `dist` is the storefront's folder.
pub(crate) fn routes(dist: Option<PathBuf>) -> Router {
    Router::new().route("/", any(serve_page)).route("/{*path}", any(serve_page)).with_state(dist)
}

async fn serve_page(State(dist): State<Option<PathBuf>>, request: Request) -> Response {
    let path = request.uri().path();
    let readable = [Method::GET, Method::HEAD].contains(request.method());
    let api = path == "/api" || path.starts_with("/api/");
    match dist {
        _ if api || !readable => not_found(),
        Some(dist) => serve_storefront(&dist, request).await,
        None if path == "/" => placeholder_page(),
        None => not_found(),
    }
}

fn not_found() -> Response {
    ApiError::from(Problem::not_found("page")).into_response()
}

/// A file, or the page itself, which routes by the path.
async fn serve_storefront(dist: &Path, request: Request) -> Response {
    let asset = request.uri().path().starts_with("/assets/");
    // Next to each text file are its compressed forms (frontend/scripts/compress.mjs).
    let files = ServeDir::new(dist).call_fallback_on_method_not_allowed(false).precompressed_br().precompressed_gzip();
    let response = if asset {
        files.oneshot(request).await
    } else {
        let page = ServeFile::new(dist.join("index.html")).precompressed_br().precompressed_gzip();
        files.fallback(page).oneshot(request).await
    };
    let Ok(response) = response;
    if response.status().is_client_error() {
        return not_found();
    }
    let mut response = response.into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(STOREFRONT_CSP));
    response.headers_mut().insert("cross-origin-opener-policy", OPENER_POLICY);
    response.headers_mut().insert("permissions-policy", PERMISSIONS_POLICY);
    if asset {
        response.headers_mut().insert(header::CACHE_CONTROL, CACHE_IMMUTABLE);
    }
    response
}

fn placeholder_page() -> Response {
    let digest = STANDARD.encode(Sha256::digest(PLACEHOLDER_STYLE));
    let csp = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), (header::CONTENT_SECURITY_POLICY, csp)];
    (headers, PLACEHOLDER_PAGE.replace("STYLE", PLACEHOLDER_STYLE)).into_response()
}
