//! Compensations at every limit for users: the maximum number of refunds, the maximum stock.

use anyhow::{Context, Result, ensure};
use domain::events::{DomainEvent, EventEnvelope, RefundIssued};
use domain::inventory::MAX_STOCK;
use domain::payments::{MAX_REFUNDS, Refund};
use domain::{EventId, Money, OrderId};
use serde_json::json;

use super::env::MatrixEnv;
use super::retry::run_recovery;
use super::scenario::{Scenario, ScenarioState};
use crate::violations::Violations;

/// The amount of each refund, in cents.
const REFUND_CENTS: i64 = 1;

/// Orders with the maximum number of refunds are cancelled, by a request and by recovery.
pub(super) async fn run(world: &MatrixEnv) -> Result<Violations> {
    let mut verdict = Violations::default();
    for died in [false, true] {
        let name = format!("bounds-{died}-{}", world.env.clock.new_uuid());
        let scene = Scenario::Cancel.prepare(world, name).await?;
        let order = OrderId::new(scene.order.context("a scene without an order")?);
        insert_max_refunds(world, &scene, order).await?;
        if died {
            let mut db = world.env.connection("ORDERDB_URL").await;
            let seen = store_postgres::orders::find(&mut db, order).await?.context("an order that is not there")?;
            store_postgres::saga::begin_cancel(&mut db, &seen).await?.context("it cannot be cancelled")?;
        } else {
            let response = scene.send_request(&world.orders).await;
            ensure!(response.status == 200, "a cancellation without a fault: {response:?}");
        }
        run_recovery(world).await?;
        let payments = world.payment_store.list_of_order(order).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        let kept: i64 = payments.iter().map(|payment| payment.net_amount().cents()).sum();
        if kept != 0 {
            verdict.add(
                "bounds",
                format!("order {order} is cancelled after {MAX_REFUNDS} refunds and has a net payment of {kept} cents"),
            );
        }
    }
    Ok(verdict)
}

/// In the state that a hundred requests leave in the processor's books, in orderdb and in its
/// outbox: the requests themselves would take longer than all that is tested with them.
async fn insert_max_refunds(world: &MatrixEnv, scene: &ScenarioState, order: OrderId) -> Result<()> {
    let said = |error: store_dynamo::Error| anyhow::anyhow!("{error}");
    let payment =
        world.payment_store.list_of_order(order).await.map_err(said)?.pop().context("an order without a payment")?;
    let (clock, mut ids, mut events) = (&world.env.clock, Vec::new(), Vec::new());
    for _ in 0..MAX_REFUNDS {
        let (id, at) = (clock.new_uuid(), clock.now());
        let refund = Refund::of_amount(id.to_string(), Money::from_cents(REFUND_CENTS), at);
        world.payment_store.refund(payment.id, &refund).await.map_err(said)?;
        let event = DomainEvent::RefundIssued(RefundIssued {
            order_id: order,
            user_id: scene.customer.id,
            amount_cents: REFUND_CENTS,
            currency: domain::pricing::Currency::EUR,
            return_id: None,
            email: None,
        });
        events.push(EventEnvelope { event_id: EventId::new(clock.new_uuid()), at, request_id: None, payload: event });
        ids.push(id);
    }
    let mut db = world.env.connection("ORDERDB_URL").await;
    let insert = "insert into refunds (id, order_id, payment_id, amount, state, created_at)
                  select id, $2, $3, $4::bigint::numeric / 100, 'done', clock_timestamp() from unnest($1::uuid[]) id";
    let insert = sqlx::query(insert).bind(&ids[..]).bind(order.get()).bind(payment.id.get()).bind(REFUND_CENTS);
    insert.execute(&mut *db).await?;
    store_postgres::outbox::append(&mut db, &events).await?;
    // Rows are left to their writer for some seconds: these have none.
    let older = "update outbox set created_at = created_at - interval '1 minute' where sent_at is null";
    sqlx::raw_sql(older).execute(&mut *db).await?;
    Ok(())
}

/// Sets the stock of a scenario's products to the maximum of an admin.
pub(super) async fn set_max_stock(world: &MatrixEnv, scene: &ScenarioState) -> Result<()> {
    for product in [scene.tea, scene.pot] {
        let path = format!("/api/inventory/{product}");
        let set = world.inventory.as_user(&world.admin).put(&path, json!({"quantity": MAX_STOCK})).await;
        ensure!(set.status == 200, "stock cannot be set to its bound: {set:?}");
    }
    Ok(())
}
