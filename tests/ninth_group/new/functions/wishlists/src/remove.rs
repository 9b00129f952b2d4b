//! DELETE /api/wishlists/:productId

use axum::extract::State;
use domain::ProductId;
use web::{Customer, Id, NoContent};

use crate::App;

/// Removes a product from the caller's wishlist
#[utoipa::path(
    delete, path = "/api/wishlists/{productId}",
    params(("productId" = ProductId, Path, description = "The product")),
    responses((status = 204, description = "It is not on the list"))
)]
pub(crate) async fn remove_from_wishlist(
    State(app): State<App>,
    caller: Customer,
    Id(product): Id<ProductId>,
) -> web::Result<NoContent> {
    store_postgres::wishlists::remove(&mut app.db.acquire().await?, caller.id, product).await?;
    Ok(NoContent)
}
