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
use web::Failure;
use zip::ZipArchive;

/// Swagger UI draws its icons from data URLs and styles elements from its script.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// They change with this program only.
const A_DAY: &str = "public, max-age=86400";

const PAGE: &str = include_str!("docs.html");
const START: &str = include_str!("docs.js");

/// File in the archive's `dist/`, media type.
const PACKED: [(&str, &str); 3] = [
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("favicon-32x32.png", "image/png"),
];

pub(crate) fn routes() -> Router {
    Router::new().route("/docs", get(page)).route("/docs/{file}", get(file))
}

async fn page() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, CSP)];
    (headers, PAGE).into_response()
}

async fn file(Path(name): Path<String>) -> Response {
    let found = match name.as_str() {
        "start.js" => Some(("text/javascript; charset=utf-8", Bytes::from_static(START.as_bytes()))),
        name => packed(name),
    };
    match found {
        Some((media, bytes)) => {
            ([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, A_DAY)], bytes).into_response()
        }
        None => Failure::from(Problem::not_found("page")).into_response(),
    }
}

fn packed(name: &str) -> Option<(&'static str, Bytes)> {
    static UNPACKED: OnceLock<Vec<Bytes>> = OnceLock::new();
    let place = PACKED.iter().position(|(file, _)| *file == name)?;
    let files = UNPACKED.get_or_init(|| PACKED.iter().map(|(file, _)| unpack(file).unwrap_or_default()).collect());
    Some((PACKED[place].1, files[place].clone()))
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
        for (name, _) in PACKED {
            assert!(packed(name).is_some_and(|(_, bytes)| bytes.len() > 500), "{name}");
            assert!(PAGE.contains(&format!("/docs/{name}")), "{name}");
        }
        assert!(PAGE.contains("/docs/start.js") && START.contains("/openapi.json"));
    }
}
