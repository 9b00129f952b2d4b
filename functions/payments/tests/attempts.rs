//! The limit on payment attempts of one order.

use axum::http::StatusCode;
use futures::future::join_all;
use orders as ordering;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

struct Shop {
    test_env: TestEnv,
    orders: TestClient,
    payments: TestClient,
}

impl Shop {
    /// With the production limit.
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let env = test_env.env_with(&[("LIMITS", "x1000,pay.order=10/3600")]);
        let orders = ordering::App::from_env(&env, &test_env.clock).unwrap();
        let payments = payments::App::from_env(&env, &test_env.clock).unwrap();
        let orders = test_env.client(ordering::router(orders, &test_env.http_stack()));
        let payments = test_env.client(payments::router(payments, &test_env.http_stack()));
        Self { test_env, orders, payments }
    }

    /// An order whose card was declined: one attempt has been made.
    async fn declined_order(&self, who: &TestUser) -> i64 {
        let product = self.test_env.product(1000, 5).await;
        let body = json!({"items": [{"productId": product, "quantity": 1}], "payment": {"method": "tok_declined"}});
        let reply = self.orders.as_user(who).post("/api/orders", body).await.expect(402);
        reply.json()["order"]["id"].as_i64().unwrap()
    }

    async fn pay(&self, who: &TestUser, order: i64, method: &str) -> TestResponse {
        self.payments.as_user(who).post("/api/payments", json!({"orderId": order, "method": method})).await
    }

    async fn count_charges(&self, who: &TestUser, order: i64) -> usize {
        let path = format!("/api/payments/order/{order}");
        self.payments.as_user(who).get(&path).await.expect(200).json().as_array().map_or(0, Vec::len)
    }

    /// Lets this many seconds pass for all orders.
    async fn age_attempts(&self, seconds: u32) {
        let update = "update orders set attempted_at =
                      (select array_agg(at - make_interval(secs => $1) order by at desc) from unnest(attempted_at) at)";
        let mut db = self.test_env.connection("ORDERDB_URL").await;
        sqlx::query(update).bind(f64::from(seconds)).execute(&mut *db).await.unwrap();
    }
}

fn assert_rate_limited(reply: TestResponse, seconds: std::ops::RangeInclusive<u32>) {
    let reply = reply.expect(429);
    assert_eq!(reply.error_code(), "too_many_requests");
    let wait: u32 = reply.header("retry-after").parse().unwrap();
    assert!(seconds.contains(&wait), "{wait} is not within {seconds:?}");
}

#[tokio::test]
async fn an_eleventh_attempt_within_an_hour_is_refused() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.test_env.customer().await, shop.test_env.admin().await);
    let (order, other) = (shop.declined_order(&ada).await, shop.declined_order(&ada).await);
    for _ in 0..8 {
        shop.pay(&ada, order, "tok_declined").await.expect(402);
    }
    shop.age_attempts(600).await;
    shop.pay(&ada, order, "tok_declined").await.expect(402);
    assert_eq!(shop.count_charges(&ada, order).await, 10);
    // No request exceeds it, and none has an effect.
    let before = shop.orders.as_user(&ada).get(&format!("/api/orders/{order}")).await.expect(200).json();
    assert_rate_limited(shop.pay(&ada, order, "tok_visa").await, 2990..=3000);
    assert_rate_limited(shop.pay(&admin, order, "tok_visa").await, 2990..=3000);
    let after = shop.orders.as_user(&ada).get(&format!("/api/orders/{order}")).await.expect(200).json();
    assert_eq!((before, shop.count_charges(&ada, order).await), (after, 10));
    shop.pay(&ada, other, "tok_visa").await.expect(201);
    // The nine of ten minutes ago expire together, the tenth later.
    shop.age_attempts(3000).await;
    shop.pay(&ada, order, "tok_visa").await.expect(201);
    assert_eq!(shop.count_charges(&ada, order).await, 11);
}

#[tokio::test]
async fn of_fifty_attempts_at_once_no_more_than_ten_are_charged() {
    let shop = Shop::open().await;
    let ada = shop.test_env.customer().await;
    let order = shop.declined_order(&ada).await;
    for _ in 0..20 {
        let replies = join_all((0..50).map(|_| shop.pay(&ada, order, "tok_declined"))).await;
        let odd = |reply: &&TestResponse| ![402, 409, 429, 503].contains(&reply.status.as_u16());
        assert!(replies.iter().find(odd).is_none(), "{:?}", replies.iter().find(odd));
        if replies.iter().all(|reply| reply.status == StatusCode::TOO_MANY_REQUESTS) {
            break;
        }
    }
    assert_rate_limited(shop.pay(&ada, order, "tok_visa").await, 3000..=3600);
    assert_eq!(shop.count_charges(&ada, order).await, 10);
}

#[tokio::test]
async fn a_refused_attempt_releases_its_key() {
    let shop = Shop::open().await;
    let ada = shop.test_env.customer().await;
    let order = shop.declined_order(&ada).await;
    for _ in 0..9 {
        shop.pay(&ada, order, "tok_declined").await.expect(402);
    }
    let keyed = shop.payments.as_user(&ada).with_header("idempotency-key", "once");
    let body: Value = json!({"orderId": order, "method": "tok_visa"});
    assert_rate_limited(keyed.post("/api/payments", body.clone()).await, 3000..=3600);
    shop.age_attempts(3600).await;
    let paid = keyed.post("/api/payments", body.clone()).await.expect(201);
    let again = keyed.post("/api/payments", body).await.expect(201);
    assert_eq!((paid.bytes, again.header("idempotent-replayed")), (again.bytes.clone(), "true"));
}
