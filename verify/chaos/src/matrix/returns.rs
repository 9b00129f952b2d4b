//! Returns of a shipped order: their requests, and what must be true after them.

use anyhow::{Context, Result, ensure};
use domain::ProductId;
use serde_json::{Value, json};
use testkit::{TestClient, TestResponse};

use super::env::MatrixEnv;
use super::response::retry_until_final;
use super::scenario::{Scenario, ScenarioState};

/// A shipping method of the scenario's own, for 4.90.
pub(super) async fn insert_method(world: &MatrixEnv, scene: &ScenarioState) -> Result<i32> {
    let mut db = world.env.connection("ORDERDB_URL").await;
    let insert = "insert into shipping_methods (name, price, min_days, max_days) values ($1, 4.90, 1, 2) returning id";
    Ok(sqlx::query_scalar(insert).bind(format!("Express {}", scene.tea)).fetch_one(&mut *db).await?)
}

/// Ships the order, and requests the return that is decided; its id.
pub(super) async fn prepare(world: &MatrixEnv, scene: &ScenarioState, order: i32) -> Result<Option<String>> {
    let admin = world.orders.as_user(&world.admin);
    let path = format!("/api/orders/{order}");
    let shipped = retry_until_final(|| admin.put(&path, json!({"status": "shipped"}))).await;
    ensure!(shipped.status == 200, "preparing a return: {shipped:?}");
    if scene.scenario == Scenario::RequestReturn {
        return Ok(None);
    }
    let customer = world.orders.as_user(&scene.customer).with_header("idempotency-key", scene.key());
    let returns = format!("{path}/returns");
    let asked = retry_until_final(|| customer.post(&returns, request(scene))).await;
    ensure!(asked.status == 201, "preparing a return: {asked:?}");
    Ok(Some(asked.json()["id"].as_str().context("a return without an id")?.to_owned()))
}

/// Sends the scenario's request.
pub(super) async fn send(client: &TestClient, scene: &ScenarioState, order: i32) -> TestResponse {
    let path = format!("/api/orders/{order}/returns");
    let decision = match scene.scenario {
        Scenario::ApproveReturn => json!({"status": "approved"}),
        Scenario::RejectReturn => json!({"status": "rejected", "note": "It was worn."}),
        Scenario::ReceiveReturn | Scenario::ReceiveWhole => json!({"status": "received", "restock": lines(scene)}),
        _ => return client.post(&path, request(scene)).await,
    };
    client.put(&format!("{path}/{}", scene.returned()), decision).await
}

fn request(scene: &ScenarioState) -> Value {
    json!({"items": lines(scene), "reason": "It arrived broken."})
}

fn pieces(scene: &ScenarioState) -> Vec<(ProductId, i32)> {
    if scene.scenario == Scenario::ReceiveWhole { scene.quantities().to_vec() } else { vec![(scene.tea, 1)] }
}

fn lines(scene: &ScenarioState) -> Value {
    pieces(scene).iter().map(|(product, quantity)| json!({"productId": product, "quantity": quantity})).collect()
}

/// How many pieces of a product are on sale again in the end.
pub(super) fn restocked(scene: &ScenarioState, product: ProductId) -> i32 {
    let is_received = matches!(scene.scenario, Scenario::ReceiveReturn | Scenario::ReceiveWhole);
    let back = pieces(scene).into_iter().filter(|(of, _)| is_received && *of == product);
    back.map(|(_, quantity)| quantity).sum()
}

/// However often it was requested: one return, in the status that was decided, told and refunded once.
pub(super) async fn check_return(
    world: &MatrixEnv,
    scene: &ScenarioState,
    broken: &mut impl FnMut(String),
) -> Result<()> {
    let mut db = world.env.connection("ORDERDB_URL").await;
    let select = "select (select string_agg(status, ' ') from returns where order_id = $1),
        (select sum(returned) from order_items where order_id = $1),
        (select count(*) from refunds where order_id = $1 and state = 'done'),
        (select count(*) from order_timeline where order_id = $1 and detail like 'Return %'),
        (select count(*) from outbox where body like '%\"return.changed\"%' and body like '%\"orderId\":' || $1 || ',%')";
    type Found = (Option<String>, i64, i64, i64, i64);
    let found: Found = sqlx::query_as(select).bind(scene.order).fetch_one(&mut *db).await?;
    let all: i64 = pieces(scene).iter().map(|(_, quantity)| i64::from(*quantity)).sum();
    let (status, returned, refunds, changes) = match scene.scenario {
        Scenario::RequestReturn => ("requested", all, 0, 1),
        Scenario::ApproveReturn => ("approved", all, 0, 2),
        Scenario::RejectReturn => ("rejected", 0, 0, 2),
        _ => ("received", all, 1, 2),
    };
    let expected = (Some(status.to_owned()), returned, refunds, changes, changes);
    if found != expected {
        broken(format!("the return's status, pieces, refunds, changes and events are {found:?}, not {expected:?}"));
    }
    Ok(())
}

/// However often it was requested: one piece is refunded, by one refund.
pub(super) async fn check_line_refund(
    world: &MatrixEnv,
    scene: &ScenarioState,
    broken: &mut impl FnMut(String),
) -> Result<()> {
    let mut db = world.env.connection("ORDERDB_URL").await;
    let select = "select (select sum(refunded) from order_items where order_id = $1),
        (select count(*) from refunds where order_id = $1 and state = 'done'),
        (select sum(quantity) from refund_items where order_id = $1)";
    let found: (i64, i64, i64) = sqlx::query_as(select).bind(scene.order).fetch_one(&mut *db).await?;
    if found != (1, 1, 1) {
        broken(format!("one piece was refunded, and the counted pieces, refunds and their pieces are {found:?}"));
    }
    Ok(())
}
