//! `POST /api/products`

use axum::extract::State;
use axum::response::Response;
use domain::products::Product;
use web::{Admin, Body, Created, IdempotencyHeader, respond};

use crate::App;
use crate::product_input::ProductData;

/// Add a product, and create its stock
#[utoipa::path(
    post, path = "/api/products", request_body = ProductData,
    params(IdempotencyHeader),
    responses((status = 201, description = "The product", body = Product,
               headers(("Location" = String, description = "The product's path"))),
              (status = 409, description = "`idempotency_in_progress`: the key's first request is still running"),
              (status = 422, description = "`idempotency_mismatch`: the key was used with another body"))
)]
pub(crate) async fn add_product(
    State(app): State<App>,
    Admin(admin): Admin,
    header: IdempotencyHeader,
    body: Body<ProductData>,
) -> web::Result<Response> {
    let key = header.key(admin.id, "products", "/api/products", &body.bytes);
    let (draft, quantity) = body.value.into_parts();
    let added = app.catalog.add(&draft, quantity.unwrap_or_default(), admin.id, key.as_ref()).await;
    // Also after a failure: the product may be in the catalog, or recovery may complete it.
    app.invalidate_lists().await;
    Ok(respond(added?, |product| Ok(Created { location: format!("/api/products/{}", product.id), value: product })))
}
