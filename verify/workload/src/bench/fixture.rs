//! The shop that a benchmark runs on: an admin, products, and customers.

use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result};
use api_client::ApiRequest;
use serde_json::{Value, json};

use super::{Args, Bench, Load, warm_up};

/// Customers that sign up; each can review a product once.
pub(super) const SIGN_UPS: u32 = 1_000;
const SIGN_UP_CLIENTS: u32 = 8;
const ADMIN: &str = "bench-admin@load.example";
/// Enough stock for every order of a run.
const INITIAL_STOCK: u32 = 1_000_000;
const PRODUCTS: u32 = 60;
/// Without a limit: its row is locked by each order that uses it.
pub(super) const DISCOUNT_CODE: &str = "BENCH";

pub(super) struct BenchFixture {
    /// The first is bought; the others are there to be listed and reviewed.
    pub(super) products: Vec<i64>,
    pub(super) admin: String,
    /// In a country with a tax rate.
    pub(super) address: Value,
    /// One that costs something.
    pub(super) shipping_method: i64,
    /// A token for each customer; theirs is the address with the same number.
    pub(super) customers: Vec<String>,
}

impl BenchFixture {
    pub(super) async fn create(bench: &Bench<'_>, args: &Args) -> Result<Self> {
        let server = bench.server;
        server.sign_up(ADMIN).await.context("the stores are not empty")?;
        let promoted = Command::new(&args.server).arg("make-admin").arg("--dir").arg(&args.dir).arg(ADMIN).output()?;
        anyhow::ensure!(promoted.status.success(), "make-admin: {}", String::from_utf8_lossy(&promoted.stderr));
        let admin = server.log_in(ADMIN).await?;
        let mut products = Vec::new();
        for n in 0..PRODUCTS {
            let body = json!({"name": format!("Load {n}"), "price": 9.99, "stock": INITIAL_STOCK, "category": "Load", "description": "A product to put load on."});
            let made = server.send(&ApiRequest::post("/api/products", &body).with_token(&admin)).await?;
            products.push(made["id"].as_i64().context("no id")?);
        }
        let add = async |kind: &str, rule: Value| {
            server.send(&ApiRequest::post(format!("/api/orders/{kind}"), &rule).with_token(&admin)).await
        };
        add("tax-rates", json!({"country": "DE", "percentage": 19})).await?;
        add("discounts", json!({"code": DISCOUNT_CODE, "percentage": 10})).await?;
        let method =
            add("shipping-methods", json!({"name": "Express", "price": 4.9, "minDays": 1, "maxDays": 2})).await?;
        let shipping_method = method["id"].as_i64().context("no id")?;
        let address = json!({
            "name": "Ada Lovelace", "line1": "Invalidenstr. 116", "city": "Berlin", "postalCode": "10115", "country": "DE",
        });
        let customers = Mutex::new(Vec::new());
        let sign_up = async |number: u32| {
            let token = server.sign_up(&customer_address(number)).await?;
            customers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((number, token));
            Ok(())
        };
        // Not left out by `--only`: others need the customers.
        let every = Bench { only: None, floor: bench.floor, ..*bench };
        let requests = SIGN_UPS - warm_up(SIGN_UPS);
        let load = Load { name: "sign-up", clients: SIGN_UP_CLIENTS, requests, goals: Vec::new() };
        every.measure(load, sign_up, async || Ok(())).await?;
        let mut customers = customers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        customers.sort_unstable();
        Ok(Self {
            products,
            admin,
            address,
            shipping_method,
            customers: customers.into_iter().map(|(_, token)| token).collect(),
        })
    }
}

/// The address of a customer.
pub(super) fn customer_address(number: u32) -> String {
    format!("customer-{number}@load.example")
}
