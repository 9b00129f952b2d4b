//! What must be true of each case, whatever happened to it. `reconcile` checks the shop as a whole;
//! these are the promises to a client and to the processor's own books.

use anyhow::Result;
use domain::OrderId;
use domain::inventory::MAX_STOCK;
use domain::payments::{Payment, PaymentStatus};
use testkit::TestResponse;

use super::case::InjectedCase;
use super::env::MatrixEnv;
use super::product_assertions;
use super::returns;
use super::review_assertions;
use super::scenario::{INITIAL_STOCK, Scenario, ScenarioState};
use super::{shipments, take_overs};
use crate::violations::Violations;

/// A customer's orders and what the processor knows of them.
pub(super) struct CustomerRecords {
    orders: Vec<(i32, String, i64)>,
    payments: Vec<Payment>,
}

impl CustomerRecords {
    fn orders_with_status(&self, status: &str) -> Vec<i32> {
        self.orders.iter().filter(|(_, there, _)| there == status).map(|(id, _, _)| *id).collect()
    }

    fn net_cents(&self, order: i32) -> i64 {
        self.payments.iter().filter(|p| p.order_id.get() == order).map(|p| p.net_amount().cents()).sum()
    }

    fn captures(&self) -> impl Iterator<Item = &Payment> {
        let took = |p: &&Payment| !matches!(p.status, PaymentStatus::Declined | PaymentStatus::Voided);
        self.payments.iter().filter(took)
    }
}

pub(super) async fn read_records(world: &MatrixEnv, scene: &ScenarioState) -> Result<CustomerRecords> {
    let mut db = world.env.connection("ORDERDB_URL").await;
    let select = "select id, status, (total * 100)::bigint from orders where user_id in ($1, $2) order by id";
    let orders: Vec<(i32, String, i64)> =
        sqlx::query_as(select).bind(scene.customer.id.get()).bind(scene.caller_id()).fetch_all(&mut *db).await?;
    drop(db);
    let mut payments = Vec::new();
    for (id, ..) in &orders {
        payments.extend(
            world
                .payment_store
                .list_of_order(OrderId::new(*id))
                .await
                .map_err(domain::Problem::from)
                .map_err(to_error)?,
        );
    }
    Ok(CustomerRecords { orders, payments })
}

fn to_error(problem: domain::Problem) -> anyhow::Error {
    anyhow::anyhow!("{problem}")
}

/// After recovery, before the client repeats its request.
pub(super) async fn check_recovered(
    world: &MatrixEnv,
    case: &InjectedCase,
    before: &CustomerRecords,
    verdict: &mut Violations,
) -> Result<()> {
    let now = read_records(world, &case.state).await?;
    let mut broken = |what: String| verdict.add(&case.name, what);
    // A processor's books never lose an entry.
    for then in before.captures() {
        match now.payments.iter().find(|payment| payment.id == then.id) {
            Some(still) if matches!(still.status, PaymentStatus::Voided | PaymentStatus::Declined) => {
                broken(format!("the capture {} became {:?}", then.id, still.status));
            }
            None => broken(format!("the capture {} vanished", then.id)),
            _ => {}
        }
    }
    let path = case.state.scenario;
    if let Some(heard) = &case.response {
        match heard.status.as_u16() {
            503 => {}
            status if status == path.expected_status() && path.is_review() => {
                review_assertions::check_review(world, &case.state, &mut broken).await;
            }
            status if status == path.expected_status() => check_acknowledged(&case.state, &now, heard, &mut broken),
            status => broken(format!("the response was {status} {}", heard.error_code())),
        }
    }
    Ok(())
}

/// What a response to the client said must be stored.
fn check_acknowledged(
    scene: &ScenarioState,
    now: &CustomerRecords,
    heard: &TestResponse,
    broken: &mut impl FnMut(String),
) {
    // The result of an admin write is checked once its client has repeated the request.
    if scene.scenario.is_admin_write() {
        return;
    }
    let body = heard.json();
    let (order, stands) = match scene.scenario {
        Scenario::Happy | Scenario::ReplyLost | Scenario::ErrorOnce | Scenario::Discount => {
            (body["id"].as_i64(), "confirmed")
        }
        Scenario::Declined => (body["order"]["id"].as_i64(), "payment_failed"),
        Scenario::PayAgain
        | Scenario::DiscountPayAgain
        | Scenario::Refund
        | Scenario::RefundLine
        | Scenario::TakeOver => (scene.order.map(i64::from), "confirmed"),
        path if path.is_cancel() => (scene.order.map(i64::from), "cancelled"),
        path if path.is_return() || path == Scenario::Ship => (scene.order.map(i64::from), path.paid_status()),
        _ => return,
    };
    if !now.orders_with_status(stands).iter().any(|id| Some(i64::from(*id)) == order) {
        broken(format!("the response was {stands}, order {order:?} of {:?}", now.orders));
    }
}

/// After the client has repeated its request: the one outcome of its key has happened, once.
pub(super) async fn check_retried(
    world: &MatrixEnv,
    case: &InjectedCase,
    again: &TestResponse,
    verdict: &mut Violations,
) -> Result<()> {
    let scene = &case.state;
    let now = read_records(world, scene).await?;
    let mut broken = |what: String| verdict.add(&case.name, what);
    let expected = scene.scenario.expected_status();
    let status = again.status.as_u16();
    // A cancelled order cannot be cancelled again: PUT carries no key.
    let cancelled = scene.scenario.is_cancel() && status == 409 && again.error_code() == "illegal_transition";
    let done_before = match scene.scenario {
        Scenario::RemoveProduct | Scenario::DeleteReview => status == 404,
        Scenario::WriteReview => status == 409 && again.error_code() == "already_reviewed",
        _ => cancelled,
    };
    if status != expected && !done_before {
        broken(format!("the repeated request got {status} {} instead of {expected}", again.error_code()));
    }
    if let Some(heard) = &case.response
        && heard.status.as_u16() == expected
        && scene.scenario.is_keyed()
        && expected != 409
        && (heard.bytes != again.bytes || again.header("idempotent-replayed") != "true")
    {
        broken("the same key did not get the same response".to_owned());
    }
    if scene.scenario.is_admin_write() {
        return product_assertions::check_product(world, scene, &mut broken).await;
    }
    if scene.scenario.is_review() {
        review_assertions::check_review(world, scene, &mut broken).await;
        return Ok(());
    }
    if scene.scenario == Scenario::Ship {
        shipments::check_shipment(world, scene, &mut broken).await?;
    }
    if scene.scenario.is_return() {
        returns::check_return(world, scene, &mut broken).await?;
    }
    if scene.scenario == Scenario::RefundLine {
        returns::check_line_refund(world, scene, &mut broken).await?;
    }
    if scene.scenario == Scenario::TakeOver {
        take_overs::check_take_over(world, scene, &mut broken).await?;
    }
    let paid = scene.scenario.paid_status();
    let (confirmed, failed) = (now.orders_with_status(paid), now.orders_with_status("payment_failed"));
    let wanted = match scene.scenario {
        Scenario::Happy | Scenario::ReplyLost | Scenario::ErrorOnce | Scenario::PayAgain | Scenario::Refund => (1, 0),
        Scenario::Discount | Scenario::DiscountPayAgain | Scenario::Ship | Scenario::RefundLine => (1, 0),
        Scenario::TakeOver => (1, 0),
        path if path.is_return() => (1, 0),
        Scenario::Declined => (0, 1),
        _ => (0, 0),
    };
    if (confirmed.len(), failed.len()) != wanted {
        broken(format!("{wanted:?} confirmed and failed orders are right, there are {:?}", now.orders));
    }
    let costs = scene.scenario.total_cents();
    let keeps = costs - scene.scenario.refunded_cents();
    for (id, status, total) in &now.orders {
        let right = if status == paid { keeps } else { 0 };
        if now.net_cents(*id) != right {
            broken(format!(
                "order {id} is {status} and {} cents are its net payment instead of {right}",
                now.net_cents(*id)
            ));
        }
        if *total != costs {
            broken(format!("order {id} costs {total} cents"));
        }
    }
    let sold = i32::try_from(confirmed.len()).unwrap_or(i32::MAX);
    check_stock(world, scene, sold, &mut broken).await;
    if scene.scenario.has_discount() {
        check_uses(world, scene, sold, &mut broken).await?;
    }
    Ok(())
}

/// Whether the discount counts the orders that stand, in all and by their customer.
async fn check_uses(
    world: &MatrixEnv,
    scene: &ScenarioState,
    stand: i32,
    broken: &mut impl FnMut(String),
) -> Result<()> {
    let mut db = world.env.connection("ORDERDB_URL").await;
    let select = "select d.uses, coalesce(sum(c.uses), 0)::integer
                  from discounts d left join discount_customers c on c.discount_id = d.id where d.code = $1 group by d.id";
    let counted: (i32, i32) = sqlx::query_as(select).bind(scene.discount_code()).fetch_one(&mut *db).await?;
    if counted != (stand, stand) {
        broken(format!("a discount of {stand} orders counts {counted:?} uses"));
    }
    Ok(())
}

/// Whether the stock is what it was, less what these orders sold.
async fn check_stock(world: &MatrixEnv, scene: &ScenarioState, sold: i32, broken: &mut impl FnMut(String)) {
    for (product, pieces) in scene.quantities() {
        let stocked = match scene.scenario {
            Scenario::OutOfStock if product == scene.pot => 0,
            // The maximum was reached when they were returned.
            Scenario::CancelAtLimits => MAX_STOCK + pieces,
            _ => INITIAL_STOCK,
        };
        let stock = world.env.stock(product).await;
        let stocked = stocked + returns::restocked(scene, product);
        if stock != (stocked - sold * pieces, 0) {
            broken(format!("product {product} has {stock:?} in stock and reserved after {sold} sales of {pieces}"));
        }
    }
}
