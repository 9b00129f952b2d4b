//! `GET /api/users/me/addresses`

use axum::extract::State;
use domain::addresses::SavedAddress;
use store_postgres::addresses;
use web::{Customer, Json};

use crate::App;

/// The caller's addresses
///
/// The default first, then in the order in which they were added; at most 20.
#[utoipa::path(
    get, path = "/api/users/me/addresses",
    responses((status = 200, description = "The addresses", body = Vec<SavedAddress>))
)]
pub(crate) async fn list_addresses(State(app): State<App>, caller: Customer) -> web::Result<Json<Vec<SavedAddress>>> {
    let book = addresses::find_book(&mut app.db.acquire().await?, caller.id).await?;
    Ok(Json(book.into_addresses()))
}
