//! PUT /api/wishlists/:productId

use axum::extract::State;
use domain::ProductId;
use domain::wishlists::wishlist_full;
use web::{Customer, Id, NoContent};

use crate::App;

/// Adds a product to the caller's wishlist
#[utoipa::path(
    put, path = "/api/wishlists/{productId}",
    params(("productId" = ProductId, Path, description = "The product")),
    responses((status = 204, description = "It is on the list"), (status = 409, description = "`wishlist_full`"))
)]
pub(crate) async fn add_to_wishlist(
    State(app): State<App>,
    caller: Customer,
    Id(product): Id<ProductId>,
) -> web::Result<NoContent> {
    let now = app.clock.now();
    let is_there = store_postgres::wishlists::add(&mut app.db.acquire().await?, caller.id, product, now).await?;
    if is_there { Ok(NoContent) } else { Err(wishlist_full().into()) }
}
