//! GET /api/wishlists

use axum::extract::State;
use domain::wishlists::WishlistItem;
use web::{Customer, Json};

use crate::App;

/// The caller's wishlist
#[utoipa::path(
    get, path = "/api/wishlists",
    responses((status = 200, description = "Its products, the oldest first", body = [WishlistItem]))
)]
pub(crate) async fn list_wishlist(
    State(app): State<App>,
    caller: Customer,
) -> web::Result<Json<Vec<WishlistItem>>> {
    Ok(Json(store_postgres::wishlists::list(&mut app.db.acquire().await?, caller.id).await?))
}
