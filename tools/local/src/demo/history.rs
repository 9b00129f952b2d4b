//! The demo orders, reviews and visits, each created through the API.
//!
//! Every step first looks for what exists, so that an interrupted load continues.

use anyhow::Context;
use api_client::{ApiClient, ApiRequest};
use serde_json::{Value, json};

use super::catalog;
use super::review_texts::{self, hash_below};

/// The orders of each customer, by the customer's index.
const ORDERS_BY_CUSTOMER: [&[OrderOutcome]; 7] = [
    &[OrderOutcome::Delivered, OrderOutcome::Shipped],
    &[OrderOutcome::Delivered, OrderOutcome::Confirmed],
    &[OrderOutcome::Delivered],
    &[OrderOutcome::Cancelled, OrderOutcome::Delivered],
    &[OrderOutcome::Shipped],
    &[OrderOutcome::Declined, OrderOutcome::Confirmed],
    &[OrderOutcome::Delivered, OrderOutcome::Delivered],
];
/// Only products with enough stock are ordered, so that the demo orders sell out none.
const MIN_STOCK_TO_BUY: u32 = 20;
const VISITS: usize = 160;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OrderOutcome {
    Confirmed,
    Shipped,
    Delivered,
    Cancelled,
    /// The card was declined.
    Declined,
}

impl OrderOutcome {
    fn payment_token(self) -> &'static str {
        if self == Self::Declined { "tok_declined" } else { "tok_visa" }
    }

    /// The status changes after the order is placed.
    fn status_changes(self) -> &'static [&'static str] {
        match self {
            Self::Confirmed | Self::Declined => &[],
            Self::Shipped => &["shipped"],
            Self::Delivered => &["shipped", "delivered"],
            Self::Cancelled => &["cancelled"],
        }
    }
}

/// `products` are the ids of the demo products, in their order.
pub(super) async fn place_orders(
    admin: &ApiClient,
    customers: &[ApiClient],
    products: &[i64],
) -> anyhow::Result<usize> {
    let mut count = 0;
    for (index, customer) in customers.iter().enumerate() {
        let mut placed = list(customer, "/api/orders?limit=100").await?;
        placed.reverse();
        for (nth, outcome) in ORDERS_BY_CUSTOMER[index % ORDERS_BY_CUSTOMER.len()].iter().enumerate() {
            let order = match placed.get(nth) {
                Some(order) => order.clone(),
                None => place_order(customer, index, nth, *outcome, products).await?,
            };
            advance_order(admin, order, *outcome).await?;
            count += 1;
        }
    }
    Ok(count)
}

async fn place_order(
    customer: &ApiClient,
    customer_index: usize,
    order_index: usize,
    outcome: OrderOutcome,
    products: &[i64],
) -> anyhow::Result<Value> {
    let plenty: Vec<i64> = catalog::all()
        .iter()
        .zip(products)
        .filter(|(good, _)| good.stock > MIN_STOCK_TO_BUY)
        .map(|(_, id)| *id)
        .collect();
    let words = format!("order {customer_index} {order_index}");
    let line = |salt| json!({"productId": plenty[hash_below(&words, salt, plenty.len())], "quantity": 1 + hash_below(&words, salt + 10, 2)});
    let lines: Vec<Value> = (0..1 + hash_below(&words, 20, 4)).map(line).collect();
    let body = json!({"items": lines, "payment": {"method": outcome.payment_token()}});
    let response = customer.try_send(&ApiRequest::post("/api/orders", &body)).await?;
    let declined = response.status == 402;
    let mut body = response.expect_any(&[201, 402], "placing an order")?;
    Ok(if declined { body["order"].take() } else { body })
}

/// Updates an order to its final status from any earlier one.
async fn advance_order(admin: &ApiClient, order: Value, outcome: OrderOutcome) -> anyhow::Result<()> {
    let reached = order["status"].as_str().unwrap_or_default();
    let changes = outcome.status_changes();
    let remaining = changes.iter().position(|status| *status == reached).map_or(changes, |place| &changes[place + 1..]);
    for status in remaining {
        let path = format!("/api/orders/{}", order["id"]);
        let update = ApiRequest::put(&path, &json!({"status": status}));
        admin.try_send(&update).await?.expect_any(&[200], &path)?;
    }
    Ok(())
}

/// Returns how many reviews the product has.
pub(super) async fn write_reviews(
    customers: &[ApiClient],
    product_index: usize,
    product: i64,
) -> anyhow::Result<usize> {
    let reviews = review_texts::compose_reviews(product_index, customers.len());
    for opinion in &reviews {
        let body = json!({"productId": product, "rating": opinion.rating, "comment": opinion.comment});
        let response = customers[opinion.customer].try_send(&ApiRequest::post("/api/reviews", &body)).await?;
        // 409: it was written before the load was interrupted.
        response.expect_any(&[201, 409], "writing a review")?;
    }
    Ok(reviews.len())
}

/// Visitors view products, and some add them to a basket. Each event has an id of its own, so that a
/// repeated one is not counted twice.
pub(super) async fn track_visits(shop: &ApiClient, customers: &[ApiClient], products: &[i64]) -> anyhow::Result<usize> {
    let mut count = 0;
    for visit in 0..VISITS {
        let words = format!("visit {visit}");
        let product = products[hash_below(&words, 0, products.len())];
        // Every other visitor is not signed in.
        let visitor = if visit % 2 == 0 { shop } else { &customers[hash_below(&words, 1, customers.len())] };
        let steps: &[&str] = match hash_below(&words, 2, 10) {
            0..=4 => &["product.view"],
            5..=7 => &["product.view", "basket.add"],
            _ => &["product.view", "basket.add", "checkout.start"],
        };
        for (nth, step) in steps.iter().enumerate() {
            let body = json!({"eventType": step, "eventId": event_id(visit, nth), "metadata": {"productId": product}});
            let response = visitor.try_send(&ApiRequest::post("/api/analytics/event", &body)).await?;
            response.expect_any(&[200, 201], "tracking an event")?;
            count += 1;
        }
    }
    Ok(count)
}

/// The same for the same step of the same visit.
fn event_id(visit: usize, step: usize) -> String {
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = hash_below(&format!("event {visit} {step}"), place, 256) as u8;
    }
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
