//! `GET /.well-known/jwks.json`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use web::Json;

use crate::App;

/// A key is published long before tokens are signed with it, so a copy may be this old.
const CACHE_FOR_FIVE_MINUTES: &str = "public, max-age=300";

/// The public keys that tokens are signed with
///
/// A JSON Web Key Set, for verifiers outside of the shop's own functions.
#[utoipa::path(
    get, path = "/.well-known/jwks.json",
    responses((status = 200, content_type = "application/json", body = serde_json::Value))
)]
pub(crate) async fn show_keys(State(app): State<App>) -> Response {
    ([(header::CACHE_CONTROL, CACHE_FOR_FIVE_MINUTES)], Json(app.keys.as_ref().clone())).into_response()
}
