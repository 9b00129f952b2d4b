//! A shop that takes returns: a customer, an admin, and requests by them.

use domain::ProductId;
use orders::App;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

pub(crate) struct Shop {
    pub(crate) env: TestEnv,
    pub(crate) client: TestClient,
    payments: TestClient,
    pub(crate) ada: TestUser,
    pub(crate) admin: TestUser,
    pub(crate) tea: ProductId,
    pub(crate) pot: ProductId,
}

pub(crate) fn line(product: ProductId, quantity: i32) -> Value {
    json!({"productId": product, "quantity": quantity})
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let env = TestEnv::new().await;
        let app = App::from_env(&env.env_with(&[("DATABASE_CONNECTIONS", "8")]), &env.clock).unwrap();
        let client = env.client(orders::router(app, &env.http_stack()));
        let payments = payments::App::from_env(&env.env(), &env.clock).unwrap();
        let payments = env.client(payments::router(payments, &env.http_stack()));
        let (ada, admin) = (env.customer().await, env.admin().await);
        let (tea, pot) = (env.product(1000, 50).await, env.product(2500, 50).await);
        Self { env, client, payments, ada, admin, tea, pot }
    }

    /// A shipping method at this price; its id.
    pub(crate) async fn shipping_method(&self, price: f64) -> Value {
        let body = json!({"name": "Express", "price": price, "minDays": 1, "maxDays": 2});
        let added =
            self.client.as_user(&self.admin).post("/api/orders/shipping-methods", body).await.expect(201).json();
        added["id"].clone()
    }

    /// Three teas and a pot for 55.00; the order's path.
    pub(crate) async fn buy(&self) -> String {
        self.buy_with(json!({})).await
    }

    /// The same, with these members.
    pub(crate) async fn buy_with(&self, more: Value) -> String {
        let mut body = json!({"items": [line(self.tea, 3), line(self.pot, 1)]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let order = self.client.as_user(&self.ada).post("/api/orders", body).await.expect(201).json();
        format!("/api/orders/{}", order["id"])
    }

    pub(crate) async fn buy_and_ship(&self) -> String {
        let order = self.buy().await;
        self.ship_and_deliver(&order).await;
        order
    }

    pub(crate) async fn ship_and_deliver(&self, order: &str) {
        for status in ["shipped", "delivered"] {
            self.client.as_user(&self.admin).put(order, json!({"status": status})).await.expect(200);
        }
    }

    pub(crate) async fn ship(&self, order: &str, body: Value) {
        self.client.as_user(&self.admin).post(&format!("{order}/fulfilments"), body).await.expect(201);
    }

    pub(crate) async fn ask(&self, caller: &TestUser, order: &str, items: Value) -> TestResponse {
        let body = json!({"items": items, "reason": "It arrived broken."});
        self.client.as_user(caller).post(&format!("{order}/returns"), body).await
    }

    pub(crate) async fn decide(&self, order: &str, asked: &Value, body: Value) -> TestResponse {
        let path = format!("{order}/returns/{}", asked["id"].as_str().unwrap());
        self.client.as_user(&self.admin).put(&path, body).await
    }

    pub(crate) async fn read(&self, order: &str) -> Value {
        self.client.as_user(&self.ada).get(order).await.expect(200).json()
    }

    pub(crate) async fn payment(&self, order: &str) -> Value {
        let id = order.rsplit('/').next().unwrap();
        let admin = self.payments.as_user(&self.admin);
        admin.get(&format!("/api/payments/order/{id}")).await.expect(200).json()[0].clone()
    }

    pub(crate) async fn refund(&self, order: &str, body: Value) -> TestResponse {
        let path = format!("/api/payments/{}/refund", self.payment(order).await["id"].as_str().unwrap());
        self.payments.as_user(&self.admin).post(&path, body).await
    }

    /// What the shop keeps of an order's payment.
    pub(crate) async fn net_cents(&self, order: &str) -> i64 {
        let payment = self.payment(order).await;
        let cents = |amount: &Value| (amount.as_f64().unwrap() * 100.0).round() as i64;
        let refunds = payment["refunds"].as_array().unwrap();
        cents(&payment["amount"]) - refunds.iter().map(|refund| cents(&refund["amount"])).sum::<i64>()
    }

    /// A process that receives a return dies before it restocks: inventorydb does not answer.
    pub(crate) async fn receive_without_inventory(&self, order: &str, asked: &Value) {
        self.receive_without(("INVENTORYDB_URL", "postgres://nobody@127.0.0.1:1/none"), order, asked).await;
    }

    /// Receives a return while a store does not answer.
    pub(crate) async fn receive_without(&self, store: (&str, &str), order: &str, asked: &Value) {
        let env = self.env.env_with(&[store]);
        let broken = App::from_env(&env, &self.env.clock).unwrap();
        let broken = self.env.client(orders::router(broken, &self.env.http_stack())).as_user(&self.admin);
        let path = format!("{order}/returns/{}", asked["id"].as_str().unwrap());
        broken.put(&path, json!({"status": "received", "restock": [line(self.tea, 1)]})).await.expect(503);
    }

    pub(crate) async fn recover(&self) {
        let app = recovery::App::from_env(&self.env.env(), &self.env.clock).unwrap();
        recovery::run_with_idle_seconds(&app, 0.0).await.unwrap();
    }

    /// The events about returns, oldest first.
    pub(crate) async fn told(&self) -> Vec<Value> {
        let mut db = self.env.connection("ORDERDB_URL").await;
        let select = "select body from outbox where body like '%return.changed%' order by id";
        let bodies: Vec<String> = sqlx::query_scalar(select).fetch_all(&mut *db).await.unwrap();
        bodies.iter().map(|body| serde_json::from_str::<Value>(body).unwrap()["data"].clone()).collect()
    }

    pub(crate) async fn returned_pieces(&self) -> i64 {
        self.env.query_scalar("ORDERDB_URL", "select coalesce(sum(returned), 0) from order_items").await
    }

    pub(crate) async fn sql(&self, variable: &str, statement: &'static str) {
        let mut db = self.env.connection(variable).await;
        sqlx::raw_sql(statement).execute(&mut *db).await.unwrap();
    }
}
