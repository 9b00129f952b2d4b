//! The demo orders, reviews and visits, each created through the API at its time in the past.
//!
//! Every step first looks for what exists, so that an interrupted load continues.

use std::fmt::Display;
use std::time::Duration;

use anyhow::Context;
use api_client::{ApiClient, ApiRequest, ApiResponse};
use domain::Timestamp;
use runtime::Clock;
use serde_json::{Value, json};

use super::accounts::{Accounts, CUSTOMER_COUNT};
use super::review_texts::{self, hash_below};
use super::timeline::{self, Act, OrderOutcome, ReturnStep};
use super::{catalog, prices};

/// Only products with enough stock are ordered, so that the demo orders sell out none.
const MIN_STOCK_TO_BUY: u32 = 20;
const MAX_ATTEMPTS: usize = 5;

/// The demo shop while its history is made.
pub(super) struct History<'a> {
    accounts: Accounts<'a>,
    clock: &'a Clock,
    /// The time from which all acts are counted back.
    now: Timestamp,
    /// The ids of the demo products, in their order.
    products: Vec<i64>,
    /// Each customer's orders, the oldest first.
    orders: Vec<Vec<Value>>,
    reviews: usize,
    events: usize,
}

impl<'a> History<'a> {
    pub(super) async fn new(
        mut accounts: Accounts<'a>,
        clock: &'a Clock,
        now: Timestamp,
        products: Vec<i64>,
    ) -> anyhow::Result<Self> {
        let mut orders = Vec::with_capacity(CUSTOMER_COUNT);
        for customer in 0..CUSTOMER_COUNT {
            let mut placed = list(&accounts.customer(customer).await?, "/api/orders?limit=100").await?;
            placed.reverse();
            orders.push(placed);
        }
        Ok(Self { accounts, clock, now, products, orders, reviews: 0, events: 0 })
    }

    /// Makes everything happen that has not happened yet, each at its time.
    pub(super) async fn make(&mut self, progress: fn(&dyn Display)) -> anyhow::Result<()> {
        let acts = timeline::all_acts();
        let step = acts.len() / 4;
        for (place, (seconds_ago, act)) in acts.into_iter().enumerate() {
            self.clock.set(Timestamp::from_millis(self.now.millis() - seconds_ago * 1000));
            match act {
                Act::Order { customer, nth, outcome } => self.place_order(customer, nth, outcome).await?,
                Act::Update { customer, nth, status } => self.update_order(customer, nth, status).await?,
                Act::Return { customer, nth, step } => self.return_piece(customer, nth, step).await?,
                Act::Reviews { customer, stay } => self.write_reviews(customer, stay).await?,
                Act::Visit { number, customer } => self.visit(number, customer).await?,
            }
            if (place + 1) % step == 0 {
                let orders: usize = self.orders.iter().map(Vec::len).sum();
                let (reviews, events) = (self.reviews, self.events);
                progress(&format!("Demo data: {orders} orders, {reviews} reviews, {events} visitor events…"));
            }
        }
        Ok(())
    }

    async fn place_order(&mut self, customer: usize, nth: usize, outcome: OrderOutcome) -> anyhow::Result<()> {
        if self.orders[customer].len() > nth {
            return Ok(());
        }
        let plenty: Vec<i64> = catalog::all()
            .iter()
            .zip(&self.products)
            .filter(|(good, _)| good.stock > MIN_STOCK_TO_BUY)
            .map(|(_, id)| *id)
            .collect();
        let words = format!("order {customer} {nth}");
        let line = |salt| json!({"productId": plenty[hash_below(&words, salt, plenty.len())], "quantity": 1 + hash_below(&words, salt + 10, 2)});
        let lines: Vec<Value> = (0..1 + hash_below(&words, 20, 4)).map(line).collect();
        let mut body = json!({
            "items": lines, "payment": {"method": outcome.payment_token()},
            "shippingAddress": prices::home(Accounts::customer_name(customer), customer),
        });
        let client = self.accounts.customer(customer).await?;
        match nth {
            0 => body["discountCode"] = json!(prices::WELCOME_CODE),
            1 => body["shippingMethodId"] = prices::fastest_method(&client, customer).await?,
            2 => body["discountCode"] = json!(prices::AMOUNT_CODE),
            _ => {}
        }
        let request = ApiRequest::post("/api/orders", &body).with_idempotency_key(format!("demo {customer} {nth}"));
        let response = send(&client, &request).await?;
        let declined = response.status == 402;
        let mut body = response.expect_any(&[201, 402], "placing an order")?;
        self.orders[customer].push(if declined { body["order"].take() } else { body });
        Ok(())
    }

    /// Gives an order its next status, unless it has it or a later one.
    async fn update_order(&mut self, customer: usize, nth: usize, status: &'static str) -> anyhow::Result<()> {
        let order = &self.orders[customer][nth];
        let reached = order["status"].as_str().unwrap_or_default();
        let before = if status == "delivered" { "shipped" } else { "confirmed" };
        if reached != before {
            return Ok(());
        }
        let path = format!("/api/orders/{}", order["id"]);
        if status == "shipped" {
            let number = format!("LS{:08}", 10_000_000 + order["id"].as_i64().unwrap_or_default() * 7919);
            let tracking = json!({
                "carrier": "DHL", "trackingNumber": number, "trackingUrl": format!("https://tracking.example/{number}")
            });
            let shipment = ApiRequest::post(format!("{path}/fulfilments"), &tracking);
            let shipment = shipment.with_idempotency_key(format!("demo shipment {customer} {nth}"));
            send(&self.accounts.admin().await?, &shipment).await?.expect_any(&[201], &path)?;
        } else {
            let update = ApiRequest::put(&path, &json!({"status": status}));
            send(&self.accounts.admin().await?, &update).await?.expect_any(&[200], &path)?;
        }
        self.orders[customer][nth]["status"] = json!(status);
        Ok(())
    }

    /// One piece of an order's first product comes back. Both requests may be repeated.
    async fn return_piece(&mut self, customer: usize, nth: usize, step: ReturnStep) -> anyhow::Result<()> {
        let order = &self.orders[customer][nth];
        let path = format!("/api/orders/{}", order["id"]);
        let piece = json!([{"productId": order["items"][0]["productId"], "quantity": 1}]);
        if step == ReturnStep::Request {
            let wanted = json!({"items": piece, "reason": "It is lovely, but smaller than I thought."});
            let request = ApiRequest::post(format!("{path}/returns"), &wanted);
            let request = request.with_idempotency_key(format!("demo return {customer} {nth}"));
            // 409: it was requested before the load was interrupted.
            let client = self.accounts.customer(customer).await?;
            send(&client, &request).await?.expect_any(&[201, 409], &path)?;
            return Ok(());
        }
        let admin = self.accounts.admin().await?;
        let order = send(&admin, &ApiRequest::get(&path)).await?.expect_any(&[200], &path)?;
        let id = order["returns"][0]["id"].as_str().context("an order without its return")?;
        let received = json!({"status": "received", "restock": piece});
        send(&admin, &ApiRequest::put(format!("{path}/returns/{id}"), &received)).await?.expect_any(&[200], &path)?;
        Ok(())
    }

    /// The reviews that a customer writes in a stay.
    async fn write_reviews(&mut self, customer: usize, stay: usize) -> anyhow::Result<()> {
        for (index, product) in self.products.clone().into_iter().enumerate() {
            if timeline::review_stay(customer, index) != stay {
                continue;
            }
            let reviews = review_texts::compose_reviews(index, CUSTOMER_COUNT);
            for review in reviews.iter().filter(|review| review.customer == customer) {
                let body = json!({"productId": product, "rating": review.rating, "comment": review.comment});
                let client = self.accounts.customer(customer).await?;
                let response = send(&client, &ApiRequest::post("/api/reviews", &body)).await?;
                // 409: it was written before the load was interrupted.
                response.expect_any(&[201, 409], "writing a review")?;
                self.reviews += 1;
            }
        }
        Ok(())
    }

    /// Somebody views a product, and perhaps adds it to a basket. Each event has an id of its own, so
    /// that a repeated one is not counted twice.
    async fn visit(&mut self, number: usize, customer: Option<usize>) -> anyhow::Result<()> {
        let words = format!("visit {number}");
        let product = self.products[hash_below(&words, 0, self.products.len())];
        let visitor = match customer {
            Some(customer) => self.accounts.customer(customer).await?,
            None => self.accounts.visitor(),
        };
        let steps: &[&str] = match hash_below(&words, 2, 10) {
            0..=4 => &["product.view"],
            5..=7 => &["product.view", "basket.add"],
            _ => &["product.view", "basket.add", "checkout.start"],
        };
        for (nth, step) in steps.iter().enumerate() {
            let body = json!({"eventType": step, "eventId": event_id(number, nth), "metadata": {"productId": product}});
            let response = send(&visitor, &ApiRequest::post("/api/analytics/event", &body)).await?;
            response.expect_any(&[200, 201], "tracking an event")?;
            self.events += 1;
        }
        Ok(())
    }
}

/// Sends a request that may be repeated, until the shop can answer it: its stores have just started.
async fn send(client: &ApiClient, request: &ApiRequest) -> anyhow::Result<ApiResponse> {
    let mut attempt = 1;
    loop {
        let response = client.try_send(request).await?;
        if response.status != 503 || attempt == MAX_ATTEMPTS {
            return Ok(response);
        }
        attempt += 1;
        tokio::time::sleep(response.retry_after().unwrap_or(Duration::from_secs(1))).await;
    }
}

/// The same for the same step of the same visit.
fn event_id(visit: usize, step: usize) -> String {
    let mut bytes = *b"demo visit\0\0\0\0\0\0";
    bytes[11..15].copy_from_slice(&(visit as u32).to_be_bytes());
    bytes[15] = step as u8;
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// The ids of the demo products, in their order. Missing products are added.
pub(super) async fn ensure_products(
    shop: &ApiClient,
    admin: &ApiClient,
    mut on_progress: impl FnMut(usize),
) -> anyhow::Result<Vec<i64>> {
    let mut known = Vec::new();
    let mut categories: Vec<&str> = catalog::all().iter().map(|good| good.category.as_str()).collect();
    categories.dedup();
    for category in categories {
        let category = category.replace(' ', "%20").replace('&', "%26");
        known.extend(list(shop, &format!("/api/products?limit=100&category={category}")).await?);
    }
    let mut products = Vec::new();
    for good in catalog::all() {
        let there = known.iter().find(|product| product["name"] == good.name.as_str());
        let id = match there {
            Some(product) => product["id"].as_i64(),
            None => {
                let body = json!({
                    "name": good.name, "price": good.price, "description": good.description, "stock": good.stock,
                    "image": good.image_path(), "category": good.category,
                });
                let response = admin.try_send(&ApiRequest::post("/api/products", &body)).await?;
                response.expect_any(&[201], &good.name)?["id"].as_i64()
            }
        };
        products.push(id.context("a product without an id")?);
        on_progress(products.len());
    }
    Ok(products)
}

async fn list(client: &ApiClient, path: &str) -> anyhow::Result<Vec<Value>> {
    let response = client.try_send(&ApiRequest::get(path)).await?;
    let Value::Array(items) = response.expect_any(&[200], path)? else { return Ok(Vec::new()) };
    Ok(items)
}
