//! Compensations of cancelled orders: whatever users did before or do concurrently, none is
//! rejected and no money is kept.

use std::time::{Duration, Instant};

use domain::payments::{MAX_REFUNDS, Payment, Refund};
use domain::{Money, ProductId};
use futures::future::join_all;
use orders as ordering;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

struct Shop {
    test_env: TestEnv,
    orders: TestClient,
    payments: TestClient,
    inventory: TestClient,
    products: TestClient,
    recovery: recovery::App,
    payment_store: store_dynamo::Payments,
    admin: TestUser,
    ada: TestUser,
}

async fn open() -> Shop {
    let test_env = TestEnv::new().await;
    let env = test_env.env_with(&[("DATABASE_CONNECTIONS", "8")]);
    let orders = ordering::App::from_env(&env, &test_env.clock).unwrap();
    let payments = payments::App::from_env(&env, &test_env.clock).unwrap();
    let inventory = inventory::App::from_env(&env, &test_env.clock).unwrap();
    let products = products::App::from_env(&env, &test_env.clock).unwrap();
    let dynamo = store_dynamo::Dynamo::new(store_dynamo::Config::from_env(&env).unwrap());
    Shop {
        orders: test_env.client(ordering::router(orders, &test_env.http_stack())),
        payments: test_env.client(payments::router(payments, &test_env.http_stack())),
        inventory: test_env.client(inventory::router(inventory, &test_env.http_stack())),
        products: test_env.client(products::router(products, &test_env.http_stack())),
        recovery: recovery::App::from_env(&env, &test_env.clock).unwrap(),
        payment_store: store_dynamo::Payments::new(dynamo, store_dynamo::Config::payments_table(&env).unwrap()),
        admin: test_env.admin().await,
        ada: test_env.customer().await,
        test_env,
    }
}

impl Shop {
    async fn order(&self, product: ProductId, quantity: i32, method: &str) -> Value {
        let body = json!({"items": [{"productId": product, "quantity": quantity}], "payment": {"method": method}});
        let reply = self.orders.as_user(&self.ada).post("/api/orders", body).await.json();
        if reply["order"].is_object() { reply["order"].clone() } else { reply }
    }

    async fn payment(&self, order: &Value) -> Payment {
        let id = serde_json::from_value(order["id"].clone()).unwrap();
        self.payment_store.list_of_order(id).await.unwrap().pop().unwrap()
    }

    async fn cancel(&self, order: &Value) -> testkit::TestResponse {
        self.orders
            .as_user(&self.ada)
            .put(&format!("/api/orders/{}", order["id"]), json!({"status": "cancelled"}))
            .await
    }

    async fn refund(&self, order: &Value, body: Value) -> testkit::TestResponse {
        let path = format!("/api/payments/{}/refund", self.payment(order).await.id);
        self.payments.as_user(&self.admin).post(&path, body).await
    }

    async fn execute(&self, variable: &str, statement: &'static str) {
        let mut db = self.test_env.database(variable).acquire().await.unwrap();
        sqlx::raw_sql(statement).execute(&mut *db).await.unwrap();
    }

    async fn status(&self, order: &Value) -> String {
        let read = self.orders.as_user(&self.ada).get(&format!("/api/orders/{}", order["id"])).await.expect(200).json();
        read["status"].as_str().unwrap().to_owned()
    }
}

/// As many as an admin may make, in the processor's books and in orderdb.
async fn refund_cent_by_cent(shop: &Shop, order: &Value) {
    let payment = shop.payment(order).await;
    for n in 0..MAX_REFUNDS {
        let id = numbered_uuid(n);
        let refund = Refund::of_amount(id, Money::from_cents(1), shop.test_env.clock.now());
        shop.payment_store.refund(payment.id, &refund).await.unwrap();
    }
    let insert = sqlx::query(
        "insert into refunds (id, order_id, payment_id, amount, state, created_at)
         select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, $1, $2::uuid, 0.01, 'done', now()
         from generate_series(0, $3 - 1) n",
    );
    let insert = insert
        .bind(i32::try_from(order["id"].as_i64().unwrap()).unwrap())
        .bind(payment.id.to_string())
        .bind(i32::try_from(MAX_REFUNDS).unwrap());
    insert.execute(&mut *shop.test_env.database("ORDERDB_URL").acquire().await.unwrap()).await.unwrap();
}

fn numbered_uuid(n: usize) -> String {
    format!("00000000-0000-0000-0000-{n:012}")
}

#[tokio::test]
async fn a_cancellation_refunds_the_rest_after_the_maximum_number_of_refunds() {
    let shop = open().await;
    let order = shop.order(shop.test_env.product(10_000, 5).await, 1, "tok_visa").await;
    refund_cent_by_cent(&shop, &order).await;
    let one_more = shop.refund(&order, json!({"amount": 0.01})).await.expect(409);
    assert_eq!((one_more.error_code().as_str(), &one_more.json()["refundable"]), ("too_many_refunds", &json!(99)));
    shop.cancel(&order).await.expect(200);
    let payment = shop.payment(&order).await;
    assert_eq!((payment.net_amount(), payment.compensated_amount()), (Money::ZERO, Some(Money::from_cents(9900))));
}

#[tokio::test]
async fn a_cancellation_restocks_beyond_the_maximum_quantity() {
    let shop = open().await;
    let (full, other) = (shop.test_env.product(1000, 5).await, shop.test_env.product(1000, 5).await);
    let body = json!({"items": [{"productId": full, "quantity": 1}, {"productId": other, "quantity": 1}]});
    let order = shop.orders.as_user(&shop.ada).post("/api/orders", body).await.expect(201).json();
    let stock = format!("/api/inventory/{full}");
    shop.inventory.as_user(&shop.admin).put(&stock, json!({"quantity": 1_000_000_000})).await.expect(200);
    shop.cancel(&order).await.expect(200);
    assert_eq!((shop.test_env.stock(full).await, shop.test_env.stock(other).await), ((1_000_000_001, 0), (5, 0)));
    assert_eq!(shop.payment(&order).await.net_amount(), Money::ZERO);
    // From there it can be reduced, but not increased.
    shop.inventory.as_user(&shop.admin).put(&stock, json!({"delta": 1})).await.expect(400);
    shop.inventory.as_user(&shop.admin).put(&stock, json!({"delta": -1})).await.expect(200);
}

#[tokio::test]
async fn a_cancellation_concurrent_with_refunds_refunds_exactly_the_rest() {
    let shop = open().await;
    for round in 0..5 {
        let order = shop.order(shop.test_env.product(10_000, 5).await, 1, "tok_visa").await;
        let refunds = join_all((0..6).map(|_| shop.refund(&order, json!({"amount": 5}))));
        let (refunds, cancelled) = tokio::join!(refunds, shop.cancel(&order));
        assert_eq!(cancelled.status, 200, "round {round}: {cancelled:?}");
        let statuses: Vec<u16> = refunds.iter().map(|reply| reply.status.as_u16()).collect();
        assert!(statuses.iter().all(|status| [201, 409].contains(status)), "round {round}: {statuses:?}");
        let payment = shop.payment(&order).await;
        let back: i64 = payment.refunds.iter().map(|refund| refund.amount.cents()).sum();
        assert_eq!((payment.net_amount(), back), (Money::ZERO, 10_000), "round {round}");
    }
}

/// As its process left it: begun, and abandoned.
#[tokio::test]
async fn a_second_cancellation_gets_the_answer_of_the_first() {
    let shop = open().await;
    let product = shop.test_env.product(1000, 5).await;
    let order = shop.order(product, 1, "tok_visa").await;
    shop.execute("ORDERDB_URL", "update orders set step = 'cancel'").await;
    let cancelled = shop.cancel(&order).await.expect(200).json();
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!((shop.test_env.stock(product).await, shop.payment(&order).await.net_amount()), ((5, 0), Money::ZERO));
    assert_eq!(shop.cancel(&order).await.expect(409).error_code(), "illegal_transition");
}

#[tokio::test]
async fn an_order_being_paid_cannot_change_status_or_be_refunded() {
    let shop = open().await;
    let order = shop.order(shop.test_env.product(1000, 5).await, 1, "tok_visa").await;
    // Committed, and not yet confirmed.
    shop.execute("ORDERDB_URL", "update orders set status = 'pending', step = 'place'").await;
    for body in [json!({"all": true}), json!({"amount": 1})] {
        assert_eq!(shop.refund(&order, body).await.expect(409).error_code(), "order_in_progress");
    }
    assert_eq!(shop.cancel(&order).await.expect(409).error_code(), "order_in_progress");
    let path = format!("/api/orders/{}", order["id"]);
    shop.orders.as_user(&shop.admin).put(&path, json!({"status": "shipped"})).await.expect(409);
    assert_eq!(shop.test_env.query_scalar("ORDERDB_URL", "select count(*) from refunds").await, 0);
}

/// An admin's refund that was made nevertheless (by an older version, for example) does not mean
/// that the stock was not committed.
#[tokio::test]
async fn recovery_looks_for_its_own_compensation_and_no_other_refund() {
    for cents in [1000, 400] {
        let shop = open().await;
        let product = shop.test_env.product(1000, 5).await;
        let order = shop.order(product, 1, "tok_visa").await;
        shop.execute("ORDERDB_URL", "update orders set status = 'pending', step = 'place'").await;
        let refund = Refund::of_amount(numbered_uuid(7), Money::from_cents(cents), shop.test_env.clock.now());
        shop.payment_store.refund(shop.payment(&order).await.id, &refund).await.unwrap();
        recovery::run_with_idle_seconds(&shop.recovery, 0.0).await.unwrap();
        assert_eq!((shop.status(&order).await.as_str(), shop.test_env.stock(product).await), ("confirmed", (4, 0)));
        shop.cancel(&order).await.expect(200);
        assert_eq!(
            (shop.test_env.stock(product).await, shop.payment(&order).await.net_amount()),
            ((5, 0), Money::ZERO)
        );
    }
}

#[tokio::test]
async fn a_refunded_order_is_not_shipped() {
    let shop = open().await;
    let product = shop.test_env.product(1000, 9).await;
    let ship = async |order: &Value| {
        let path = format!("/api/orders/{}", order["id"]);
        shop.orders.as_user(&shop.admin).put(&path, json!({"status": "shipped"})).await
    };
    let order = shop.order(product, 1, "tok_visa").await;
    shop.refund(&order, json!({"amount": 9.99})).await.expect(201);
    let partly = shop.order(product, 1, "tok_visa").await;
    shop.refund(&partly, json!({"amount": 9.99})).await.expect(201);
    shop.refund(&order, json!({"amount": 0.01})).await.expect(201);
    assert_eq!(ship(&order).await.expect(409).error_code(), "illegal_transition");
    ship(&partly).await.expect(200);
    // A free order has nothing to refund.
    let free = shop.order(shop.test_env.product(0, 1).await, 1, "tok_visa").await;
    ship(&free).await.expect(200);
    // Its stock must still be returned.
    shop.cancel(&order).await.expect(200);
    assert_eq!(shop.test_env.stock(product).await, (8, 0));
}

#[tokio::test]
async fn a_removed_product_cannot_be_paid_for_or_restocked_for_sale() {
    let shop = open().await;
    let (product, other) = (shop.test_env.product(1000, 5).await, shop.test_env.product(1000, 5).await);
    let (sold, declined) = (shop.order(product, 2, "tok_visa").await, shop.order(product, 1, "tok_declined").await);
    let kept = shop.order(other, 1, "tok_declined").await;
    shop.products.as_user(&shop.admin).delete(&format!("/api/products/{product}")).await.expect(204);
    let pay = async |order: &Value| {
        shop.payments.as_user(&shop.ada).post("/api/payments", json!({"orderId": order["id"]})).await
    };
    let gone = pay(&declined).await.expect(404);
    assert_eq!((gone.error_code().as_str(), &gone.json()["productId"]), ("unknown_product", &json!(product)));
    shop.inventory
        .as_user(&shop.admin)
        .put(&format!("/api/inventory/{product}"), json!({"delta": 1}))
        .await
        .expect(404);
    shop.cancel(&sold).await.expect(200);
    assert_eq!(shop.test_env.stock(product).await, (0, 0), "what came back is not for sale");
    assert_eq!(
        shop.test_env.query_scalar("INVENTORYDB_URL", "select sum(delta) from stock_ledger where product_id = 1").await,
        0
    );
    pay(&kept).await.expect(201);
}

#[tokio::test]
async fn a_declined_order_keeps_its_prices_for_a_day() {
    let shop = open().await;
    let product = shop.test_env.product(1000, 5).await;
    let (young, old) = (shop.order(product, 1, "tok_declined").await, shop.order(product, 1, "tok_declined").await);
    shop.execute("PRODUCTDB_URL", "update products set price = 12.5").await;
    let pay = async |order: &Value| {
        shop.payments.as_user(&shop.ada).post("/api/payments", json!({"orderId": order["id"]})).await
    };
    pay(&young).await.expect(201);
    shop.execute("ORDERDB_URL", "update orders set created_at = created_at - interval '25 hours'").await;
    let changed = pay(&old).await.expect(409);
    assert_eq!((changed.error_code().as_str(), &changed.json()["total"]), ("price_changed", &json!(12.5)));
    assert_eq!((shop.status(&old).await.as_str(), shop.test_env.stock(product).await), ("payment_failed", (4, 0)));
    shop.execute("PRODUCTDB_URL", "update products set price = 10").await;
    pay(&old).await.expect(201);
}

/// The server returned an error (a lock was held for too long) and rolled back: the order is
/// deleted at once, and its key is free.
#[tokio::test]
async fn a_definite_refusal_of_inventory_is_not_left_to_recovery() {
    let shop = open().await;
    let product = shop.test_env.product(1000, 5).await;
    let declined = shop.order(product, 1, "tok_declined").await;
    let mut hot = shop.test_env.database("INVENTORYDB_URL").begin().await.unwrap();
    sqlx::raw_sql("select 1 from inventory for update").execute(&mut *hot).await.unwrap();
    let start = Instant::now();
    let order = json!({"items": [{"productId": product, "quantity": 1}]});
    let buyer = shop.orders.as_user(&shop.ada).with_header("idempotency-key", "k");
    let payer = shop.payments.as_user(&shop.ada).with_header("idempotency-key", "k");
    let pay = json!({"orderId": declined["id"]});
    buyer.post("/api/orders", order.clone()).await.expect(503);
    payer.post("/api/payments", pay.clone()).await.expect(503);
    assert_eq!(
        shop.test_env.query_scalar("ORDERDB_URL", "select count(*) from orders where step is not null").await,
        0
    );
    hot.rollback().await.unwrap();
    buyer.post("/api/orders", order).await.expect(201);
    payer.post("/api/payments", pay).await.expect(201);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(shop.test_env.stock(product).await, (3, 0));
}
