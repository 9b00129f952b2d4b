//! Whether a review is verified follows the orders, in whatever order and number events arrive.

use analytics_worker::{App, handle};
use domain::events::{DomainEvent, EventEnvelope, OrderStatusChanged, RefundIssued};
use domain::orders::{OrderEventLine, OrderStatus};
use domain::{EventId, OrderId, ProductId};
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

struct Shop {
    test_env: TestEnv,
    worker: App,
    reviews: TestClient,
    ada: TestUser,
}

impl Shop {
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let worker = App::from_env(&test_env.env(), &test_env.clock).unwrap();
        let app = reviews::App::from_env(&test_env.env(), &test_env.clock).unwrap();
        let reviews = test_env.client(reviews::router(app, &test_env.http_stack()));
        let ada = test_env.customer().await;
        Self { test_env, worker, reviews, ada }
    }

    async fn sql(&self, sql: &'static str, order: OrderId) {
        let mut db = self.test_env.connection("ORDERDB_URL").await;
        sqlx::query(sql).bind(order.get()).execute(&mut *db).await.unwrap();
    }

    /// A confirmed order of ten, without publishing its event.
    async fn buy(&self, product: ProductId) -> OrderId {
        let mut db = self.test_env.connection("ORDERDB_URL").await;
        let insert = "insert into orders (user_id, total, status, created_at, updated_at, payment_id, payment_method)
                      values ($1, 10, 'confirmed', now(), now(), gen_random_uuid(), 'tok_visa') returning id";
        let order: i32 = sqlx::query_scalar(insert).bind(self.ada.id.get()).fetch_one(&mut *db).await.unwrap();
        let line =
            "insert into order_items (order_id, product_id, quantity, price, name) values ($1, $2, 1, 10, 'Lamp')";
        sqlx::query(line).bind(order).bind(product.get()).execute(&mut *db).await.unwrap();
        OrderId::new(order)
    }

    async fn cancel(&self, order: OrderId) {
        self.sql("update orders set status = 'cancelled' where id = $1", order).await;
    }

    async fn refund_half(&self, order: OrderId) {
        let half = "insert into refunds (id, order_id, payment_id, amount, state, created_at)
                    select gen_random_uuid(), id, payment_id, 5, 'done', now() from orders where id = $1";
        self.sql(half, order).await;
    }

    async fn review(&self, product: ProductId) -> Value {
        let body = json!({"productId": product, "rating": 4, "comment": ""});
        self.reviews.as_user(&self.ada).post("/api/reviews", body).await.expect(201).json()
    }

    async fn is_verified(&self, product: ProductId) -> bool {
        let listed = self.reviews.get(&format!("/api/reviews/product/{product}")).await.expect(200).json();
        assert_eq!(listed.as_array().unwrap().len(), 1);
        listed[0]["verifiedPurchase"].as_bool().unwrap()
    }

    fn order_changed(&self, order_id: OrderId, product_id: ProductId, status: OrderStatus) -> DomainEvent {
        let (was, user_id) = (Some(OrderStatus::Confirmed).filter(|_| status == OrderStatus::Cancelled), self.ada.id);
        let items = vec![OrderEventLine { product_id, name: "Lamp".to_owned(), quantity: 1, price_cents: 1000 }];
        let (total_cents, refunded_cents, reason) = (1000, 0, None);
        DomainEvent::OrderStatusChanged(OrderStatusChanged {
            order_id,
            user_id,
            status,
            was,
            total_cents,
            currency: domain::pricing::Currency::EUR,
            summary: None,
            refunded_cents,
            items,
            reason,
            fulfilment: None,
        })
    }

    fn refund_issued(&self, order_id: OrderId) -> DomainEvent {
        DomainEvent::RefundIssued(RefundIssued {
            order_id,
            user_id: self.ada.id,
            amount_cents: 500,
            currency: domain::pricing::Currency::EUR,
            return_id: None,
            email: None,
        })
    }

    /// Delivers events as one batch; returns how many are to be redelivered.
    async fn deliver(&self, worker: &App, events: &[DomainEvent]) -> usize {
        let event = |payload: &DomainEvent| {
            let (event_id, payload) = (EventId::new(self.test_env.clock.new_uuid()), payload.clone());
            serde_json::to_string(&EventEnvelope { event_id, at: self.test_env.clock.now(), request_id: None, payload })
                .unwrap()
        };
        let messages = events.iter().enumerate().map(|(place, payload)| (place.to_string(), event(payload), 1));
        handle(worker, worker::build_batch(messages), worker::DEFAULT_TIME_LIMIT).await.batch_item_failures.len()
    }

    async fn deliver_all(&self, events: &[DomainEvent]) {
        assert_eq!(self.deliver(&self.worker, events).await, 0);
    }
}

#[tokio::test]
async fn a_cancelled_or_fully_refunded_order_removes_the_verified_mark() {
    let shop = Shop::open().await;
    let (lamp, cup) = (shop.test_env.product(1000, 5).await, shop.test_env.product(1000, 5).await);
    let (of_lamp, of_cup) = (shop.buy(lamp).await, shop.buy(cup).await);
    assert_eq!(shop.review(lamp).await["verifiedPurchase"], true);
    assert_eq!(shop.review(cup).await["verifiedPurchase"], true);

    shop.refund_half(of_lamp).await;
    shop.deliver_all(&[shop.refund_issued(of_lamp)]).await;
    assert!(shop.is_verified(lamp).await, "half of it was not refunded");
    shop.refund_half(of_lamp).await;
    shop.cancel(of_cup).await;
    let events = [shop.refund_issued(of_lamp), shop.order_changed(of_cup, cup, OrderStatus::Cancelled)];
    // Delivered twice, the second time after the event that preceded them.
    for events in
        [&events[..], &[events[1].clone(), events[0].clone(), shop.order_changed(of_cup, cup, OrderStatus::Confirmed)]]
    {
        shop.deliver_all(events).await;
        assert!(!shop.is_verified(lamp).await && !shop.is_verified(cup).await);
    }
}

#[tokio::test]
async fn another_valid_order_keeps_the_verified_mark_and_a_new_one_sets_it() {
    let shop = Shop::open().await;
    let lamp = shop.test_env.product(1000, 5).await;
    assert_eq!(shop.review(lamp).await["verifiedPurchase"], false);
    let first = shop.buy(lamp).await;
    shop.deliver_all(&[shop.order_changed(first, lamp, OrderStatus::Confirmed)]).await;
    assert!(shop.is_verified(lamp).await);
    let second = shop.buy(lamp).await;
    shop.cancel(first).await;
    shop.deliver_all(&[shop.order_changed(first, lamp, OrderStatus::Cancelled)]).await;
    assert!(shop.is_verified(lamp).await, "the second order is still valid");
    shop.cancel(second).await;
    shop.deliver_all(&[shop.order_changed(second, lamp, OrderStatus::Cancelled)]).await;
    assert!(!shop.is_verified(lamp).await);
}

/// The order is cancelled, and analytics notified, between the review's look-up of the orders and
/// its commit: the review's own event triggers another check.
#[tokio::test]
async fn a_review_written_during_a_cancellation_is_corrected_by_its_own_event() {
    let shop = Shop::open().await;
    let lamp = shop.test_env.product(1000, 5).await;
    let order = shop.buy(lamp).await;
    let review = shop.review(lamp).await;
    shop.cancel(order).await;
    let event = json!({"change": "created", "reviewId": review["id"], "productId": lamp, "userId": shop.ada.id,
        "rating": 4, "previousRating": null});
    shop.deliver_all(&[DomainEvent::ReviewChanged(serde_json::from_value(event).unwrap())]).await;
    assert!(!shop.is_verified(lamp).await);
}

#[tokio::test]
async fn with_orderdb_unreachable_events_are_counted_and_redelivered() {
    let shop = Shop::open().await;
    let lamp = shop.test_env.product(1000, 5).await;
    let order = shop.buy(lamp).await;
    shop.review(lamp).await;
    shop.cancel(order).await;
    let nowhere = shop.test_env.env_with(&[("ORDERDB_URL", "postgres://orders@127.0.0.1:9/x")]);
    let away = App::from_env(&nowhere, &shop.test_env.clock).unwrap();
    let events = [
        shop.order_changed(order, lamp, OrderStatus::Shipped),
        shop.order_changed(order, lamp, OrderStatus::Cancelled),
    ];
    assert_eq!(shop.deliver(&away, &events).await, 1, "a shipped order changes no review");
    assert!(shop.is_verified(lamp).await);
    shop.deliver_all(&events[1..]).await;
    assert!(!shop.is_verified(lamp).await);
}
