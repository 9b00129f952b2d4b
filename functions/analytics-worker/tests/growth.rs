//! What does not grow with the number of events, and what is truncated because it would.

use std::time::Duration;

use analytics_worker::{App, handle};
use domain::events::{DomainEvent, EventEnvelope, OrderStatusChanged};
use domain::orders::{OrderEventLine, OrderStatus};
use domain::{EventId, OrderId, ProductId, UserId};
use store_mongo::Mongo;
use testkit::TestEnv;

const BUDGET: Duration = Duration::from_secs(30);

fn order(test_env: &TestEnv, lines: i32) -> String {
    let line =
        |n| OrderEventLine { product_id: ProductId::new(n), name: format!("P{n}"), quantity: 1, price_cents: 100 };
    let order_changed = OrderStatusChanged {
        order_id: OrderId::new(1),
        user_id: UserId::new(1),
        status: OrderStatus::Confirmed,
        was: Some(OrderStatus::Pending),
        total_cents: i64::from(lines) * 100,
        currency: domain::pricing::Currency::EUR,
        summary: None,
        refunded_cents: 0,
        items: (1..=lines).map(line).collect(),
        reason: None,
        fulfilment: None,
    };
    let event_id = EventId::new(test_env.clock.new_uuid());
    let event = EventEnvelope {
        event_id,
        at: test_env.clock.now(),
        request_id: None,
        payload: DomainEvent::OrderStatusChanged(order_changed),
    };
    serde_json::to_string(&event).unwrap()
}

async fn send(test_env: &TestEnv, orders: usize, lines: i32) {
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let messages: Vec<_> = (0..orders).map(|n| (format!("m{n}"), order(test_env, lines), 1)).collect();
    assert_eq!(
        handle(&app, worker::build_batch(messages), worker::DEFAULT_TIME_LIMIT).await.batch_item_failures.len(),
        0
    );
}

fn store(test_env: &TestEnv) -> Mongo {
    Mongo::new(store_mongo::Config::from_env(&test_env.env()).unwrap(), &test_env.clock)
}

#[tokio::test]
async fn the_number_of_rollups_does_not_grow_with_the_number_of_events() {
    let test_env = TestEnv::new().await;
    send(&test_env, 5, 2).await;
    let mongo = store(&test_env);
    assert!(store_mongo::aggregate_pending(&mongo, BUDGET).await.unwrap().finished);
    let few = store_mongo::reconcile::load_rollups(&mongo).await.unwrap();
    for _ in 0..12 {
        send(&test_env, 100, 2).await;
    }
    assert!(store_mongo::aggregate_pending(&mongo, BUDGET).await.unwrap().finished);
    let many = store_mongo::reconcile::load_rollups(&mongo).await.unwrap();
    assert_eq!(few.keys().collect::<Vec<_>>(), many.keys().collect::<Vec<_>>());
    assert_eq!(many["total/1"]["count"], 1205);
}

#[tokio::test]
async fn orders_with_many_lines_are_aggregated_in_parts() {
    let test_env = TestEnv::new().await;
    send(&test_env, 45, 50).await;
    let mongo = store(&test_env);
    assert!(store_mongo::aggregate_pending(&mongo, BUDGET).await.unwrap().finished);
    let figures = store_mongo::reconcile::load_rollups(&mongo).await.unwrap();
    let day = test_env.clock.now().day();
    assert_eq!(figures[&format!("day/{day}")]["revenueCents"], 45 * 50 * 100);
    assert_eq!(figures[&format!("product/{day}/50")]["quantity"], 45);
}
