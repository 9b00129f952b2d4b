//! The use cases, each with its own customer and products, so that none is cheaper because of another.

use serde_json::{Value, json};
use testkit::{TestClient, TestResponse};

use crate::delivery::deliver_all;
use crate::shop::BillShop;
use crate::table::Entry;

const PASSWORD: &str = "correct horse battery";

/// One round; each has a number of its own.
pub(crate) async fn run_all(shop: &BillShop, round: u32) -> Vec<Entry> {
    let mut bill = Bill { shop, round, entries: Vec::new() };
    accounts(&mut bill).await;
    catalog(&mut bill).await;
    purchases(&mut bill).await;
    changes_of_orders(&mut bill).await;
    reviews(&mut bill).await;
    analytics_and_notifications(&mut bill).await;
    admin(&mut bill).await;
    bill.entries
}

struct Bill<'a> {
    shop: &'a BillShop,
    round: u32,
    entries: Vec<Entry>,
}

impl Bill<'_> {
    /// Counts the calls of one request, and of what it triggers.
    async fn count(&mut self, name: &'static str, request: impl Future<Output = TestResponse>, status: u16) -> Value {
        deliver_all(self.shop).await;
        self.shop.recorder.take();
        let response = request.await.expect(status);
        let before = self.shop.recorder.take();
        deliver_all(self.shop).await;
        self.entries.push(Entry { name, before, after: self.shop.recorder.take() });
        if response.bytes.is_empty() { Value::Null } else { response.json() }
    }

    async fn customer(&self) -> TestClient {
        self.shop.signed_in(&self.shop.test_env.customer().await)
    }

    async fn product(&self) -> i32 {
        self.shop.test_env.product(999, 100).await.get()
    }

    /// A confirmed order of a new product.
    async fn order(&self, customer: &TestClient) -> (Value, i32) {
        let product = self.product().await;
        let order = customer.post("/api/orders", basket(product, "tok_visa")).await;
        (order.expect(201).json(), product)
    }
}

fn basket(product: i32, method: &str) -> Value {
    json!({"items": [{"productId": product, "quantity": 1}], "payment": {"method": method}})
}

fn with_key(client: &TestClient, bill: &Bill<'_>) -> TestClient {
    client.with_header("idempotency-key", &format!("{:x}", bill.shop.test_env.clock.random()))
}

async fn accounts(bill: &mut Bill<'_>) {
    let email = format!("{:x}@test.example", bill.shop.test_env.clock.random() as u64);
    let account = json!({"name": "Ada Test", "email": email, "password": PASSWORD});
    let anyone = bill.shop.anyone();
    bill.count("sign up", anyone.post("/api/users/signup", account), 201).await;
    let login = json!({"email": email, "password": PASSWORD});
    bill.count("log in", anyone.post("/api/users/login", login), 200).await;
}

async fn catalog(bill: &mut Bill<'_>) {
    let (anyone, path) = (bill.shop.anyone(), format!("/api/products/{}", bill.product().await));
    bill.count("product, cold", anyone.get(&path), 200).await;
    bill.count("product, hot", anyone.get(&path), 200).await;
    // No one has asked for this page before.
    let page = format!("/api/products?limit=5&q=n{:x}", bill.shop.test_env.clock.random() as u32);
    bill.count("product list, cold", anyone.get(&page), 200).await;
    bill.count("product list, hot", anyone.get(&page), 200).await;
}

/// Taxes, and a discount of which each round has its own. The first order after a change reads the rules
/// of prices once more; an instance then keeps them for longer than a round takes.
async fn set_prices(bill: &Bill<'_>, customer: &TestClient) -> String {
    let (admin, code) = (bill.shop.admin(), format!("BILL-{:x}", bill.shop.test_env.clock.random() as u32));
    let tax = json!({"country": "AT", "percentage": 20});
    let added = admin.post("/api/orders/tax-rates", tax).await;
    assert!([201, 409].contains(&added.status.as_u16()), "{added:?}");
    admin.post("/api/orders/discounts", json!({"code": code, "percentage": 10})).await.expect(201);
    bill.order(customer).await;
    code
}

async fn purchases(bill: &mut Bill<'_>) {
    let (customer, product) = (bill.customer().await, bill.product().await);
    let code = set_prices(bill, &customer).await;
    let keyed = with_key(&customer, bill);
    let wanted = basket(product, "tok_visa");
    bill.count("order", keyed.post("/api/orders", wanted.clone()), 201).await;
    bill.count("order, repeated", keyed.post("/api/orders", wanted.clone()), 201).await;
    bill.count("order, without a key", customer.post("/api/orders", wanted), 201).await;
    let address = json!({"name": "Ada", "line1": "Graben 1", "city": "Wien", "postalCode": "1010", "country": "AT"});
    let mut shipped = basket(product, "tok_visa");
    shipped["shippingAddress"] = address;
    shipped["discountCode"] = json!(code);
    let keyed = with_key(&customer, bill);
    bill.count("order, address, tax, code", keyed.post("/api/orders", shipped), 201).await;
    let items: Vec<i32> = vec![bill.product().await, bill.product().await, bill.product().await];
    let lines: Vec<Value> = items.iter().map(|id| json!({"productId": id, "quantity": 1})).collect();
    let keyed = with_key(&customer, bill);
    bill.count("order, three products", keyed.post("/api/orders", json!({"items": lines})), 201).await;
    let keyed = with_key(&customer, bill);
    let declined = bill.count("order, declined", keyed.post("/api/orders", basket(product, "tok_declined")), 402).await;
    let again = json!({"orderId": declined["order"]["id"], "method": "tok_visa"});
    let keyed = with_key(&customer, bill);
    bill.count("pay again", keyed.post("/api/payments", again), 201).await;
    let too_many = json!({"items": [{"productId": product, "quantity": 100}]});
    let keyed = with_key(&customer, bill);
    bill.count("order, sold out", keyed.post("/api/orders", too_many), 409).await;
    bill.count("orders of a customer", customer.get("/api/orders"), 200).await;
    let quote = json!({"items": [{"productId": product, "quantity": 1}], "discountCode": "NONE"});
    bill.count("quote with a code", bill.shop.anyone().post("/api/orders/quote", quote), 200).await;
}

async fn changes_of_orders(bill: &mut Bill<'_>) {
    let customer = bill.customer().await;
    let (order, _) = bill.order(&customer).await;
    let path = format!("/api/orders/{}", order["id"]);
    bill.count("cancel", customer.put(&path, json!({"status": "cancelled"})), 200).await;
    let (order, _) = bill.order(&customer).await;
    let payments = customer.get(&format!("/api/payments/order/{}", order["id"])).await.expect(200).json();
    let path = format!("/api/payments/{}/refund", payments[0]["id"].as_str().expect("an id"));
    let admin = with_key(&bill.shop.admin(), bill);
    bill.count("refund a part", admin.post(&path, json!({"amount": 5})), 201).await;
    let path = format!("/api/orders/{}", order["id"]);
    bill.count("ship", bill.shop.admin().put(&path, json!({"status": "shipped"})), 200).await;
}

async fn reviews(bill: &mut Bill<'_>) {
    let customer = bill.customer().await;
    let (_, product) = bill.order(&customer).await;
    let review = json!({"productId": product, "rating": 5, "comment": "Lovely."});
    let written = bill.count("review", customer.post("/api/reviews", review), 201).await;
    let path = format!("/api/reviews/{}", written["id"].as_str().expect("an id"));
    bill.count("change a review", customer.put(&path, json!({"rating": 4, "comment": "Good."})), 200).await;
    bill.count("reviews of a product", bill.shop.anyone().get(&format!("/api/reviews/product/{product}")), 200).await;
    bill.count("delete a review", customer.delete(&path), 204).await;
}

async fn analytics_and_notifications(bill: &mut Bill<'_>) {
    let event = json!({"eventType": "product.view", "metadata": {"productId": 1}});
    bill.count("event", bill.shop.anyone().post("/api/analytics/event", event), 201).await;
    // Of as many days as no round before has left in the cache.
    let dashboard = format!("/api/analytics/dashboard?days={}", bill.round);
    bill.count("dashboard, cold", bill.shop.admin().get(&dashboard), 200).await;
    let user = bill.shop.test_env.customer().await;
    let customer = bill.shop.signed_in(&user);
    bill.order(&customer).await;
    deliver_all(bill.shop).await;
    let path = format!("/api/notifications/user/{}", user.id);
    let list = bill.count("notifications", customer.get(&path), 200).await;
    let path = format!("/api/notifications/{}/read", list[0]["id"].as_str().expect("an id"));
    bill.count("mark as read", customer.put(&path, json!({})), 204).await;
}

async fn admin(bill: &mut Bill<'_>) {
    let admin = bill.shop.admin();
    let product = json!({"name": "Tea", "price": 9.99, "stock": 5, "category": "Tea"});
    let keyed = with_key(&admin, bill);
    let added = bill.count("add a product", keyed.post("/api/products", product.clone()), 201).await;
    let path = format!("/api/products/{}", added["id"]);
    bill.count("replace a product", admin.put(&path, product), 200).await;
    let stock = format!("/api/inventory/{}", added["id"]);
    let keyed = with_key(&admin, bill);
    bill.count("change stock", keyed.put(&stock, json!({"delta": 3})), 200).await;
    bill.count("remove a product", admin.delete(&path), 204).await;
}
