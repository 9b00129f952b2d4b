//! Keys whose process crashed in the middle of its request, on each route whose keys are in
//! orderdb: the client gets its outcome within a second of the key's deadline, and nothing is done
//! twice.

use std::time::{Duration, Instant};

use checkout::{Checkout, KeyClaim};
use domain::idempotency::{ClaimOutcome, IdempotencyKey};
use domain::orders::{Basket, BasketLine, OrderRequest, PricedProduct, RefundPlan};
use domain::payments::PaymentMethod;
use domain::pricing::PricingRules;
use domain::{Money, ProductId};
use orders as ordering;
use serde_json::{Value, json};
use store_postgres::idempotency;
use store_postgres::refunds::{PendingRefund, begin_refund};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

/// What is left of a lock in these tests.
const LOCKED: Duration = Duration::from_millis(700);

struct Shop {
    test_env: TestEnv,
    orders: TestClient,
    payments: TestClient,
    ada: TestUser,
    admin: TestUser,
    product: ProductId,
}

async fn open() -> Shop {
    let test_env = TestEnv::new().await;
    let orders = ordering::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let payments = payments::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let orders = test_env.client(ordering::router(orders, &test_env.http_stack()));
    let payments = test_env.client(payments::router(payments, &test_env.http_stack()));
    let (ada, admin, tea) = (test_env.customer().await, test_env.admin().await, test_env.product(1000, 9).await);
    Shop { test_env, orders, payments, ada, admin, product: tea }
}

impl Shop {
    async fn execute(&self, statement: &'static str) {
        let mut db = self.test_env.database("ORDERDB_URL").acquire().await.unwrap();
        sqlx::raw_sql(statement).execute(&mut *db).await.unwrap();
    }

    async fn query_orderdb(&self, figure: &'static str) -> i64 {
        self.test_env.query_scalar("ORDERDB_URL", figure).await
    }

    /// Runs a request until a value is 1, then drops it.
    async fn cancel_when(&self, request: impl Future<Output = TestResponse>, figure: &'static str) {
        let reached = async {
            while self.query_orderdb(figure).await != 1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            reply = request => panic!("it should have died: {reply:?}"),
            () = reached => {}
        }
    }

    /// Claims a key as a request does that then crashes.
    async fn claim(&self, key: &IdempotencyKey) -> KeyClaim {
        let mut db = self.test_env.database("ORDERDB_URL").acquire().await.unwrap();
        let ClaimOutcome::Claimed(claim) = idempotency::claim(&mut db, key, 30.0).await.unwrap() else {
            panic!("the key was claimed before")
        };
        claim
    }

    /// Repeats a request, as a client does that gets a 409; returns the response, which must arrive
    /// for a request that was sent within a second of the key's deadline, not before it.
    async fn retry_until_deadline(&self, client: &TestClient, path: &str, body: &Value) -> TestResponse {
        self.execute("update idempotency_keys set locked_until = clock_timestamp() + interval '700 milliseconds'")
            .await;
        let deadline = Instant::now() + LOCKED;
        loop {
            let sent = Instant::now();
            let reply = client.post(path, body.clone()).await;
            if reply.status == 409 && reply.error_code() == "idempotency_in_progress" {
                assert_eq!(reply.header("retry-after"), "1");
                assert!(sent < deadline + Duration::from_secs(1), "the key is still busy");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            assert!(Instant::now() > deadline, "the lock was not waited for");
            return reply;
        }
    }
}

fn with_key(client: &TestClient) -> TestClient {
    client.with_header("idempotency-key", "k")
}

#[tokio::test]
async fn an_order_crashed_during_payment_is_retried_after_the_deadline() {
    let shop = open().await;
    let body = json!({"items": [{"productId": shop.product, "quantity": 2}], "payment": {"method": "tok_slow"}});
    let client = with_key(&shop.orders.as_user(&shop.ada));
    shop.cancel_when(client.post("/api/orders", body.clone()), "select count(*) from orders where step = 'place'")
        .await;
    let placed = shop.retry_until_deadline(&client, "/api/orders", &body).await.expect(201);
    // What the crashed process began was compensated: it had not been paid.
    assert_eq!(shop.query_orderdb("select count(*) from orders where status = 'confirmed'").await, 1);
    assert_eq!(shop.test_env.stock(shop.product).await, (7, 0));
    let again = client.post("/api/orders", body).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &placed.bytes));
}

/// The order was deleted for lack of stock, and its process crashed before it could free the key.
#[tokio::test]
async fn a_crashed_order_with_insufficient_stock_frees_its_key() {
    let shop = open().await;
    let body = json!({"items": [{"productId": shop.product, "quantity": 10}]});
    let body_bytes = body.to_string();
    let key = IdempotencyKey::new(shop.ada.id, "orders", "k".to_owned(), "/api/orders", body_bytes.as_bytes());
    let checkout =
        Checkout::from_env(&shop.test_env.env(), store_postgres::Role::ORDERS, &shop.test_env.clock).unwrap();
    let wanted: BasketLine = serde_json::from_value(body["items"][0].clone()).unwrap();
    let priced = PricedProduct {
        product_id: shop.product,
        name: "Tea".to_owned(),
        price: Money::from_cents(1000),
        category: None,
        stock: 10,
    };
    let draft = domain::orders::price_order(
        &OrderRequest::goods(&Basket::from_lines(&[wanted]).unwrap()),
        &[priced],
        &PricingRules::default(),
        None,
        shop.test_env.clock.now(),
    )
    .unwrap();
    let short = checkout.place(Some(&key), shop.ada.id, &draft, &PaymentMethod::default()).await.unwrap_err();
    assert_eq!(short.code(), "insufficient_stock");

    let reply = with_key(&shop.orders.as_user(&shop.ada)).post("/api/orders", body).await.expect(409);
    assert_eq!(reply.error_code(), "insufficient_stock", "the key is free at once");
}

#[tokio::test]
async fn a_crashed_payment_is_retried_after_the_deadline() {
    let shop = open().await;
    let declined =
        json!({"items": [{"productId": shop.product, "quantity": 2}], "payment": {"method": "tok_declined"}});
    let order = shop.orders.as_user(&shop.ada).post("/api/orders", declined).await.expect(402).json()["order"].clone();
    let body = json!({"orderId": order["id"], "method": "tok_slow"});
    let client = with_key(&shop.payments.as_user(&shop.ada));
    shop.cancel_when(client.post("/api/payments", body.clone()), "select count(*) from orders where step = 'pay'")
        .await;
    let paid = shop.retry_until_deadline(&client, "/api/payments", &body).await.expect(201);
    assert_eq!(shop.query_orderdb("select count(*) from orders where status = 'confirmed'").await, 1);
    assert_eq!(shop.test_env.stock(shop.product).await, (7, 0));
    let path = format!("/api/payments/order/{}", order["id"]);
    let all = shop.payments.as_user(&shop.ada).get(&path).await.expect(200).json();
    let statuses: Vec<&Value> = all.as_array().unwrap().iter().map(|payment| &payment["status"]).collect();
    assert_eq!(statuses, ["declined", "voided", "captured"]);
    let again = client.post("/api/payments", body).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &paid.bytes));
}

/// Before it stored the refund, and after that.
#[tokio::test]
async fn a_crashed_refund_is_executed_once() {
    for intended in [false, true] {
        let shop = open().await;
        let order = json!({"items": [{"productId": shop.product, "quantity": 2}]});
        let order = shop.orders.as_user(&shop.ada).post("/api/orders", order).await.expect(201).json();
        let path = format!("/api/payments/order/{}", order["id"]);
        let payment = shop.payments.as_user(&shop.ada).get(&path).await.expect(200).json()[0].clone();
        let path = format!("/api/payments/{}/refund", payment["id"].as_str().unwrap());
        let body = json!({"amount": 5});

        let location = format!("/api/payments/{}", payment["id"].as_str().unwrap());
        let body_bytes = body.to_string();
        let key = IdempotencyKey::new(shop.admin.id, "refunds", "k".to_owned(), &location, body_bytes.as_bytes());
        let claim = shop.claim(&key).await;
        if intended {
            let id = shop.test_env.clock.new_uuid();
            let of = |object: &Value| serde_json::from_value(object["id"].clone()).unwrap();
            let (order, payment) = (of(&order), serde_json::from_value(payment["id"].clone()).unwrap());
            let mut refund = PendingRefund::of_amount(id, order, payment, Money::from_cents(500));
            let mut db = shop.test_env.database("ORDERDB_URL").acquire().await.unwrap();
            let now = shop.test_env.clock.now();
            let plan = RefundPlan::default();
            assert!(begin_refund(&mut db, &mut refund, &plan, Some(&claim), now).await.unwrap());
        }
        let client = with_key(&shop.payments.as_user(&shop.admin));
        let refunded = shop.retry_until_deadline(&client, &path, &body).await.expect(201);
        assert_eq!(refunded.header("idempotent-replayed"), if intended { "true" } else { "" });
        let again = client.post(&path, body).await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &refunded.bytes));
        let payment = shop.payments.as_user(&shop.ada).get(&location).await.expect(200).json();
        let refunds = payment["refunds"].as_array().unwrap();
        assert_eq!((refunds.len(), &refunds[0]["amount"]), (1, &json!(5)));
    }
}

/// The version before claims a key first and begins its order in a second statement.
#[tokio::test]
async fn a_key_that_is_claimed_begins_no_second_order() {
    let shop = open().await;
    let key = IdempotencyKey::new(shop.ada.id, "orders", "k".to_owned(), "/api/orders", b"");
    shop.claim(&key).await;
    let wanted: BasketLine = serde_json::from_value(json!({"productId": shop.product, "quantity": 1})).unwrap();
    let priced = PricedProduct {
        product_id: shop.product,
        name: "Tea".to_owned(),
        price: Money::from_cents(1000),
        category: None,
        stock: 10,
    };
    let draft = domain::orders::price_order(
        &OrderRequest::goods(&Basket::from_lines(&[wanted]).unwrap()),
        &[priced],
        &PricingRules::default(),
        None,
        shop.test_env.clock.now(),
    )
    .unwrap();
    let checkout =
        Checkout::from_env(&shop.test_env.env(), store_postgres::Role::ORDERS, &shop.test_env.clock).unwrap();
    let place = async || checkout.place(Some(&key), shop.ada.id, &draft, &PaymentMethod::default()).await;
    assert_eq!(place().await.unwrap_err().code(), "idempotency_in_progress");
    assert_eq!(shop.query_orderdb("select count(*) from orders").await, 0);

    // Its process died before it began anything.
    shop.execute("update idempotency_keys set locked_until = clock_timestamp() - interval '1 second'").await;
    let placed = place().await.unwrap().unwrap();
    assert_eq!((placed.replay, place().await.unwrap().unwrap().outcome), (None, placed.outcome));
    assert_eq!(shop.query_orderdb("select count(*) from orders").await, 1);

    let other = IdempotencyKey { fingerprint: [1; 32], ..key.clone() };
    let mismatch = checkout.place(Some(&other), shop.ada.id, &draft, &PaymentMethod::default()).await.unwrap_err();
    assert_eq!(mismatch.code(), "idempotency_mismatch");
}
