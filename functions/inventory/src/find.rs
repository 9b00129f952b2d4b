//! `GET /api/inventory/{productId}`

use axum::extract::State;
use domain::inventory::Stock;
use domain::{Problem, ProductId};
use web::{Id, Resource};

use crate::App;

/// A product's stock
#[utoipa::path(
    get, path = "/api/inventory/{productId}",
    params(("productId" = ProductId, Path, description = "The product")),
    responses((status = 200, description = "The product's stock", body = Stock),
              (status = 404, description = "There is no such product"))
)]
pub(crate) async fn find_stock(State(app): State<App>, Id(id): Id<ProductId>) -> web::Result<Resource<Stock>> {
    let stock = store_postgres::inventory::find(&mut app.db.acquire().await?, id).await?;
    Ok(Resource(stock.ok_or_else(|| Problem::not_found("stock record"))?))
}
