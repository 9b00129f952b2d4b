//! What the demo shop sets for its prices, and where its customers live.

use anyhow::Context;
use api_client::{ApiClient, ApiRequest};
use serde_json::{Value, json};

/// Ten percent off, once for each customer.
pub(super) const WELCOME_CODE: &str = "WELCOME10";
/// An amount off, a hundred times in all.
pub(super) const AMOUNT_CODE: &str = "TEATIME5";

/// Street, postal code, city and country of each customer, by the customer's index.
const HOMES: [(&str, &str, &str, &str); 7] = [
    ("Kastanienallee 12", "10435", "Berlin", "DE"),
    ("Sendlinger Straße 8", "80331", "München", "DE"),
    ("Neubaugasse 21", "1070", "Wien", "AT"),
    ("Alter Steinweg 4", "20459", "Hamburg", "DE"),
    ("Getreidegasse 30", "5020", "Salzburg", "AT"),
    ("Königsallee 60", "40212", "Düsseldorf", "DE"),
    ("Rue Oberkampf 44", "75011", "Paris", "FR"),
];

/// The address of a customer.
pub(super) fn home(name: &str, customer: usize) -> Value {
    let (line1, postal_code, city, country) = HOMES[customer % HOMES.len()];
    json!({"name": name, "line1": line1, "postalCode": postal_code, "city": city, "country": country})
}

/// Sets taxes of two countries, three shipping methods and two discount codes; what is there stays.
pub(super) async fn set_prices(admin: &ApiClient) -> anyhow::Result<()> {
    let settings = json!({
        "currency": "EUR", "homeCountry": "DE", "pricesIncludeTax": true, "addressRequired": false,
        "returnDays": 30, "name": "Lambda Shop",
        "address": {"line1": "Hafenstraße 1", "postalCode": "20457", "city": "Hamburg", "country": "DE"}
    });
    put(admin, "/api/orders/settings", &settings).await?;
    for (country, category, percentage) in [("DE", None, 19), ("DE", Some("Tea & Coffee"), 7), ("AT", None, 20)] {
        let rate = json!({"country": country, "category": category, "percentage": percentage});
        add(admin, "/api/orders/tax-rates", &rate).await?;
    }
    // Besides the first method of every shop, which is free and delivers everywhere.
    for (name, price, countries, days) in
        [("Express", 9.9, json!(["DE", "AT"]), (1, 2)), ("Express worldwide", 24.9, json!([]), (2, 4))]
    {
        let method =
            json!({"name": name, "price": price, "countries": countries, "minDays": days.0, "maxDays": days.1});
        add(admin, "/api/orders/shipping-methods", &method).await?;
    }
    let welcome = json!({"code": WELCOME_CODE, "percentage": 10, "maxUsesPerCustomer": 1});
    add(admin, "/api/orders/discounts", &welcome).await?;
    add(admin, "/api/orders/discounts", &json!({"code": AMOUNT_CODE, "amount": 5, "maxUses": 100})).await
}

/// The fastest method that delivers to a customer.
pub(super) async fn fastest_method(shop: &ApiClient, customer: usize) -> anyhow::Result<Value> {
    let (.., country) = HOMES[customer % HOMES.len()];
    let path = format!("/api/orders/shipping-methods?country={country}");
    let methods = shop.try_send(&ApiRequest::get(&path)).await?.expect_any(&[200], &path)?;
    let fastest = methods.as_array().into_iter().flatten().min_by_key(|method| method["maxDays"].as_i64());
    Ok(fastest.context("a shop without shipping methods")?["id"].clone())
}

async fn put(admin: &ApiClient, path: &str, body: &Value) -> anyhow::Result<()> {
    admin.try_send(&ApiRequest::put(path, body)).await?.expect_any(&[200], path).map(drop)
}

async fn add(admin: &ApiClient, path: &str, body: &Value) -> anyhow::Result<()> {
    // 409: it was added before the load was interrupted.
    admin.try_send(&ApiRequest::post(path, body)).await?.expect_any(&[201, 409], path).map(drop)
}
