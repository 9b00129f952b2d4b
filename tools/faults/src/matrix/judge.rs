//! What must be true of each case, whatever happened to it. The shop as a whole is judged by
//! `reconcile`; here are the promises that a client or a processor's own books hold us to.

use anyhow::Result;
use domain::OrderId;
use domain::inventory::MAX_QUANTITY;
use domain::payments::{Payment, PaymentStatus};
use testkit::Reply;

use super::path::{Path, REFUNDED_CENTS, STOCK, Scene, TOTAL_CENTS};
use super::run::Broken;
use super::{Verdict, World, products};

/// A customer's orders and what the processor knows of them.
pub(super) struct Books {
    orders: Vec<(i32, String, i64)>,
    payments: Vec<Payment>,
}

impl Books {
    fn standing(&self, status: &str) -> Vec<i32> {
        self.orders.iter().filter(|(_, there, _)| there == status).map(|(id, _, _)| *id).collect()
    }

    fn kept(&self, order: i32) -> i64 {
        self.payments.iter().filter(|p| p.order_id.get() == order).map(|p| p.kept().cents()).sum()
    }

    fn captures(&self) -> impl Iterator<Item = &Payment> {
        let took = |p: &&Payment| !matches!(p.status, PaymentStatus::Declined | PaymentStatus::Voided);
        self.payments.iter().filter(took)
    }
}

pub(super) async fn books(world: &World, scene: &Scene) -> Result<Books> {
    let mut db = world.bed.connection("ORDERDB_URL").await;
    let select = "select id, status, (total * 100)::bigint from orders where user_id = $1 order by id";
    let orders: Vec<(i32, String, i64)> =
        sqlx::query_as(select).bind(scene.customer.id.get()).fetch_all(&mut *db).await?;
    drop(db);
    let mut payments = Vec::new();
    for (id, ..) in &orders {
        payments.extend(world.books.of_order(OrderId::new(*id)).await.map_err(domain::Problem::from).map_err(said)?);
    }
    Ok(Books { orders, payments })
}

fn said(problem: domain::Problem) -> anyhow::Error {
    anyhow::anyhow!("{problem}")
}

/// After recovery, before the client asks again.
pub(super) async fn recovered(world: &World, case: &Broken, before: &Books, verdict: &mut Verdict) -> Result<()> {
    let now = books(world, &case.scene).await?;
    let mut broken = |what: String| verdict.broken(&case.name, what);
    // A processor's books forget nothing.
    for then in before.captures() {
        match now.payments.iter().find(|payment| payment.id == then.id) {
            Some(still) if matches!(still.status, PaymentStatus::Voided | PaymentStatus::Declined) => {
                broken(format!("the capture {} became {:?}", then.id, still.status));
            }
            None => broken(format!("the capture {} vanished", then.id)),
            _ => {}
        }
    }
    let path = case.scene.path;
    if let Some(heard) = &case.heard {
        match heard.status.as_u16() {
            503 => {}
            status if status == path.answer() => acknowledged(&case.scene, &now, heard, &mut broken),
            status => broken(format!("answered {status} {}", heard.code())),
        }
    }
    Ok(())
}

/// What the client was told is so.
fn acknowledged(scene: &Scene, now: &Books, heard: &Reply, broken: &mut impl FnMut(String)) {
    // What became of a product is judged once its client has asked again.
    if scene.path.is_products() {
        return;
    }
    let body = heard.json();
    let (order, stands) = match scene.path {
        Path::Happy | Path::ReplyLost | Path::ErrorOnce => (body["id"].as_i64(), "confirmed"),
        Path::Declined => (body["order"]["id"].as_i64(), "payment_failed"),
        Path::PayAgain => (scene.order.map(i64::from), "confirmed"),
        Path::Cancel | Path::CancelAtBounds => (scene.order.map(i64::from), "cancelled"),
        Path::Refund => (scene.order.map(i64::from), "confirmed"),
        _ => return,
    };
    if !now.standing(stands).iter().any(|id| Some(i64::from(*id)) == order) {
        broken(format!("the client was told {stands}, order {order:?} of {:?}", now.orders));
    }
}

/// After the client has asked again: the one outcome that its key stands for has come about, once.
pub(super) async fn asked_again(world: &World, case: &Broken, again: &Reply, verdict: &mut Verdict) -> Result<()> {
    let scene = &case.scene;
    let now = books(world, scene).await?;
    let mut broken = |what: String| verdict.broken(&case.name, what);
    let expected = scene.path.answer();
    let status = again.status.as_u16();
    // A cancelled order cannot be cancelled again: PUT carries no key.
    let cancelled = scene.path.is_cancel() && status == 409 && again.code() == "illegal_transition";
    let done_before = cancelled || (scene.path == Path::RemoveProduct && status == 404);
    if status != expected && !done_before {
        broken(format!("asked again, it answered {status} {} instead of {expected}", again.code()));
    }
    if let Some(heard) = &case.heard
        && heard.status.as_u16() == expected
        && scene.path.is_keyed()
        && expected != 409
        && (heard.bytes != again.bytes || again.header("idempotent-replayed") != "true")
    {
        broken("the same key was not answered with the same bytes".to_owned());
    }
    if scene.path.is_products() {
        return products::judge(world, scene, &mut broken).await;
    }
    let (confirmed, failed) = (now.standing("confirmed"), now.standing("payment_failed"));
    let wanted = match scene.path {
        Path::Happy | Path::ReplyLost | Path::ErrorOnce | Path::PayAgain | Path::Refund => (1, 0),
        Path::Declined => (0, 1),
        _ => (0, 0),
    };
    if (confirmed.len(), failed.len()) != wanted {
        broken(format!("{wanted:?} confirmed and failed orders are right, there are {:?}", now.orders));
    }
    let keeps = TOTAL_CENTS - if scene.path == Path::Refund { REFUNDED_CENTS } else { 0 };
    for (id, status, total) in &now.orders {
        let right = if status == "confirmed" { keeps } else { 0 };
        if now.kept(*id) != right {
            broken(format!("order {id} is {status} and {} cents are kept for it instead of {right}", now.kept(*id)));
        }
        if *total != TOTAL_CENTS {
            broken(format!("order {id} costs {total} cents"));
        }
    }
    let sold = i32::try_from(confirmed.len()).unwrap_or(i32::MAX);
    for (product, pieces) in scene.sold() {
        let stocked = match scene.path {
            Path::Short if product == scene.pot => 0,
            // Full when they came back.
            Path::CancelAtBounds => MAX_QUANTITY + pieces,
            _ => STOCK,
        };
        let stock = world.bed.stock(product).await;
        if stock != (stocked - sold * pieces, 0) {
            broken(format!("product {product} has {stock:?} in stock and held after {sold} sales of {pieces}"));
        }
    }
    Ok(())
}
