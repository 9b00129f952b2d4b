//! How often one order may be paid for.

use axum::http::StatusCode;
use futures::future::join_all;
use orders as ordering;
use serde_json::{Value, json};
use testkit::{Bed, Client, Person, Reply};

struct Shop {
    bed: Bed,
    orders: Client,
    payments: Client,
}

impl Shop {
    /// With the limit as it is deployed.
    async fn open() -> Self {
        let bed = Bed::new().await;
        let vars = bed.vars_with(&[("LIMITS", "x1000,pay.order=10/3600")]);
        let orders = ordering::App::read(&vars, &bed.clock).unwrap();
        let payments = payments::App::read(&vars, &bed.clock).unwrap();
        let orders = bed.client(ordering::router(orders, &bed.door()));
        let payments = bed.client(payments::router(payments, &bed.door()));
        Self { bed, orders, payments }
    }

    /// An order whose card was declined: it has been paid for once, in vain.
    async fn declined(&self, who: &Person) -> i64 {
        let product = self.bed.product(1000, 5).await;
        let body = json!({"items": [{"productId": product, "quantity": 1}], "payment": {"method": "tok_declined"}});
        let reply = self.orders.of(who).post("/api/orders", body).await.expect(402);
        reply.json()["order"]["id"].as_i64().unwrap()
    }

    async fn pay(&self, who: &Person, order: i64, method: &str) -> Reply {
        self.payments.of(who).post("/api/payments", json!({"orderId": order, "method": method})).await
    }

    async fn charges(&self, who: &Person, order: i64) -> usize {
        let path = format!("/api/payments/order/{order}");
        self.payments.of(who).get(&path).await.expect(200).json().as_array().map_or(0, Vec::len)
    }

    /// Lets so many seconds pass for all orders.
    async fn pass(&self, seconds: u32) {
        let update = "update orders set attempted_at =
                      (select array_agg(at - make_interval(secs => $1) order by at desc) from unnest(attempted_at) at)";
        let mut db = self.bed.connection("ORDERDB_URL").await;
        sqlx::query(update).bind(f64::from(seconds)).execute(&mut *db).await.unwrap();
    }
}

fn assert_refused(reply: Reply, seconds: std::ops::RangeInclusive<u32>) {
    let reply = reply.expect(429);
    assert_eq!(reply.code(), "too_many_requests");
    let wait: u32 = reply.header("retry-after").parse().unwrap();
    assert!(seconds.contains(&wait), "{wait} is not within {seconds:?}");
}

#[tokio::test]
async fn after_ten_attempts_within_an_hour_an_order_waits() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.bed.customer().await, shop.bed.admin().await);
    let (order, other) = (shop.declined(&ada).await, shop.declined(&ada).await);
    for _ in 0..8 {
        shop.pay(&ada, order, "tok_declined").await.expect(402);
    }
    shop.pass(600).await;
    shop.pay(&ada, order, "tok_declined").await.expect(402);
    assert_eq!(shop.charges(&ada, order).await, 10);
    // Nobody gets past it, and nothing comes of it.
    let before = shop.orders.of(&ada).get(&format!("/api/orders/{order}")).await.expect(200).json();
    assert_refused(shop.pay(&ada, order, "tok_visa").await, 2990..=3000);
    assert_refused(shop.pay(&admin, order, "tok_visa").await, 2990..=3000);
    let after = shop.orders.of(&ada).get(&format!("/api/orders/{order}")).await.expect(200).json();
    assert_eq!((before, shop.charges(&ada, order).await), (after, 10));
    shop.pay(&ada, other, "tok_visa").await.expect(201);
    // The nine of ten minutes ago leave together, the tenth later.
    shop.pass(3000).await;
    shop.pay(&ada, order, "tok_visa").await.expect(201);
    assert_eq!(shop.charges(&ada, order).await, 11);
}

#[tokio::test]
async fn of_fifty_attempts_at_once_no_more_than_ten_are_charged() {
    let shop = Shop::open().await;
    let ada = shop.bed.customer().await;
    let order = shop.declined(&ada).await;
    for _ in 0..20 {
        let replies = join_all((0..50).map(|_| shop.pay(&ada, order, "tok_declined"))).await;
        let odd = |reply: &&Reply| ![402, 409, 429, 503].contains(&reply.status.as_u16());
        assert!(replies.iter().find(odd).is_none(), "{:?}", replies.iter().find(odd));
        if replies.iter().all(|reply| reply.status == StatusCode::TOO_MANY_REQUESTS) {
            break;
        }
    }
    assert_refused(shop.pay(&ada, order, "tok_visa").await, 3000..=3600);
    assert_eq!(shop.charges(&ada, order).await, 10);
}

#[tokio::test]
async fn a_refused_attempt_gives_its_key_back() {
    let shop = Shop::open().await;
    let ada = shop.bed.customer().await;
    let order = shop.declined(&ada).await;
    for _ in 0..9 {
        shop.pay(&ada, order, "tok_declined").await.expect(402);
    }
    let keyed = shop.payments.of(&ada).with_header("idempotency-key", "once");
    let body: Value = json!({"orderId": order, "method": "tok_visa"});
    assert_refused(keyed.post("/api/payments", body.clone()).await, 3000..=3600);
    shop.pass(3600).await;
    let paid = keyed.post("/api/payments", body.clone()).await.expect(201);
    let again = keyed.post("/api/payments", body).await.expect(201);
    assert_eq!((paid.bytes, again.header("idempotent-replayed")), (again.bytes.clone(), "true"));
}
