//! What a shop charges besides its goods: an admin prepares it for a load, and customers choose of it.

use anyhow::{Context, Result, ensure};
use api_client::ApiRequest;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::balancer::Balancer;

/// Without a limit; with one use for each customer, which most of them use up; with few uses for all,
/// which cancelled orders give back.
const CODES: [&str; 3] = ["LOAD10", "LOADONCE", "LOADFEW"];
const FEW_USES: u32 = 200;

const METHOD: &str = "Load Express";

/// A shipping method that costs something.
#[derive(Deserialize)]
struct Method {
    id: i64,
    name: String,
}

/// Adds tax rates, a shipping method and discount codes, unless they are there. Returns the method's id.
pub(super) async fn prepare(shop: &Balancer, admin: &str) -> Result<i64> {
    let [unlimited, once, few] = CODES;
    let rules = [
        ("tax-rates", json!({"country": "DE", "percentage": 19})),
        ("tax-rates", json!({"country": "AT", "percentage": 20})),
        ("shipping-methods", json!({"name": METHOD, "price": 4.9, "freeAbove": 150, "minDays": 1, "maxDays": 2})),
        ("discounts", json!({"code": unlimited, "percentage": 10})),
        ("discounts", json!({"code": once, "amount": 5, "maxUsesPerCustomer": 1})),
        ("discounts", json!({"code": few, "percentage": 25, "maxUses": FEW_USES})),
    ];
    for (kind, rule) in rules {
        let request = ApiRequest::post(format!("/api/orders/{kind}"), &rule).with_token(admin);
        let response = shop.send_until_available(&request).await?;
        let exists = response.status == 409 && response.error_code().ends_with("_taken");
        ensure!(response.status == 201 || exists, "POST /api/orders/{kind}: {response}");
    }
    let request = ApiRequest::get("/api/orders/shipping-methods?all=true").with_token(admin);
    let methods: Vec<Method> = shop.send_until_available(&request).await?.parse()?;
    Ok(methods.into_iter().find(|method| method.name == METHOD).context("no shipping method")?.id)
}

/// Where an order goes, perhaps by a method that is not the cheapest, perhaps with a code: members of
/// its request.
pub(super) fn choose(rng: &mut StdRng, method: Option<i64>) -> Map<String, Value> {
    let (city, postal_code, country) =
        if rng.random_bool(0.5) { ("Berlin", "10115", "DE") } else { ("Wien", "1010", "AT") };
    let mut chosen = Map::new();
    let address = json!({
        "name": "Lou Load", "line1": "Teststr. 1", "city": city, "postalCode": postal_code, "country": country,
    });
    chosen.insert("shippingAddress".to_owned(), address);
    if rng.random_bool(0.4) {
        chosen.extend(method.map(|method| ("shippingMethodId".to_owned(), json!(method))));
    }
    if rng.random_bool(0.6) {
        chosen.extend(CODES.choose(rng).map(|code| ("discountCode".to_owned(), json!(code))));
    }
    chosen
}
