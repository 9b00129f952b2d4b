//! Shipments of single pieces: their request, and what must be true after it.

use anyhow::Result;
use domain::ProductId;
use serde_json::json;
use testkit::{TestClient, TestResponse};

use super::env::MatrixEnv;
use super::scenario::ScenarioState;

/// Ships one piece.
pub(super) async fn ship_piece(client: &TestClient, order: i32, product: ProductId) -> TestResponse {
    let body = json!({"items": [{"productId": product, "quantity": 1}], "carrier": "DHL", "trackingNumber": "0034"});
    client.post(&format!("/api/orders/{order}/fulfilments"), body).await
}

/// However often it was requested: one piece has left, in one fulfilment, with one event.
pub(super) async fn check_shipment(
    world: &MatrixEnv,
    scene: &ScenarioState,
    broken: &mut impl FnMut(String),
) -> Result<()> {
    let mut db = world.env.connection("ORDERDB_URL").await;
    let select = "select (select count(*) from fulfilments where order_id = $1),
        (select coalesce(sum(quantity), 0) from fulfilment_items where order_id = $1),
        (select count(*) from order_timeline where order_id = $1 and status = 'partially_shipped')";
    let found: (i64, i64, i64) = sqlx::query_as(select).bind(scene.order).fetch_one(&mut *db).await?;
    if found != (1, 1, 1) {
        broken(format!("one piece was shipped, and the fulfilments, pieces and changes are {found:?}"));
    }
    Ok(())
}
