//! `DELETE /api/products/{id}`

use axum::extract::State;
use domain::ProductId;
use web::{Admin, Id, NoContent};

use crate::App;

/// Remove a product from the catalog; orders keep their history
///
/// It can no longer be bought, paid for or changed, and returned units are not sold again.
#[utoipa::path(
    delete, path = "/api/products/{id}",
    params(("id" = ProductId, Path, description = "The product")),
    responses((status = 204, description = "The product is removed"),
              (status = 404, description = "There is no such product"))
)]
pub(crate) async fn remove_product(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<ProductId>,
) -> web::Result<NoContent> {
    let removed = app.catalog.remove(id, admin.id).await;
    app.invalidate_product(id).await;
    removed?;
    Ok(NoContent)
}
