//! `PUT /api/products/{id}`

use axum::extract::State;
use domain::ProductId;
use domain::products::Product;
use web::{Admin, Body, Id, IfMatch, Resource};

use crate::App;
use crate::product_input::ProductData;

/// Replace a product; `stock`, if sent, sets its quantity
#[utoipa::path(
    put, path = "/api/products/{id}", request_body = ProductData,
    params(("id" = ProductId, Path, description = "The product"), IfMatch),
    responses((status = 200, description = "The product", body = Product),
              (status = 409, description = "`below_reserved`: nothing was changed"),
              (status = 412, description = "`stale`: the product has changed since it was read"))
)]
pub(crate) async fn replace_product(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<ProductId>,
    if_match: IfMatch,
    body: Body<ProductData>,
) -> web::Result<Resource<Product>> {
    let (draft, pieces) = body.value.into_parts();
    let saved = app.catalog.replace(id, &draft, pieces, admin.id, |current| if_match.check(current)).await;
    // Also after a failure: another request's write may have been completed on the way.
    app.invalidate_product(id).await;
    Ok(Resource(saved?))
}
