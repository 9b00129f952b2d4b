//! `GET /docs`: Swagger UI over `/openapi.json`, from files inside this program: no network.

use std::io::{Cursor, Read};
use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use domain::Problem;
use http::header;
use web::ApiError;
use zip::ZipArchive;

/// Swagger UI draws its icons from data URLs and sets styles from its script.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// They change with this program only.
const CACHE_ONE_DAY: &str = "public, max-age=86400";

const PAGE: &str = include_str!("docs.html");
const START_SCRIPT: &str = include_str!("docs.js");

/// File in the archive's `dist/`, media type.
const VENDORED_FILES: [(&str, &str); 3] = [
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("favicon-32x32.png", "image/png"),
];

pub(crate) fn routes() -> Router {
    Router::new().route("/docs", get(swagger_page)).route("/docs/{file}", get(swagger_file))
}

async fn swagger_page() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, CSP)];
    (headers, PAGE).into_response()
}

async fn swagger_file(Path(name): Path<String>) -> Response {
    let found = match name.as_str() {
        "start.js" => Some(("text/javascript; charset=utf-8", Bytes::from_static(START_SCRIPT.as_bytes()))),
        name => vendored_file(name),
    };
    match found {
        Some((media, bytes)) => {
            ([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, CACHE_ONE_DAY)], bytes).into_response()
        }
        None => ApiError::from(Problem::not_found("page")).into_response(),
    }
}

fn vendored_file(name: &str) -> Option<(&'static str, Bytes)> {
    static UNPACKED: OnceLock<Vec<Bytes>> = OnceLock::new();
    let index = VENDORED_FILES.iter().position(|(file, _)| *file == name)?;
    let files =
        UNPACKED.get_or_init(|| VENDORED_FILES.iter().map(|(file, _)| unpack(file).unwrap_or_default()).collect());
    Some((VENDORED_FILES[index].1, files[index].clone()))
}

fn unpack(name: &str) -> Option<Bytes> {
    let mut archive = ZipArchive::new(Cursor::new(utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED)).ok()?;
    let wanted = format!("/dist/{name}");
    let path = archive.file_names().flatten().find(|path| path.ends_with(&wanted))?.into_owned();
    let mut bytes = Vec::new();
    archive.by_name(&path).ok()?.read_to_end(&mut bytes).ok()?;
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_the_page_names_are_there() {
        for (name, _) in VENDORED_FILES {
            assert!(vendored_file(name).is_some_and(|(_, bytes)| bytes.len() > 500), "{name}");
            assert!(PAGE.contains(&format!("/docs/{name}")), "{name}");
        }
        assert!(PAGE.contains("/docs/start.js") && START_SCRIPT.contains("/openapi.json"));
    }
}
