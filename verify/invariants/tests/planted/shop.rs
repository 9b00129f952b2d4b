//! A small real shop: everything in it was made through the routers, and its queues were drained by
//! the consumers.

use std::time::Duration;

use analytics_worker as analytics_consumer;
use catalog_worker as catalog_consumer;
use domain::events::Queue;
use domain::{EventId, FulfilmentId, Money, OrderId, PaymentId, ProductId, ReviewId};
use invariants::history::{Acknowledged, OrderOutcome, OrderedItem};
use invariants::{CheckOptions, History, InvariantReport, Stores, Violation};
use mongodb::bson::Document;
use notification_worker as notification_consumer;
use queue::Queues;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

/// A shop, and the responses that its clients got.
pub(crate) struct Shop {
    pub(crate) env: TestEnv,
    pub(crate) stores: Stores,
    pub(crate) acknowledged: Vec<Acknowledged>,
    api: TestClient,
    admin: TestUser,
    pub(crate) ada: TestUser,
    queues: Queues,
    consumers: (notification_consumer::App, analytics_consumer::App, catalog_consumer::App),
    recovery: recovery::App,
}

impl Shop {
    /// A shop in which nothing has happened.
    pub(crate) async fn open() -> Self {
        // Boxed, here and below: the drivers' futures nest deeply.
        let test_env = Box::pin(TestEnv::new()).await;
        let (env, clock) = (test_env.env(), test_env.clock.clone());
        let routes = orders::routes(orders::App::from_env(&env, &clock).unwrap())
            .merge(payments::routes(payments::App::from_env(&env, &clock).unwrap()))
            .merge(products::routes(products::App::from_env(&env, &clock).unwrap()))
            .merge(inventory::routes(inventory::App::from_env(&env, &clock).unwrap()))
            .merge(reviews::routes(reviews::App::from_env(&env, &clock).unwrap()))
            .merge(analytics::routes(analytics::App::from_env(&env, &clock).unwrap()));
        let api = test_env.client(web::with_middleware(routes, &test_env.http_stack()));
        let (admin, ada) = (test_env.admin().await, test_env.customer().await);
        let consumers = (
            notification_consumer::App::from_env(&env, &clock).unwrap(),
            analytics_consumer::App::from_env(&env, &clock).unwrap(),
            catalog_consumer::App::from_env(&env, &clock).unwrap(),
        );
        Self {
            stores: Stores::from_env(&env, &clock).unwrap(),
            acknowledged: Vec::new(),
            queues: Queues::new(queue::Config::from_env(&env, &Queue::ALL).unwrap()),
            recovery: recovery::App::from_env(&env, &clock).unwrap(),
            consumers,
            env: test_env,
            api,
            admin,
            ada,
        }
    }

    pub(crate) async fn sign_out(&self, person: &TestUser) {
        let redis = store_redis::Redis::new(&store_redis::Config::from_env(&self.env.env()).unwrap()).unwrap();
        store_redis::Sessions::new(redis).close(person.session, person.id).await.unwrap();
    }

    pub(crate) fn as_ada(&self) -> TestClient {
        self.api.as_user(&self.ada)
    }

    pub(crate) fn as_user(&self, person: &TestUser) -> TestClient {
        self.api.as_user(person)
    }

    pub(crate) fn as_admin(&self) -> TestClient {
        self.api.as_user(&self.admin)
    }

    /// A product with twenty units in stock.
    pub(crate) async fn product(&self, name: &str, price: f64) -> ProductId {
        let product = json!({"name": name, "price": price, "stock": 20, "category": "Tests"});
        json_field(&self.as_admin().post("/api/products", product).await.expect(201).json(), "id")
    }

    /// Places an order that is paid.
    pub(crate) async fn buy(&mut self, lines: &[(ProductId, i32)]) -> OrderId {
        let response = self.as_ada().post("/api/orders", order_body(lines, "tok_visa")).await.expect(201).json();
        self.record_order(&response, OrderOutcome::Confirmed, None)
    }

    /// An order whose card is declined.
    pub(crate) async fn buy_declined(&mut self, lines: &[(ProductId, i32)]) -> OrderId {
        let response = self.as_ada().post("/api/orders", order_body(lines, "tok_declined")).await.expect(402).json();
        self.record_order(&response["order"], OrderOutcome::PaymentFailed, None)
    }

    /// The same request twice, with one key.
    pub(crate) async fn buy_with_key(&mut self, lines: &[(ProductId, i32)], key: &str) -> OrderId {
        let client = self.as_ada().with_header("idempotency-key", key);
        let first = client.post("/api/orders", order_body(lines, "tok_timeout")).await.expect(201).json();
        let again = client.post("/api/orders", order_body(lines, "tok_timeout")).await.expect(201).json();
        self.record_order(&first, OrderOutcome::Confirmed, Some(key));
        self.record_order(&again, OrderOutcome::Confirmed, Some(key))
    }

    fn record_order(&mut self, order: &Value, status: OrderOutcome, key: Option<&str>) -> OrderId {
        let piece = |item: &Value| OrderedItem {
            product_id: json_field(item, "productId"),
            quantity: json_field(item, "quantity"),
        };
        let items: Vec<OrderedItem> = order["items"].as_array().unwrap().iter().map(piece).collect();
        let (order_id, user_id, total) = (json_field(order, "id"), self.ada.id, json_field::<Money>(order, "total"));
        let key = key.map(str::to_owned);
        self.acknowledged.push(Acknowledged::Order { order_id, user_id, total, status, items, key });
        order_id
    }

    pub(crate) async fn pay(&mut self, order_id: OrderId) -> PaymentId {
        let client = self.as_ada().with_header("idempotency-key", &format!("pay {order_id}"));
        let paid = client.post("/api/payments", json!({"orderId": order_id})).await.expect(201).json();
        let (payment_id, amount) = (json_field(&paid, "id"), json_field(&paid, "amount"));
        self.acknowledged.push(Acknowledged::Payment { payment_id, order_id, amount });
        payment_id
    }

    pub(crate) async fn payment(&self, order: OrderId) -> PaymentId {
        let paid = self.as_ada().get(&format!("/api/payments/order/{order}")).await.expect(200).json();
        json_field(&paid[0], "id")
    }

    pub(crate) async fn refund(&mut self, order: OrderId, amount: f64) -> String {
        let payment_id = self.payment(order).await;
        let client = self.as_admin().with_header("idempotency-key", &format!("refund {order}"));
        let refund = client.post(&format!("/api/payments/{payment_id}/refund"), json!({ "amount": amount })).await;
        let refund = refund.expect(201).json();
        let (refund_id, amount): (String, Money) = (json_field(&refund, "id"), json_field(&refund, "amount"));
        self.acknowledged.push(Acknowledged::Refund { payment_id, refund_id: refund_id.clone(), amount });
        refund_id
    }

    pub(crate) async fn cancel(&mut self, order_id: OrderId) {
        self.set_status(order_id, "cancelled").await;
        self.acknowledged.push(Acknowledged::Cancel { order_id });
    }

    pub(crate) async fn set_status(&self, order: OrderId, status: &str) -> TestResponse {
        self.as_admin().put(&format!("/api/orders/{order}"), json!({ "status": status })).await.expect(200)
    }

    /// Ships pieces of an order; the fulfilment's id.
    pub(crate) async fn ship(&self, order: OrderId, body: Value) -> FulfilmentId {
        let path = format!("/api/orders/{order}/fulfilments");
        json_field(&self.as_admin().post(&path, body).await.expect(201).json(), "id")
    }

    pub(crate) async fn deliver(&self, order: OrderId, fulfilment: &FulfilmentId) {
        let path = format!("/api/orders/{order}/fulfilments/{fulfilment}");
        self.as_admin().put(&path, json!({"status": "delivered"})).await.expect(200);
    }

    /// The customer returns a piece, which is received and goes on sale again.
    pub(crate) async fn take_back(&self, order: OrderId, product: ProductId) {
        let path = format!("/api/orders/{order}/returns");
        let lines = json!([{"productId": product, "quantity": 1}]);
        let client = self.as_ada().with_header("idempotency-key", &format!("return {order}"));
        let asked = client.post(&path, json!({"items": lines, "reason": "It is broken."})).await.expect(201).json();
        let path = format!("{path}/{}", json_field::<String>(&asked, "id"));
        self.as_admin().put(&path, json!({"status": "approved"})).await.expect(200);
        self.as_admin().put(&path, json!({"status": "received", "restock": lines})).await.expect(200);
    }

    pub(crate) async fn review(&mut self, product_id: ProductId, rating: u8) -> ReviewId {
        let body = json!({"productId": product_id, "rating": rating, "comment": "Well."});
        let review = self.as_ada().post("/api/reviews", body).await.expect(201).json();
        let (review_id, user_id): (ReviewId, _) = (json_field(&review, "id"), self.ada.id);
        self.acknowledged.push(Acknowledged::Review { review_id: review_id.clone(), product_id, user_id, rating });
        review_id
    }

    pub(crate) async fn delete_review(&mut self, review_id: ReviewId) {
        self.as_ada().delete(&format!("/api/reviews/{review_id}")).await.expect(204);
        self.acknowledged.push(Acknowledged::ReviewDeleted { review_id });
    }

    pub(crate) async fn track(&mut self, kind: &str) -> EventId {
        let event = self.as_ada().post("/api/analytics/event", json!({ "eventType": kind })).await.expect(201).json();
        let event_id = json_field(&event, "id");
        self.acknowledged.push(Acknowledged::Event { event_id });
        event_id
    }

    pub(crate) async fn set_stock(&mut self, product_id: ProductId, quantity: i32) {
        let path = format!("/api/inventory/{product_id}");
        self.as_admin().put(&path, json!({ "quantity": quantity })).await.expect(200);
        self.acknowledged.push(Acknowledged::Stock { product_id, quantity });
    }

    /// Recovery and every consumer, until nothing is left to do.
    pub(crate) async fn drain(&self) {
        let (notification, analytics, catalog) = &self.consumers;
        while self
            .receive_batch(Queue::Notification, |batch, left| notification_consumer::handle(notification, batch, left))
            .await
            + self
                .receive_batch(Queue::Analytics, |batch, left| analytics_consumer::handle(analytics, batch, left))
                .await
            + self.receive_batch(Queue::Catalog, |batch, left| catalog_consumer::handle(catalog, batch, left)).await
            > 0
        {}
        Box::pin(recovery::run_with_idle_seconds(&self.recovery, 0.0)).await.unwrap();
    }

    async fn receive_batch<W>(&self, queue: Queue, handle: impl Fn(worker::sqs::SqsEvent, Duration) -> W) -> usize
    where
        W: Future<Output = worker::sqs::SqsBatchResponse>,
    {
        let (client, url) = (Box::pin(self.queues.client()).await, self.queues.url(queue).unwrap());
        let receive = client.receive_message().queue_url(url).max_number_of_messages(10);
        let received = Box::pin(receive.send()).await.unwrap();
        let record = |message: &aws_sdk_sqs::types::Message| {
            (message.message_id().unwrap().to_owned(), message.body().unwrap().to_owned(), 1)
        };
        let batch = worker::build_batch(received.messages().iter().map(record));
        let failed = Box::pin(handle(batch, worker::DEFAULT_TIME_LIMIT)).await.batch_item_failures;
        assert!(failed.is_empty(), "{failed:?}");
        for message in received.messages() {
            let delete = client.delete_message().queue_url(url).receipt_handle(message.receipt_handle().unwrap());
            Box::pin(delete.send()).await.unwrap();
        }
        received.messages().len()
    }

    /// Puts a message into a queue.
    pub(crate) async fn send(&self, queue: Queue, body: &str) {
        let send = Box::pin(self.queues.client()).await.send_message().queue_url(self.queues.url(queue).unwrap());
        Box::pin(send.message_body(body).send()).await.unwrap();
    }

    /// Everything must be as clients were told, and nothing in progress.
    pub(crate) async fn check(&self) -> InvariantReport {
        let history = History { acknowledged: self.acknowledged.clone(), truncated_files: 0 };
        let options = CheckOptions { history: Some(history), ..CheckOptions::quiescent() };
        Box::pin(invariants::check(&self.stores, &options)).await.unwrap()
    }

    /// Runs statements directly in a database; `{…}` were replaced by the test.
    pub(crate) async fn sql(&self, variable: &str, sql: &str) -> u64 {
        let mut db = self.env.database(variable).acquire().await.unwrap();
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *db).await.unwrap();
        done.rows_affected()
    }

    /// A value that a statement returns as text.
    pub(crate) async fn query_text(&self, variable: &str, sql: &str) -> String {
        let mut db = self.env.database(variable).acquire().await.unwrap();
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut *db).await.unwrap()
    }

    /// Direct access to a collection of `reviewdb` or `analyticsdb`.
    pub(crate) async fn documents(&self, database: &str, name: &str) -> mongodb::Collection<Document> {
        let url = self.env.env().required("MONGODB_URL").unwrap();
        let client = Box::pin(mongodb::Client::with_uri_str(url)).await.unwrap();
        client.database(&format!("{}{database}", self.env.prefix)).collection(name)
    }

    /// Direct access to DynamoDB, and a table's name.
    pub(crate) async fn table(&self, variable: &str) -> (aws_sdk_dynamodb::Client, String) {
        let env = self.env.env();
        let dynamo = store_dynamo::Dynamo::new(store_dynamo::Config::from_env(&env).unwrap());
        (Box::pin(dynamo.client()).await.clone(), env.required(variable).unwrap())
    }
}

/// A member of a response, as its own type.
pub(crate) fn json_field<T: serde::de::DeserializeOwned>(response: &Value, name: &str) -> T {
    serde_json::from_value(response[name].clone()).unwrap_or_else(|error| panic!("{name} of {response}: {error}"))
}

pub(crate) fn order_body(lines: &[(ProductId, i32)], method: &str) -> Value {
    let items: Vec<Value> = lines.iter().map(|(p, q)| json!({"productId": p, "quantity": q})).collect();
    json!({"items": items, "payment": {"method": method}})
}

/// Violations in the second report that are not in the first.
pub(crate) fn new_findings(before: &InvariantReport, after: &InvariantReport) -> Vec<Violation> {
    let known: Vec<&Violation> = before.violations().collect();
    after.violations().filter(|finding| !known.contains(finding)).cloned().collect()
}
