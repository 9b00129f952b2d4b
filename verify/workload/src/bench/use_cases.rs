//! The use cases, from reads to purchases.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use api_client::ApiRequest;
use serde_json::{Value, json};

use super::fixture::{BenchFixture, DISCOUNT_CODE, customer_address};
use super::goal::Goal;
use super::{Bench, Figures, Load, warm_up};

/// Reviews by one client; the rest of a product's reviews come from many.
const REVIEWS_BY_ONE: u32 = 200;
/// With those that warm up, one by each customer.
const REVIEWS: u32 = 900;
const LOGINS: u32 = 200;
const LOGIN_CLIENTS: u32 = 8;
/// Scheduled work counts events each minute.
const MAX_COUNTING_TIME: Duration = Duration::from_secs(180);

pub(super) async fn run(bench: &Bench<'_>, shop: &BenchFixture) -> Result<()> {
    let (all, some) = (bench.requests, bench.requests / 8);
    let read = ApiRequest::get(format!("/api/products/{}", shop.products[0]));
    repeat(bench, Load { name: "hot product", clients: 1, requests: all, goals: Vec::new() }, &read).await?;
    repeat(bench, Load { name: "hot product", clients: 32, requests: all, goals: Vec::new() }, &read).await?;
    let list = ApiRequest::get("/api/products?limit=20");
    repeat(bench, Load { name: "product list", clients: 32, requests: all, goals: Vec::new() }, &list).await?;
    log_in(bench).await?;
    place_orders(bench, shop, some, all).await?;
    review_and_list(bench, shop).await?;
    track_events(bench, shop, some, all).await
}

/// Goods only, as the first clients order; then to an address, with tax, shipping and a code.
async fn place_orders(bench: &Bench<'_>, shop: &BenchFixture, some: u32, all: u32) -> Result<()> {
    let items = json!([{"productId": shop.products[0], "quantity": 1}]);
    let send = |body: &Value| ApiRequest::post("/api/orders", body).with_token(&shop.admin);
    let plain = send(&json!({"items": items}));
    let goals = vec![Goal::Rate(250.0), Goal::App(2.0)];
    let one = repeat(bench, Load { name: "order", clients: 1, requests: some, goals }, &plain).await?;
    let goals = vec![Goal::Rate(460.0), Goal::App(1.0)];
    let many = repeat(bench, Load { name: "order", clients: 32, requests: all, goals }, &plain).await?;
    let complete = send(&json!({
        "items": items, "shippingAddress": shop.address, "shippingMethodId": shop.shipping_method,
        "discountCode": DISCOUNT_CODE, "email": "ada@load.example",
    }));
    for (clients, requests, plain) in [(1, some, one), (32, all, many)] {
        let goals = plain.map(|plain| Goal::Of(plain.cpu(), 1.3)).into_iter().collect();
        repeat(bench, Load { name: "order, complete", clients, requests, goals }, &complete).await?;
    }
    Ok(())
}

/// The same request again and again.
async fn repeat(bench: &Bench<'_>, load: Load, request: &ApiRequest) -> Result<Option<Figures>> {
    let send = async |_| bench.server.send(request).await.map(drop);
    bench.measure(load, send, async || Ok(())).await
}

async fn log_in(bench: &Bench<'_>) -> Result<()> {
    let log_in = async |number: u32| bench.server.log_in(&customer_address(number)).await.map(drop);
    let load = Load { name: "login", clients: LOGIN_CLIENTS, requests: LOGINS, goals: vec![Goal::Hashes(1.05)] };
    bench.measure(load, log_in, async || Ok(())).await.map(drop)
}

/// Each customer reviews one hot product, in each loop another one, and reads its newest reviews.
async fn review_and_list(bench: &Bench<'_>, shop: &BenchFixture) -> Result<()> {
    let tail = Goal::Tail(3.0);
    let loops = [
        ("review", 1, false, REVIEWS_BY_ONE, vec![]),
        ("review", 32, false, REVIEWS, vec![Goal::Inserts(1.5), tail]),
        ("review + list", 1, true, REVIEWS_BY_ONE, vec![]),
        ("review + list", 8, true, REVIEWS, vec![Goal::Rate(390.0), tail]),
        ("review + list", 32, true, REVIEWS, vec![Goal::Rate(454.0), tail]),
    ];
    for ((name, clients, lists, requests, goals), product) in loops.into_iter().zip(&shop.products[1..]) {
        let review = json!({"productId": product, "rating": 4, "comment": "As good as it was the last time."});
        let list = ApiRequest::get(format!("/api/reviews/product/{product}"));
        let request = async |number: u32| {
            let token = &shop.customers[number as usize];
            bench.server.send(&ApiRequest::post("/api/reviews", &review).with_token(token)).await?;
            if lists {
                bench.server.send(&list).await?;
            }
            Ok(())
        };
        bench.measure(Load { name, clients, requests, goals }, request, async || Ok(())).await?;
    }
    Ok(())
}

/// Events cost what their inserts and their aggregation cost: a loop ends once all are counted.
async fn track_events(bench: &Bench<'_>, shop: &BenchFixture, some: u32, all: u32) -> Result<()> {
    let event = json!({"eventType": "product.view", "metadata": {"productId": shop.products[0]}});
    let event = ApiRequest::post("/api/analytics/event", &event);
    for (clients, requests, goals) in [(1, some, vec![]), (32, all, vec![Goal::Rate(650.0), Goal::Inserts(1.5)])] {
        let before = counted_events(bench, shop).await?;
        let expected = std::cell::Cell::new(before);
        let settled = async || {
            // Called after the requests that warm up, and at the end.
            let sent = if expected.get() == before { warm_up(requests) } else { requests };
            expected.set(expected.get() + i64::from(sent));
            let until = Instant::now() + MAX_COUNTING_TIME;
            while counted_events(bench, shop).await? < expected.get() {
                anyhow::ensure!(Instant::now() < until, "events were not counted in {MAX_COUNTING_TIME:?}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        };
        let send = async |_| bench.server.send(&event).await.map(drop);
        bench.measure(Load { name: "analytics event", clients, requests, goals }, send, settled).await?;
    }
    Ok(())
}

/// The events on the dashboard.
async fn counted_events(bench: &Bench<'_>, shop: &BenchFixture) -> Result<i64> {
    let request = ApiRequest::get("/api/analytics/dashboard").with_token(&shop.admin);
    bench.server.send(&request).await?["totalEvents"].as_i64().context("no total")
}
