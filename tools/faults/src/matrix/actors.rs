//! Somebody else acts on an order that is half done: its process died right after a step, and
//! before recovery comes an admin refunds it, cancels it, ships it, or writes its product. No step
//! of recovery may be inferred from what they did.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, Result};
use domain::{OrderId, ProductId};
use local::say;
use serde_json::json;
use testkit::Reply;

use super::case::{Case, Mode};
use super::path::{Path, Scene};
use super::run::{break_one, side_by_side};
use super::settle::{is_early, recover, unlock};
use super::shop::Store;
use super::{Verdict, World, walk};

/// What an admin does.
#[derive(Clone, Copy, Debug)]
enum Act {
    RefundAll,
    RefundPart,
    Cancel,
    Ship,
    WriteProduct,
    RemoveProduct,
}

const ACTS: [Act; 6] = [Act::RefundAll, Act::RefundPart, Act::Cancel, Act::Ship, Act::WriteProduct, Act::RemoveProduct];

#[derive(Clone, Copy)]
struct Acted {
    case: Case,
    act: Act,
}

impl fmt::Display for Acted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} then {:?}", self.case, self.act)
    }
}

pub(super) async fn all(world: &Arc<World>, quick: bool, at_once: usize) -> Result<Verdict> {
    let cases = cases(world, quick).await?;
    let mut verdict = Verdict::default();
    let acted = side_by_side(at_once, cases.iter().copied(), |acted| {
        let world = world.clone();
        async move { act_on(&world, acted).await }
    });
    let mut scenes = Vec::new();
    for (acted, scene, found) in acted.await? {
        verdict.merge(found);
        scenes.push((acted, scene));
    }
    recover(world).await?;
    let asked = side_by_side(at_once, scenes, |(acted, scene)| {
        let world = world.clone();
        async move { ask_again(&world, acted, scene).await }
    });
    for found in asked.await? {
        verdict.merge(found);
    }
    recover(world).await?;
    say::line(format!("  {} times somebody else acted on what was half done", cases.len()));
    Ok(verdict)
}

async fn cases(world: &World, quick: bool) -> Result<Vec<Acted>> {
    let paths: &[Path] =
        if quick { &[Path::Happy] } else { &[Path::Happy, Path::Declined, Path::PayAgain, Path::Cancel, Path::Refund] };
    let mut cases = Vec::new();
    for path in paths.iter().copied() {
        for (store, exchanges) in walk(world, path).await? {
            if !matches!(store, Store::Orderdb | Store::Inventorydb | Store::Payments) {
                continue;
            }
            for exchange in 0..exchanges {
                let case = Case { path, store, exchange, mode: Mode::CrashAfter };
                cases.extend(ACTS.map(|act| Acted { case, act }));
            }
        }
    }
    Ok(cases)
}

async fn act_on(world: &World, acted: Acted) -> Result<(Acted, Scene, Verdict)> {
    let name = acted.to_string();
    let (broken, _) = break_one(world, acted.case).await?;
    let scene = broken.scene;
    let mut verdict = Verdict::default();
    // Where the order was not written yet, there is nothing to act on.
    if let Some(order) = latest(world, &scene).await? {
        for reply in act(world, acted.act, &scene, order).await.context(name.clone())? {
            if reply.status.as_u16() >= 500 && reply.status != 503 {
                verdict.broken(&name, format!("the admin was answered {}", reply.status));
            }
        }
    }
    Ok((acted, scene, verdict))
}

async fn latest(world: &World, scene: &Scene) -> Result<Option<OrderId>> {
    let mut db = world.bed.connection("ORDERDB_URL").await;
    let select = sqlx::query_scalar("select max(id) from orders where user_id = $1").bind(scene.customer.id.get());
    let id: Option<i32> = select.fetch_one(&mut *db).await?;
    Ok(id.map(OrderId::new))
}

async fn act(world: &World, act: Act, scene: &Scene, order: OrderId) -> Result<Vec<Reply>> {
    let (orders, products) = (world.orders.of(&world.admin), world.products.of(&world.admin));
    let order_path = format!("/api/orders/{order}");
    let product_path = |product: ProductId| format!("/api/products/{product}");
    Ok(match act {
        Act::RefundAll => refund(world, order, json!({"all": true})).await?,
        Act::RefundPart => refund(world, order, json!({"amount": 1.5})).await?,
        Act::Cancel => vec![orders.put(&order_path, json!({"status": "cancelled"})).await],
        Act::Ship => vec![orders.put(&order_path, json!({"status": "shipped"})).await],
        Act::WriteProduct => {
            let body = json!({"name": "Dearer tea", "price": 99, "stock": 40});
            vec![products.put(&product_path(scene.tea), body).await]
        }
        Act::RemoveProduct => vec![products.delete(&product_path(scene.tea)).await],
    })
}

/// Of every payment that the order has.
async fn refund(world: &World, order: OrderId, body: serde_json::Value) -> Result<Vec<Reply>> {
    let payments = world.books.of_order(order).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut replies = Vec::new();
    for payment in payments {
        let path = format!("/api/payments/{}/refund", payment.id);
        replies.push(world.payments.of(&world.admin).post(&path, body.clone()).await);
    }
    Ok(replies)
}

/// The client asks again with its key: it learns something, and what it learns has no 5xx. What
/// became of its order is judged by all stores together.
async fn ask_again(world: &World, acted: Acted, scene: Scene) -> Result<Verdict> {
    const TRIES: usize = 20;
    let mut verdict = Verdict::default();
    for _ in 0..TRIES {
        unlock(world, &scene).await?;
        let reply = scene.act(world.function(scene.path.group())).await;
        if !is_early(&reply) {
            if reply.status.as_u16() >= 500 {
                verdict.broken(acted.to_string(), format!("its client was answered {}", reply.status));
            }
            return Ok(verdict);
        }
    }
    verdict.broken(acted.to_string(), "its client never learned what came of it");
    Ok(verdict)
}
