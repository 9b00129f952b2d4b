//! Refunds by line: pieces with their share of discount and tax, each once, whatever else is refunded.

use domain::ProductId;
use futures::future::join_all;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

struct Shop {
    env: TestEnv,
    orders: TestClient,
    payments: TestClient,
    ada: TestUser,
    admin: TestUser,
    tea: ProductId,
    pot: ProductId,
}

fn line(product: ProductId, quantity: i32) -> Value {
    json!({"productId": product, "quantity": quantity})
}

impl Shop {
    async fn open() -> Self {
        let env = TestEnv::new().await;
        let wide = env.env_with(&[("DATABASE_CONNECTIONS", "8")]);
        let orders = orders::App::from_env(&wide, &env.clock).unwrap();
        let payments = payments::App::from_env(&wide, &env.clock).unwrap();
        Self {
            orders: env.client(orders::router(orders, &env.http_stack())),
            payments: env.client(payments::router(payments, &env.http_stack())),
            ada: env.customer().await,
            admin: env.admin().await,
            tea: env.product(1000, 50).await,
            pot: env.product(2500, 50).await,
            env,
        }
    }

    /// Three teas and a pot for 55.00; with a code that takes 10.00 off, in three shares of a cent's
    /// fractions. The path of its payment.
    async fn buy(&self, discounted: bool) -> String {
        let mut body = json!({"items": [line(self.tea, 3), line(self.pot, 1)]});
        if discounted {
            let admin = self.orders.as_user(&self.admin);
            admin.post("/api/orders/discounts", json!({"code": "TEN", "amount": 10})).await.expect(201);
            body["discountCode"] = json!("TEN");
        }
        let order = self.orders.as_user(&self.ada).post("/api/orders", body).await.expect(201).json();
        let path = format!("/api/payments/order/{}", order["id"]);
        let payment = self.payments.as_user(&self.admin).get(&path).await.expect(200).json();
        format!("/api/payments/{}", payment[0]["id"].as_str().unwrap())
    }

    async fn refund(&self, payment: &str, body: Value) -> TestResponse {
        self.payments.as_user(&self.admin).post(&format!("{payment}/refund"), body).await
    }

    async fn refunded_cents(&self, payment: &str) -> i64 {
        let payment = self.payments.as_user(&self.admin).get(payment).await.expect(200).json();
        let refunds = payment["refunds"].as_array().unwrap().iter();
        refunds.map(|refund| (refund["amount"].as_f64().unwrap() * 100.0).round() as i64).sum()
    }

    async fn refunded_pieces(&self) -> i64 {
        self.env.query_scalar("ORDERDB_URL", "select sum(refunded) from order_items").await
    }
}

#[tokio::test]
async fn a_lines_pieces_are_refunded_to_its_price_with_its_discount() {
    let shop = Shop::open().await;
    let payment = shop.buy(true).await;
    // 30.00 less 5.45.
    let one = json!({"items": [line(shop.tea, 1)], "reason": "A broken cup"});
    let first = shop.refund(&payment, one).await.expect(201).json();
    assert_eq!((&first["amount"], &first["items"]), (&json!(8.18), &json!([line(shop.tea, 1)])));
    assert_eq!(first["reason"], "A broken cup");
    let second = shop.refund(&payment, json!({"items": [line(shop.tea, 1)]})).await.expect(201).json();
    let third = shop.refund(&payment, json!({"items": [line(shop.tea, 1)]})).await.expect(201).json();
    assert_eq!((&second["amount"], &third["amount"]), (&json!(8.19), &json!(8.18)));
    let excess = shop.refund(&payment, json!({"items": [line(shop.tea, 1)]})).await.expect(409);
    assert_eq!(excess.json()["items"], json!([{"productId": shop.tea, "requested": 1, "left": 0}]));
    let rest = shop.refund(&payment, json!({"items": [line(shop.pot, 1)], "shipping": true})).await.expect(201).json();
    assert_eq!(rest["amount"], 20.45);
    assert_eq!(shop.refunded_cents(&payment).await, 4500);
    let read = shop.payments.as_user(&shop.ada).get(&payment).await.expect(200).json();
    assert_eq!((&read["status"], &read["refunds"][0]), (&json!("refunded"), &first));
}

#[tokio::test]
async fn a_bad_refund_names_its_field_and_refunds_nothing() {
    let shop = Shop::open().await;
    let payment = shop.buy(false).await;
    let items = || json!([line(shop.tea, 1)]);
    for (field, bad) in [
        ("amount", json!({})),
        ("amount", json!({"items": items(), "amount": 1})),
        ("all", json!({"items": items(), "all": true})),
        ("all", json!({"amount": 1, "all": true})),
        ("shipping", json!({"amount": 1, "shipping": true})),
        ("shipping", json!({"all": true, "shipping": true})),
        ("items", json!({"items": []})),
        ("items[0].quantity", json!({"items": [line(shop.tea, 0)]})),
        ("reason", json!({"amount": 1, "reason": "two\nlines"})),
        ("reason", json!({"amount": 1, "reason": "x".repeat(201)})),
    ] {
        let reply = shop.refund(&payment, bad.clone()).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["field"], field, "{bad}");
    }
    let unknown = shop.refund(&payment, json!({"items": [line(shop.env.product(1, 1).await, 1)]})).await.expect(409);
    assert_eq!(unknown.error_code(), "too_many_pieces");
    assert_eq!((shop.refunded_cents(&payment).await, shop.refunded_pieces().await), (0, 0));
    shop.refund(&payment, json!({"items": items(), "shipping": true})).await.expect(201);
    let again = shop.refund(&payment, json!({"items": items(), "shipping": true})).await.expect(409);
    assert_eq!((again.error_code(), shop.refunded_pieces().await), ("shipping_refunded".to_owned(), 1));
}

#[tokio::test]
async fn refunds_by_line_and_by_amount_at_once_never_exceed_the_payment() {
    let shop = Shop::open().await;
    for _ in 0..5 {
        let payment = shop.buy(false).await;
        let bodies =
            [json!({"amount": 30}), json!({"items": [line(shop.pot, 1)]}), json!({"items": [line(shop.tea, 2)]})];
        let all = join_all(bodies.iter().cycle().take(9).map(|body| shop.refund(&payment, body.clone()))).await;
        let mut expected = 0;
        for (reply, cents) in all.iter().zip([3000, 2500, 2000].into_iter().cycle()) {
            match reply.status.as_u16() {
                201 => expected += cents,
                409 => {}
                status => panic!("{status} {}", reply.error_code()),
            }
        }
        assert_eq!(shop.refunded_cents(&payment).await, expected);
        assert!((2500..=5500).contains(&expected), "{expected}");
    }
    let counted = "select count(*) from order_items l cross join lateral (
            select coalesce(sum(i.quantity), 0) as pieces, coalesce(sum(i.amount), 0) as amount
            from refund_items i join refunds r on r.id = i.refund_id
            where i.order_id = l.order_id and i.product_id = l.product_id and r.state = 'done'
        ) of_line where (l.refunded, l.refunded_amount) <> (of_line.pieces, of_line.amount)";
    assert_eq!(shop.env.query_scalar("ORDERDB_URL", counted).await, 0);
}

/// The processor's own limit refuses what orderdb allows.
#[tokio::test]
async fn a_refused_refund_gives_its_pieces_and_its_key_back() {
    let shop = Shop::open().await;
    let payment = shop.buy(false).await;
    for _ in 0..domain::payments::MAX_REFUNDS {
        shop.refund(&payment, json!({"amount": 0.01})).await.expect(201);
    }
    let keyed = shop.payments.as_user(&shop.admin).with_header("idempotency-key", "k");
    let body = json!({"items": [line(shop.pot, 1)], "shipping": true});
    for _ in 0..2 {
        let refused = keyed.post(&format!("{payment}/refund"), body.clone()).await.expect(409);
        assert_eq!(refused.error_code(), "too_many_refunds");
        assert_eq!(shop.refunded_pieces().await, 0);
    }
    shop.refund(&payment, json!({"all": true})).await.expect(201);
    assert_eq!(shop.refunded_cents(&payment).await, 5500);
}
