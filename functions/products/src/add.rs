//! POST /api/products

use axum::extract::State;
use axum::response::Response;
use catalog::RequestKey;
use domain::products::Product;
use web::{Admin, Body, Created, IdempotencyKey, with_replay_header};

use crate::App;
use crate::product_input::ProductData;

/// Add a product, and open its stock
#[utoipa::path(
    post, path = "/api/products", request_body = ProductData, security(("bearer" = [])),
    params(IdempotencyKey),
    responses((status = 201, description = "The product", body = Product,
               headers(("Location" = String, description = "Its path"))),
              (status = 409, description = "`idempotency_in_progress`: the key's first request is still being done"),
              (status = 422, description = "`idempotency_mismatch`: the key was used with another body"))
)]
pub(crate) async fn add_product(
    State(app): State<App>,
    Admin(admin): Admin,
    IdempotencyKey(key): IdempotencyKey,
    body: Body<ProductData>,
) -> web::Result<Response> {
    let fingerprint = IdempotencyKey::fingerprint("/api/products", &body.bytes);
    let key = key.map(|key| RequestKey { user: admin.id, route: "products", key, fingerprint });
    let (draft, pieces) = body.value.into_parts();
    let added = app.catalog.add(&draft, pieces.unwrap_or_default(), admin.id, key.as_ref()).await;
    // Also after a failure: the product may be there, or may come to be.
    app.invalidate_lists().await;
    let added = added?;
    let location = format!("/api/products/{}", added.product.id);
    Ok(with_replay_header(Created { location, value: added.product }, added.replay_of.is_some()))
}
