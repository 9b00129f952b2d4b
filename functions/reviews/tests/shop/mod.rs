//! A test shop with reviews, and the catalog and orders that they query.
#![allow(dead_code, reason = "each test file uses a part of it")]

use domain::orders::OrderStatus;
use domain::{ProductId, UserId};
use reviews::{App, router};
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

pub(crate) struct Shop {
    pub(crate) test_env: TestEnv,
    pub(crate) api: TestClient,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With some variables changed, for example for an unavailable store.
    pub(crate) async fn open_with(changed: &[(&str, &str)]) -> Self {
        let test_env = TestEnv::new().await;
        let app = App::from_env(&test_env.env_with(changed), &test_env.clock).unwrap();
        let api = test_env.client(router(app, &test_env.http_stack()));
        Self { test_env, api }
    }

    /// More instances of the function, each with clients of its own that have connected already.
    pub(crate) async fn instances(&self, number: usize) -> Vec<TestClient> {
        let mut instances = Vec::new();
        for _ in 0..number {
            let app =
                App::from_env(&self.test_env.env_with(&[("DATABASE_CONNECTIONS", "1")]), &self.test_env.clock).unwrap();
            let api = self.test_env.client(router(app, &self.test_env.http_stack()));
            api.get("/api/reviews/ready").await.expect(200);
            instances.push(api);
        }
        instances
    }

    /// One after the other: each opens a connection of its own.
    pub(crate) async fn customers(&self, number: usize) -> Vec<TestUser> {
        let mut customers = Vec::new();
        for _ in 0..number {
            customers.push(self.test_env.customer().await);
        }
        customers
    }

    pub(crate) async fn product(&self) -> ProductId {
        let insert = "insert into products (name, price, created_at, updated_at) values ('Lamp', 9.5, now(), now()) returning id";
        let mut db = self.test_env.database("PRODUCTDB_URL").acquire().await.unwrap();
        ProductId::new(sqlx::query_scalar(insert).fetch_one(&mut *db).await.unwrap())
    }

    pub(crate) async fn order(&self, user: UserId, product: ProductId, status: OrderStatus) {
        let mut db = self.test_env.database("ORDERDB_URL").acquire().await.unwrap();
        let insert =
            "insert into orders (user_id, total, status, created_at, updated_at, payment_id, payment_method, step)
                      values ($1, 9.5, $2, now(), now(), $3, 'tok_visa', case when $2 = 'pending' then 'place' end)
                      returning id";
        let order =
            sqlx::query_scalar(insert).bind(user.get()).bind(status.as_str()).bind(self.test_env.clock.new_uuid());
        let order: i32 = order.fetch_one(&mut *db).await.unwrap();
        let line =
            "insert into order_items (order_id, product_id, quantity, price, name) values ($1, $2, 1, 9.5, 'Lamp')";
        sqlx::query(line).bind(order).bind(product.get()).execute(&mut *db).await.unwrap();
    }

    pub(crate) async fn list(&self, product: ProductId, query: &str) -> Vec<Value> {
        let path = format!("/api/reviews/product/{product}{query}");
        self.api.get(&path).await.expect(200).json().as_array().unwrap().clone()
    }

    pub(crate) async fn summary(&self, product: ProductId) -> Value {
        self.api.get(&format!("/api/reviews/product/{product}/summary")).await.expect(200).json()
    }
}

pub(crate) fn new_review(product: ProductId, rating: i64) -> Value {
    json!({ "productId": product, "rating": rating, "comment": "Bright enough." })
}

/// A review as a list shows it: of `customer 3eef` it shows `customer 3.`
pub(crate) fn with_short_name(mut review: Value) -> Value {
    let (first, last) = review["userName"].as_str().unwrap().split_once(' ').unwrap();
    review["userName"] = json!(format!("{first} {}.", &last[..1]));
    review
}

/// The summary of the product's reviews, read one by one.
pub(crate) fn expected_summary(reviews: &[Value]) -> Value {
    let stars: Vec<i64> = reviews.iter().map(|review| review["rating"].as_i64().unwrap()).collect();
    let of = |n: i64| stars.iter().filter(|s| **s == n).count();
    let mean = if stars.is_empty() { 0.0 } else { stars.iter().sum::<i64>() as f64 / stars.len() as f64 };
    json!({
        "count": stars.len(),
        "average": (mean * 100.0).round() / 100.0,
        "histogram": { "1": of(1), "2": of(2), "3": of(3), "4": of(4), "5": of(5) }
    })
}
