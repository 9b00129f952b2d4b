//! Another actor on an unfinished order: its process crashed right after a step, and before
//! recovery runs an admin refunds it, cancels it, ships it, or writes its product. Recovery must
//! not infer any step from their changes.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, Result};
use domain::{OrderId, ProductId};
use local::terminal;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::json;
use testkit::TestResponse;

use super::case::{Case, FailureMode};
use super::concurrent::run_concurrently;
use super::env::MatrixEnv;
use super::exchanges::count_exchanges;
use super::proxied_function::Store;
use super::response::is_retryable;
use super::retry::{expire_key_lock, run_recovery};
use super::run::inject_case;
use super::scenario::{Scenario, ScenarioState};
use super::{ALL_WAYS, Args, shipments};
use crate::violations::Violations;

#[derive(Clone, Copy, Debug)]
enum AdminAction {
    RefundAll,
    RefundPart,
    RefundLine,
    Cancel,
    Ship,
    ShipPiece,
    WriteProduct,
    RemoveProduct,
}

const ACTIONS: [AdminAction; 8] = [
    AdminAction::RefundAll,
    AdminAction::RefundPart,
    AdminAction::RefundLine,
    AdminAction::Cancel,
    AdminAction::Ship,
    AdminAction::ShipPiece,
    AdminAction::WriteProduct,
    AdminAction::RemoveProduct,
];

#[derive(Clone, Copy)]
struct InterferenceCase {
    case: Case,
    action: AdminAction,
}

impl fmt::Display for InterferenceCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} then {:?}", self.case, self.action)
    }
}

/// Of all cases so many eighths, chosen by the seed.
pub(super) async fn run(world: &Arc<MatrixEnv>, args: &Args, seed: u64) -> Result<Violations> {
    let (at_once, eighths) = (args.at_once, usize::from(args.ways));
    let mut cases = list_cases(world, args.quick).await?;
    cases.shuffle(&mut StdRng::seed_from_u64(seed));
    cases.truncate((cases.len() * eighths).div_ceil(usize::from(ALL_WAYS)));
    let mut verdict = Violations::default();
    let acted = run_concurrently(at_once, cases.iter().copied(), |acted| {
        let world = world.clone();
        async move { run_case(&world, acted).await }
    });
    let mut scenes = Vec::new();
    for (acted, scene, found) in acted.await? {
        verdict.merge(found);
        scenes.push((acted, scene));
    }
    run_recovery(world).await?;
    let asked = run_concurrently(at_once, scenes, |(acted, scene)| {
        let world = world.clone();
        async move { retry_until_answered(&world, acted, scene).await }
    });
    for found in asked.await? {
        verdict.merge(found);
    }
    run_recovery(world).await?;
    terminal::print_line(format!("  {} times another actor changed an incomplete order", cases.len()));
    Ok(verdict)
}

async fn list_cases(world: &MatrixEnv, quick: bool) -> Result<Vec<InterferenceCase>> {
    let paths: &[Scenario] = if quick {
        &[Scenario::Happy]
    } else {
        &[
            Scenario::Happy,
            Scenario::Declined,
            Scenario::PayAgain,
            Scenario::Cancel,
            Scenario::Refund,
            Scenario::RefundLine,
            Scenario::ReceiveReturn,
        ]
    };
    let mut cases = Vec::new();
    for path in paths.iter().copied() {
        for (store, exchanges) in count_exchanges(world, path).await? {
            if !matches!(store, Store::Orderdb | Store::Inventorydb | Store::Payments) {
                continue;
            }
            for exchange in 0..exchanges {
                let case = Case { scenario: path, store, exchange, mode: FailureMode::CrashAfter };
                cases.extend(ACTIONS.map(|act| InterferenceCase { case, action: act }));
            }
        }
    }
    Ok(cases)
}

async fn run_case(
    world: &Arc<MatrixEnv>,
    acted: InterferenceCase,
) -> Result<(InterferenceCase, ScenarioState, Violations)> {
    let name = acted.to_string();
    let (broken, _) = inject_case(world, acted.case).await?;
    let scene = broken.state;
    let mut verdict = Violations::default();
    // If the order was not written yet, there is nothing to act on.
    if let Some(order) = latest_order(world, &scene).await? {
        for reply in perform(world, acted.action, &scene, order).await.context(name.clone())? {
            if reply.status.as_u16() >= 500 && reply.status != 503 {
                verdict.add(&name, format!("the admin's response was {}", reply.status));
            }
        }
    }
    Ok((acted, scene, verdict))
}

async fn latest_order(world: &MatrixEnv, scene: &ScenarioState) -> Result<Option<OrderId>> {
    let mut db = world.env.connection("ORDERDB_URL").await;
    let select = sqlx::query_scalar("select max(id) from orders where user_id = $1").bind(scene.customer.id.get());
    let id: Option<i32> = select.fetch_one(&mut *db).await?;
    Ok(id.map(OrderId::new))
}

async fn perform(
    world: &MatrixEnv,
    act: AdminAction,
    scene: &ScenarioState,
    order: OrderId,
) -> Result<Vec<TestResponse>> {
    let (orders, products) = (world.orders.as_user(&world.admin), world.products.as_user(&world.admin));
    let order_path = format!("/api/orders/{order}");
    let product_path = |product: ProductId| format!("/api/products/{product}");
    Ok(match act {
        AdminAction::RefundAll => refund_payments(world, order, json!({"all": true})).await?,
        AdminAction::RefundPart => refund_payments(world, order, json!({"amount": 1.5})).await?,
        AdminAction::RefundLine => {
            let body = json!({"items": [{"productId": scene.tea, "quantity": 1}], "shipping": true});
            refund_payments(world, order, body).await?
        }
        AdminAction::Cancel => vec![orders.put(&order_path, json!({"status": "cancelled"})).await],
        AdminAction::Ship => vec![orders.put(&order_path, json!({"status": "shipped"})).await],
        AdminAction::ShipPiece => vec![shipments::ship_piece(&orders, order.get(), scene.tea).await],
        AdminAction::WriteProduct => {
            let body = json!({"name": "Dearer tea", "price": 99, "stock": 40});
            vec![products.put(&product_path(scene.tea), body).await]
        }
        AdminAction::RemoveProduct => vec![products.delete(&product_path(scene.tea)).await],
    })
}

/// Refunds every payment of the order.
async fn refund_payments(world: &MatrixEnv, order: OrderId, body: serde_json::Value) -> Result<Vec<TestResponse>> {
    let payments = world.payment_store.list_of_order(order).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut replies = Vec::new();
    for payment in payments {
        let path = format!("/api/payments/{}/refund", payment.id);
        replies.push(world.payments.as_user(&world.admin).post(&path, body.clone()).await);
    }
    Ok(replies)
}

/// The client repeats its request with its key: it gets a response that is no 5xx. The result for
/// its order is checked by all stores together.
async fn retry_until_answered(world: &MatrixEnv, acted: InterferenceCase, scene: ScenarioState) -> Result<Violations> {
    const MAX_ATTEMPTS: usize = 20;
    let mut verdict = Violations::default();
    for _ in 0..MAX_ATTEMPTS {
        expire_key_lock(world, &scene).await?;
        let reply = scene.send_request(world.function(scene.scenario.function())).await;
        if !is_retryable(&reply) {
            if reply.status.as_u16() >= 500 {
                verdict.add(acted.to_string(), format!("its client's response was {}", reply.status));
            }
            return Ok(verdict);
        }
    }
    verdict.add(acted.to_string(), "its client never received a final response");
    Ok(verdict)
}
