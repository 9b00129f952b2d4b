//! What the catalog shows after events have arrived, in whatever order.

use catalog_worker::{App, handle};
use domain::events::{DomainEvent, EventEnvelope, ProductChanged, Queue, RatingChanged, StockChanged};
use domain::{EventId, ProductId, Timestamp};
use queue::Queues;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};
use worker::DEFAULT_TIME_LIMIT;

struct Shop {
    test_env: TestEnv,
    worker: App,
    products: TestClient,
    admin: TestUser,
}

impl Shop {
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let worker = App::from_env(&test_env.env(), &test_env.clock).unwrap();
        let app = products::App::from_env(&test_env.env(), &test_env.clock).unwrap();
        let products = test_env.client(products::router(app, &test_env.http_stack()));
        let boss = test_env.admin().await;
        Self { test_env, worker, products, admin: boss }
    }

    async fn add(&self) -> ProductId {
        let tea = json!({"name": "Tea", "price": 2, "stock": 10});
        let added = self.products.as_user(&self.admin).post("/api/products", tea).await.expect(201).json();
        ProductId::checked(added["id"].as_i64().unwrap()).unwrap()
    }

    async fn show(&self, id: ProductId) -> Value {
        self.products.get(&format!("/api/products/{id}")).await.expect(200).json()
    }

    /// Delivers events as one batch; returns the positions of those to redeliver.
    async fn deliver(&self, worker: &App, events: &[DomainEvent]) -> Vec<usize> {
        let body = |event: &DomainEvent| {
            let event_id = EventId::new(self.test_env.clock.new_uuid());
            serde_json::to_string(&EventEnvelope {
                event_id,
                at: Timestamp::from_millis(0),
                request_id: None,
                payload: event.clone(),
            })
            .unwrap()
        };
        let messages = events.iter().enumerate().map(|(place, event)| (place.to_string(), body(event), 1));
        let response = handle(worker, worker::build_batch(messages), DEFAULT_TIME_LIMIT).await;
        let mut failed: Vec<usize> =
            response.batch_item_failures.iter().map(|one| one.item_identifier.parse().unwrap()).collect();
        failed.sort_unstable();
        failed
    }

    async fn deliver_all(&self, events: &[DomainEvent]) {
        assert!(self.deliver(&self.worker, events).await.is_empty());
    }
}

fn stock(product_id: ProductId, version: i64, available: i32) -> DomainEvent {
    DomainEvent::StockChanged(StockChanged { product_id, available, version })
}

fn rating(product_id: ProductId, version: i64, count: i64, sum: i64) -> DomainEvent {
    DomainEvent::RatingChanged(RatingChanged { product_id, count, sum, version })
}

#[tokio::test]
async fn a_stock_change_in_inventory_reaches_the_catalog() {
    let shop = Shop::open().await;
    let tea = shop.add().await;
    assert_eq!(shop.show(tea).await["stock"], 10);
    let app = inventory::App::from_env(&shop.test_env.env(), &shop.test_env.clock).unwrap();
    let warehouse = shop.test_env.client(inventory::router(app, &shop.test_env.http_stack())).as_user(&shop.admin);
    warehouse.put(&format!("/api/inventory/{tea}"), json!({"delta": -3})).await.expect(200);
    // Everything that this shop has sent to the queue, as Lambda's poller would deliver it.
    let queues = Queues::new(queue::Config::from_env(&shop.test_env.env(), &[Queue::Catalog]).unwrap());
    let receive = queues.client().await.receive_message().queue_url(queues.url(Queue::Catalog).unwrap());
    let received = receive.max_number_of_messages(10).wait_time_seconds(5).send().await.unwrap();
    let messages: Vec<_> = received
        .messages()
        .iter()
        .map(|message| (message.message_id().unwrap().to_owned(), message.body().unwrap().to_owned(), 1))
        .collect();
    assert_eq!(messages.len(), 3, "the product, its initial stock, the change");
    assert!(
        handle(&shop.worker, worker::build_batch(messages), DEFAULT_TIME_LIMIT).await.batch_item_failures.is_empty()
    );
    assert_eq!(shop.show(tea).await["stock"], 7);
    let listed = shop.products.get("/api/products").await.expect(200).json();
    assert_eq!(listed[0]["stock"], 7);
}

#[tokio::test]
async fn events_in_any_order_and_number_end_at_the_newest_version() {
    let shop = Shop::open().await;
    let tea = shop.add().await;
    // Version 1 was the initial stock.
    let orders = [[2, 3, 4], [2, 4, 3], [3, 2, 4], [3, 4, 2], [4, 2, 3], [4, 3, 2]];
    for (round, order) in orders.into_iter().enumerate() {
        let later = 10 * round as i64;
        for version in order {
            let version = version + later;
            let events = [stock(tea, version, version as i32), rating(tea, version, version, version * 4)];
            // One at a time, and each twice.
            shop.deliver_all(&events).await;
            shop.deliver_all(&events).await;
        }
        let shown = shop.show(tea).await;
        assert_eq!(shown["stock"], 4 + later, "{order:?}");
        assert_eq!(shown["rating"], json!({"average": 4.0, "count": 4 + later}), "{order:?}");
    }
    // The same as one batch, whose records are processed in parallel.
    let mut shuffled: Vec<DomainEvent> = (100..110).map(|version| stock(tea, version, version as i32)).collect();
    shuffled.rotate_left(7);
    shuffled.swap(0, 5);
    shop.deliver_all(&shuffled).await;
    assert_eq!(shop.show(tea).await["stock"], 109);
}

#[tokio::test]
async fn a_catalog_write_is_not_overwritten_by_an_older_event() {
    let shop = Shop::open().await;
    let tea = shop.add().await;
    let admin = shop.products.as_user(&shop.admin);
    let put =
        admin.put(&format!("/api/products/{tea}"), json!({"name": "Tea", "price": 2, "stock": 50})).await.expect(200);
    shop.deliver_all(&[stock(tea, 1, 10)]).await;
    assert_eq!(shop.products.get(&format!("/api/products/{tea}")).await.expect(200).bytes, put.bytes);
}

#[tokio::test]
async fn cached_copies_are_invalidated_even_by_a_known_event() {
    let shop = Shop::open().await;
    let tea = shop.add().await;
    shop.show(tea).await;
    shop.products.get("/api/products").await.expect(200);
    // Changed without invalidating the cache, as by a write whose invalidation was lost.
    let db = shop.test_env.database("PRODUCTDB_URL");
    for event in
        [DomainEvent::ProductChanged(ProductChanged { product_id: tea }), stock(tea, 1, 10), rating(tea, 0, 0, 0)]
    {
        let renamed = format!("Tea {}", shop.test_env.clock.random());
        let update = sqlx::query("update products set name = $1").bind(&renamed);
        update.execute(&mut *db.acquire().await.unwrap()).await.unwrap();
        assert_ne!(shop.show(tea).await["name"], renamed.as_str(), "it was cached");
        shop.deliver_all(&[event]).await;
        assert_eq!(shop.show(tea).await["name"], renamed.as_str());
        assert_eq!(shop.products.get("/api/products").await.expect(200).json()[0]["name"], renamed.as_str());
    }
}

#[tokio::test]
async fn events_about_deleted_products_are_acknowledged() {
    let shop = Shop::open().await;
    let tea = shop.add().await;
    shop.products.as_user(&shop.admin).delete(&format!("/api/products/{tea}")).await.expect(204);
    shop.deliver_all(&[
        stock(tea, 9, 3),
        rating(tea, 9, 1, 5),
        DomainEvent::ProductChanged(ProductChanged { product_id: tea }),
    ])
    .await;
    shop.products.get(&format!("/api/products/{tea}")).await.expect(404);
}

#[tokio::test]
async fn an_impossible_event_fails_alone() {
    let shop = Shop::open().await;
    let (tea, cup) = (shop.add().await, shop.add().await);
    // Records are processed in parallel: the invalid ones are the newest, or one that arrived after
    // a newer one would be ignored unread.
    let events = [stock(tea, 2, 4), stock(tea, 3, -1), rating(cup, 2, 1, 100), rating(cup, 1, 2, 9)];
    assert_eq!(shop.deliver(&shop.worker, &events).await, [1, 2]);
    assert_eq!(shop.show(tea).await["stock"], 4);
    assert_eq!(shop.show(cup).await["rating"], json!({"average": 4.5, "count": 2}));
}

#[tokio::test]
async fn with_redis_unreachable_every_record_is_redelivered_and_then_succeeds() {
    let shop = Shop::open().await;
    let tea = shop.add().await;
    shop.show(tea).await;
    let away =
        App::from_env(&shop.test_env.env_with(&[("REDIS_URL", "redis://127.0.0.1:1")]), &shop.test_env.clock).unwrap();
    let events = [stock(tea, 2, 4), rating(tea, 1, 1, 5)];
    assert_eq!(shop.deliver(&away, &events).await, [0, 1]);
    assert_eq!(shop.show(tea).await["stock"], 10, "the copy is stale, and must not stay so");
    shop.deliver_all(&events).await;
    let shown = shop.show(tea).await;
    assert_eq!((&shown["stock"], &shown["rating"]["count"]), (&json!(4), &json!(1)));
}

#[tokio::test]
async fn with_productdb_unreachable_every_record_is_redelivered() {
    let shop = Shop::open().await;
    let tea = shop.add().await;
    let away = App::from_env(
        &shop.test_env.env_with(&[("PRODUCTDB_URL", "postgres://products@127.0.0.1:1/x")]),
        &shop.test_env.clock,
    )
    .unwrap();
    assert_eq!(shop.deliver(&away, &[stock(tea, 2, 4), rating(tea, 1, 1, 5)]).await, [0, 1]);
    assert_eq!(shop.show(tea).await["stock"], 10);
}
