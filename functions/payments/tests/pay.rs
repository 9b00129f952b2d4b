//! Paying again, reading payments, refunding; and who may.

use orders as ordering;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

struct Shop {
    test_env: TestEnv,
    orders: TestClient,
    payments: TestClient,
}

async fn open() -> Shop {
    let test_env = TestEnv::new().await;
    let orders = ordering::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let payments = payments::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let orders = test_env.client(ordering::router(orders, &test_env.http_stack()));
    let payments = test_env.client(payments::router(payments, &test_env.http_stack()));
    Shop { test_env, orders, payments }
}

impl Shop {
    /// Two units at 10.00 with this method; returns the resulting order.
    async fn order(&self, who: &TestUser, method: &str) -> Value {
        let product = self.test_env.product(1000, 5).await;
        let body = json!({"items": [{"productId": product, "quantity": 2}], "payment": {"method": method}});
        let reply = self.orders.as_user(who).post("/api/orders", body).await.json();
        if reply["order"].is_object() { reply["order"].clone() } else { reply }
    }

    async fn last_payment(&self, who: &TestUser, order: &Value) -> Value {
        let path = format!("/api/payments/order/{}", order["id"]);
        let all = self.payments.as_user(who).get(&path).await.expect(200).json();
        all.as_array().unwrap().last().unwrap().clone()
    }
}

#[tokio::test]
async fn a_declined_order_can_be_paid_again_but_once() {
    let shop = open().await;
    let ada = shop.test_env.customer().await;
    let order = shop.order(&ada, "tok_declined").await;
    let pay = |method: &str| json!({"orderId": order["id"], "method": method, "amount": 20.000000001});

    let declined = shop.payments.as_user(&ada).post("/api/payments", pay("tok_insufficient_funds")).await.expect(402);
    assert_eq!(declined.json()["payment"]["declineReason"], "insufficient_funds");
    let tries = pay_concurrently(5, || shop.payments.as_user(&ada), &pay("tok_visa")).await;
    assert_eq!(tries.iter().filter(|status| **status == 201).count(), 1, "{tries:?}");
    assert!(tries.iter().all(|status| [201, 409].contains(status)), "{tries:?}");

    let payments =
        shop.payments.as_user(&ada).get(&format!("/api/payments/order/{}", order["id"])).await.expect(200).json();
    let statuses: Vec<&Value> = payments.as_array().unwrap().iter().map(|p| &p["status"]).collect();
    assert_eq!(statuses, ["declined", "declined", "captured"]);
    let paid = shop.payments.as_user(&ada).post("/api/payments", pay("tok_visa")).await.expect(409);
    assert_eq!(paid.error_code(), "already_paid");
    let read = shop.orders.as_user(&ada).get(&format!("/api/orders/{}", order["id"])).await.expect(200).json();
    assert_eq!(read["status"], "confirmed");
    assert_eq!(shop.test_env.query_scalar("INVENTORYDB_URL", "select sum(quantity) from inventory").await, 3);
}

async fn pay_concurrently(n: usize, client: impl Fn() -> TestClient, body: &Value) -> Vec<u16> {
    let one = || async { client().post("/api/payments", body.clone()).await.status.as_u16() };
    futures::future::join_all((0..n).map(|_| one())).await
}

#[tokio::test]
async fn only_the_owner_and_admins_see_a_payment() {
    let shop = open().await;
    let (ada, bob, admin) =
        (shop.test_env.customer().await, shop.test_env.customer().await, shop.test_env.admin().await);
    let order = shop.order(&ada, "tok_visa").await;
    let payment = shop.last_payment(&ada, &order).await;
    let path = format!("/api/payments/{}", payment["id"].as_str().unwrap());
    assert_eq!(shop.payments.as_user(&ada).get(&path).await.expect(200).json(), payment);
    assert_eq!(payment["amount"], json!(20));
    assert_eq!((&payment["status"], &payment["method"]), (&json!("captured"), &json!("tok_visa")));
    shop.payments.as_user(&admin).get(&path).await.expect(200);
    shop.payments.as_user(&bob).get(&path).await.expect(404);
    shop.payments.as_user(&bob).get(&format!("/api/payments/order/{}", order["id"])).await.expect(404);
    shop.payments.as_user(&bob).post("/api/payments", json!({"orderId": order["id"]})).await.expect(404);
    shop.payments.as_user(&ada).post(&format!("{path}/refund"), json!({})).await.expect(403);
    shop.payments.get(&path).await.expect(401);
    for bad in ["x", "1", "00000000-0000-0000-0000-00000000000G"] {
        shop.payments.as_user(&ada).get(&format!("/api/payments/{bad}")).await.expect(400);
    }
    shop.payments.as_user(&ada).get("/api/payments/00000000-0000-0000-0000-000000000000").await.expect(404);
}

#[tokio::test]
async fn refunds_never_exceed_the_captured_amount() {
    let shop = open().await;
    let (ada, admin) = (shop.test_env.customer().await, shop.test_env.admin().await);
    let order = shop.order(&ada, "tok_visa").await;
    let payment = shop.last_payment(&ada, &order).await;
    let path = format!("/api/payments/{}/refund", payment["id"].as_str().unwrap());
    let part = shop.payments.as_user(&admin).post(&path, json!({"amount": 5.5})).await.expect(201).json();
    assert_eq!(part["amount"], json!(5.5));
    assert_eq!(shop.last_payment(&ada, &order).await["status"], "partially_refunded");

    let more = || async { shop.payments.as_user(&admin).post(&path, json!({"amount": 5})).await.status.as_u16() };
    let tries = futures::future::join_all((0..6).map(|_| more())).await;
    assert_eq!(tries.iter().filter(|status| **status == 201).count(), 2, "{tries:?}");
    let too_much = shop.payments.as_user(&admin).post(&path, json!({"amount": 4.51})).await.expect(409);
    assert_eq!((too_much.error_code().as_str(), &too_much.json()["refundable"]), ("refund_too_large", &json!(4.5)));
    shop.payments.as_user(&admin).post(&path, json!({"all": true})).await.expect(201);
    assert_eq!(shop.last_payment(&ada, &order).await["status"], "refunded");
    shop.payments.as_user(&admin).post(&path, json!({"all": true})).await.expect(409);
    assert_eq!(shop.test_env.query_scalar("ORDERDB_URL", "select count(*) from refunds where state = 'done'").await, 4);
    let published_refunds = "select count(*) from outbox where body like '%payment.refunded%' and sent_at is not null";
    assert_eq!(shop.test_env.query_scalar("ORDERDB_URL", published_refunds).await, 4);
}

#[tokio::test]
async fn bad_input_names_its_field() {
    let shop = open().await;
    let (ada, admin) = (shop.test_env.customer().await, shop.test_env.admin().await);
    let order = shop.order(&ada, "tok_declined").await;
    let id = &order["id"];
    let cases = [
        (json!({}), "orderId"),
        (json!({"orderId": "1"}), "orderId"),
        (json!({"orderId": 0}), "orderId"),
        (json!({"orderId": 9_223_372_036_854_775_808_u64}), "orderId"),
        (json!({"orderId": id, "method": 1}), "method"),
        (json!({"orderId": id, "method": "4242 4242 4242 4242"}), "method"),
        (json!({"orderId": id, "method": format!("tok_{}", "a".repeat(100))}), "method"),
        (json!({"orderId": id, "amount": "20"}), "amount"),
        (json!({"orderId": id, "amount": -20}), "amount"),
        (json!({"orderId": id, "userId": 1}), "userId"),
        (json!({"orderId": id, "status": "captured"}), "status"),
        (json!({"orderId": id, "card": "4242424242424242"}), "card"),
    ];
    for (body, field) in cases {
        let reply = shop.payments.as_user(&ada).post("/api/payments", body.clone()).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["field"], field, "{body}");
    }
    let off =
        shop.payments.as_user(&ada).post("/api/payments", json!({"orderId": id, "amount": 19.99})).await.expect(409);
    assert_eq!((off.error_code().as_str(), &off.json()["total"]), ("amount_mismatch", &json!(20)));
    let payment = shop.last_payment(&ada, &order).await;
    let path = format!("/api/payments/{}/refund", payment["id"].as_str().unwrap());
    for body in [
        json!({"amount": 0}),
        json!({"amount": -1}),
        json!({"amount": "1"}),
        json!({"amount": 0.001}),
        // A refund must name its amount: an empty body does not mean everything.
        json!({}),
        json!({"amount": null}),
        json!({"all": false}),
        json!({"all": "true"}),
        json!({"amount": 1, "all": true}),
    ] {
        let reply = shop.payments.as_user(&admin).post(&path, body.clone()).await.expect(400);
        assert!(["amount", "all"].contains(&reply.json()["errors"][0]["field"].as_str().unwrap()), "{body}");
    }
    shop.payments.as_user(&admin).send(axum::http::Method::POST, &path, None).await.expect(400);
    shop.payments.as_user(&admin).post(&path, json!({"all": true})).await.expect(409);
}
