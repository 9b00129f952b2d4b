//! Events as the queue delivers them, and what users then see.

#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod ses;

use domain::events::{DomainEvent, EventEnvelope, OrderStatusChanged, RefundIssued};
use domain::orders::OrderStatus;
use domain::{EventId, OrderId, Timestamp};
use notification_worker::{App, handle};
use serde_json::Value;
use testkit::{TestClient, TestEnv, TestUser};

pub(crate) type Message = (String, String, u32);

pub(crate) fn order_status_changed(person: &TestUser, order: i32, status: OrderStatus) -> DomainEvent {
    let (order_id, user_id) = (OrderId::new(order), person.id);
    DomainEvent::OrderStatusChanged(OrderStatusChanged {
        order_id,
        user_id,
        status,
        was: None,
        total_cents: 109_990,
        currency: domain::pricing::Currency::EUR,
        summary: None,
        refunded_cents: 0,
        items: Vec::new(),
        reason: None,
        fulfilment: None,
    })
}

pub(crate) fn refund_issued(person: &TestUser, order: i32, cents: i64) -> DomainEvent {
    DomainEvent::RefundIssued(RefundIssued {
        order_id: OrderId::new(order),
        user_id: person.id,
        amount_cents: cents,
        currency: domain::pricing::Currency::EUR,
        return_id: None,
        email: None,
    })
}

/// An event `seconds` after the epoch's billionth: later events have larger numbers.
pub(crate) fn message_body(test_env: &TestEnv, seconds: i64, payload: DomainEvent) -> String {
    let at = Timestamp::from_millis(1_900_000_000_000 + seconds * 1000);
    let event = EventEnvelope { event_id: EventId::new(test_env.clock.new_uuid()), at, request_id: None, payload };
    serde_json::to_string(&event).unwrap()
}

/// Passes messages to a worker in one batch; returns the ids of those to redeliver.
pub(crate) async fn deliver(app: &App, messages: impl IntoIterator<Item = Message>) -> Vec<String> {
    let response = handle(app, worker::build_batch(messages), worker::DEFAULT_TIME_LIMIT).await;
    let mut failed: Vec<_> = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
    failed.sort();
    failed
}

pub(crate) async fn deliver_one(app: &App, body: &str, tries: u32) -> bool {
    deliver(app, [("m".to_owned(), body.to_owned(), tries)]).await.is_empty()
}

/// A client of the notifications API, as users have it.
pub(crate) fn notifications_client(test_env: &TestEnv) -> TestClient {
    let app = notifications::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    test_env.client(notifications::router(app, &test_env.http_stack()))
}

/// A user's notifications, oldest first.
pub(crate) async fn list_notifications(reader: &TestClient, person: &TestUser) -> Vec<Value> {
    let list = reader
        .as_user(person)
        .get(&format!("/api/notifications/user/{}?limit=100", person.id))
        .await
        .expect(200)
        .json();
    let mut list = list.as_array().unwrap().clone();
    list.reverse();
    list
}

pub(crate) fn kinds(notifications: &[Value]) -> Vec<&str> {
    notifications.iter().map(|one| one["type"].as_str().unwrap()).collect()
}
