//! Whether a review is of a purchase follows the orders, in whatever order and number facts arrive.

use analytics_worker::{App, handle};
use domain::events::{Event, Fact, OrderFact, RefundFact};
use domain::orders::{LineFact, Status};
use domain::{EventId, OrderId, ProductId};
use serde_json::{Value, json};
use testkit::{Bed, Client, Person};

struct Shop {
    bed: Bed,
    worker: App,
    reviews: Client,
    ada: Person,
}

impl Shop {
    async fn open() -> Self {
        let bed = Bed::new().await;
        let worker = App::read(&bed.vars(), &bed.clock).unwrap();
        let app = reviews::App::read(&bed.vars(), &bed.clock).unwrap();
        let reviews = bed.client(reviews::router(app, &bed.door()));
        let ada = bed.customer().await;
        Self { bed, worker, reviews, ada }
    }

    async fn sql(&self, sql: &'static str, order: OrderId) {
        let mut db = self.bed.connection("ORDERDB_URL").await;
        sqlx::query(sql).bind(order.get()).execute(&mut *db).await.unwrap();
    }

    /// A confirmed order of ten, and nobody is told.
    async fn buy(&self, product: ProductId) -> OrderId {
        let mut db = self.bed.connection("ORDERDB_URL").await;
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
        self.reviews.of(&self.ada).post("/api/reviews", body).await.expect(201).json()
    }

    async fn is_verified(&self, product: ProductId) -> bool {
        let listed = self.reviews.get(&format!("/api/reviews/product/{product}")).await.expect(200).json();
        assert_eq!(listed.as_array().unwrap().len(), 1);
        listed[0]["verifiedPurchase"].as_bool().unwrap()
    }

    fn told(&self, order_id: OrderId, product_id: ProductId, status: Status) -> Fact {
        let (was, user_id) = (Some(Status::Confirmed).filter(|_| status == Status::Cancelled), self.ada.id);
        let items = vec![LineFact { product_id, name: "Lamp".to_owned(), quantity: 1, price_cents: 1000 }];
        let (total_cents, refunded_cents, reason) = (1000, 0, None);
        Fact::Order(OrderFact { order_id, user_id, status, was, total_cents, refunded_cents, items, reason })
    }

    fn refunded(&self, order_id: OrderId) -> Fact {
        Fact::Refunded(RefundFact { order_id, user_id: self.ada.id, amount_cents: 500 })
    }

    /// Delivers facts as one batch; answers how many are to come again.
    async fn deliver(&self, worker: &App, facts: &[Fact]) -> usize {
        let event = |fact: &Fact| {
            let (event_id, fact) = (EventId::new(self.bed.clock.new_uuid()), fact.clone());
            serde_json::to_string(&Event { event_id, at: self.bed.clock.now(), request_id: None, fact }).unwrap()
        };
        let messages = facts.iter().enumerate().map(|(place, fact)| (place.to_string(), event(fact), 1));
        handle(worker, worker::batch(messages), worker::UNBOUNDED).await.batch_item_failures.len()
    }

    async fn take(&self, facts: &[Fact]) {
        assert_eq!(self.deliver(&self.worker, facts).await, 0);
    }
}

#[tokio::test]
async fn a_cancelled_and_a_fully_refunded_order_take_the_mark_away() {
    let shop = Shop::open().await;
    let (lamp, cup) = (shop.bed.product(1000, 5).await, shop.bed.product(1000, 5).await);
    let (of_lamp, of_cup) = (shop.buy(lamp).await, shop.buy(cup).await);
    assert_eq!(shop.review(lamp).await["verifiedPurchase"], true);
    assert_eq!(shop.review(cup).await["verifiedPurchase"], true);

    shop.refund_half(of_lamp).await;
    shop.take(&[shop.refunded(of_lamp)]).await;
    assert!(shop.is_verified(lamp).await, "half of it is kept");
    shop.refund_half(of_lamp).await;
    shop.cancel(of_cup).await;
    let facts = [shop.refunded(of_lamp), shop.told(of_cup, cup, Status::Cancelled)];
    // Delivered twice, the second time after the fact that came before them.
    for facts in [&facts[..], &[facts[1].clone(), facts[0].clone(), shop.told(of_cup, cup, Status::Confirmed)]] {
        shop.take(facts).await;
        assert!(!shop.is_verified(lamp).await && !shop.is_verified(cup).await);
    }
}

#[tokio::test]
async fn another_order_that_stands_keeps_the_mark_and_a_new_one_gives_it() {
    let shop = Shop::open().await;
    let lamp = shop.bed.product(1000, 5).await;
    assert_eq!(shop.review(lamp).await["verifiedPurchase"], false);
    let first = shop.buy(lamp).await;
    shop.take(&[shop.told(first, lamp, Status::Confirmed)]).await;
    assert!(shop.is_verified(lamp).await);
    let second = shop.buy(lamp).await;
    shop.cancel(first).await;
    shop.take(&[shop.told(first, lamp, Status::Cancelled)]).await;
    assert!(shop.is_verified(lamp).await, "the second order stands");
    shop.cancel(second).await;
    shop.take(&[shop.told(second, lamp, Status::Cancelled)]).await;
    assert!(!shop.is_verified(lamp).await);
}

/// The order is cancelled, and analytics told, between the review's look at the orders and its
/// commit: the review's own fact has it judged again.
#[tokio::test]
async fn a_review_that_was_written_too_late_is_judged_by_its_own_fact() {
    let shop = Shop::open().await;
    let lamp = shop.bed.product(1000, 5).await;
    let order = shop.buy(lamp).await;
    let review = shop.review(lamp).await;
    shop.cancel(order).await;
    let fact = json!({"change": "created", "reviewId": review["id"], "productId": lamp, "userId": shop.ada.id,
        "rating": 4, "previousRating": null});
    shop.take(&[Fact::Review(serde_json::from_value(fact).unwrap())]).await;
    assert!(!shop.is_verified(lamp).await);
}

#[tokio::test]
async fn with_orderdb_away_the_facts_are_counted_and_come_again() {
    let shop = Shop::open().await;
    let lamp = shop.bed.product(1000, 5).await;
    let order = shop.buy(lamp).await;
    shop.review(lamp).await;
    shop.cancel(order).await;
    let nowhere = shop.bed.vars_with(&[("ORDERDB_URL", "postgres://orders@127.0.0.1:9/x")]);
    let away = App::read(&nowhere, &shop.bed.clock).unwrap();
    let facts = [shop.told(order, lamp, Status::Shipped), shop.told(order, lamp, Status::Cancelled)];
    assert_eq!(shop.deliver(&away, &facts).await, 1, "of a shipped order no review wants to know");
    assert!(shop.is_verified(lamp).await);
    shop.take(&facts[1..]).await;
    assert!(!shop.is_verified(lamp).await);
}
