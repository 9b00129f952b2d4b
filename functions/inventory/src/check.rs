//! `POST /api/inventory/check`

use axum::extract::State;
use domain::ProductId;
use domain::inventory::{self, Availability};
use domain::orders::{Basket, BasketLine};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Body, Json};

use crate::App;

/// The products and quantities to check together.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StockCheckRequest {
    #[schema(value_type = Vec<BasketLine>, min_items = 1, max_items = 50)]
    items: Basket,
}

/// Whether the items are available.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StockCheck {
    /// Whether every item is.
    available: bool,
    /// Each product once, duplicate lines summed as an order sums them, by ascending id.
    items: Vec<Availability>,
}

/// Check whether items are available right now; nothing is reserved
#[utoipa::path(
    post, path = "/api/inventory/check", request_body = StockCheckRequest,
    responses((status = 200, description = "Each line; unknown products are unavailable", body = StockCheck))
)]
pub(crate) async fn check_stock(
    State(app): State<App>,
    body: Body<StockCheckRequest>,
) -> web::Result<Json<StockCheck>> {
    let basket = body.value.items;
    let ids: Vec<ProductId> = basket.lines().map(|(id, _)| id).collect();
    let stocks = store_postgres::inventory::find_all(&mut app.db.acquire().await?, &ids).await?;
    let items = inventory::check_availability(&basket, &stocks);
    Ok(Json(StockCheck { available: items.iter().all(|item| item.ok), items }))
}
