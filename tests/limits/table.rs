//! The table of limits: every route has a class, and the documented numbers are the enforced ones.

use std::collections::BTreeSet;

use domain::rate_limits::{BucketLocation, DEFAULT_LIMITS, RateLimit, RequestClass};
use serde_json::{Value, json};
use tests::root;

const PAGE: &str = "docs/limits.md";

/// The local server's own routes, served from memory; no function serves them.
const LOCAL_SERVER_ROUTES: [&str; 2] = ["/health", "/openapi.json"];

fn expected_extension(class: RequestClass) -> Value {
    let limits = DEFAULT_LIMITS.iter().filter(|limit| limit.class == class);
    let limits: Vec<Value> = limits
        .map(|RateLimit { scope, rate, .. }| json!({"per": scope.as_str(), "requests": rate.requests, "seconds": rate.seconds}))
        .collect();
    let counted = match class.bucket_location() {
        BucketLocation::Shared => "together",
        BucketLocation::PerInstance => "per instance",
    };
    json!({"class": class.as_str(), "counted": counted, "limits": limits})
}

/// Method, path and operation of each route.
fn operations() -> Vec<(String, String, Value)> {
    let document = api::document();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}

#[test]
fn every_route_is_in_a_class_and_says_its_numbers() {
    let mut used = BTreeSet::new();
    for (method, path, operation) in operations() {
        if LOCAL_SERVER_ROUTES.contains(&path.as_str()) {
            continue;
        }
        let limit = &operation["x-rate-limit"];
        let class = RequestClass::ALL.iter().copied().find(|class| limit["class"] == class.as_str());
        let class = class.unwrap_or_else(|| panic!("{method} {path} has no limit"));
        assert_eq!(limit, &expected_extension(class), "{method} {path}");
        let rejected = &operation["responses"]["429"];
        assert!(rejected["headers"]["Retry-After"].is_object(), "{method} {path}: {rejected}");
        for RateLimit { rate, .. } in DEFAULT_LIMITS.iter().filter(|limit| limit.class == class) {
            let numbers = format!("{} in {} s", rate.requests, rate.seconds);
            assert!(rejected["description"].as_str().unwrap().contains(&numbers), "{method} {path}: {rejected}");
        }
        // Writes are counted over all instances, and so is everything that hashes or charges.
        let reads = method == "GET" || ["/api/inventory/check", "/api/orders/quote"].contains(&path.as_str());
        assert!(reads || class.bucket_location() == BucketLocation::Shared, "{method} {path}");
        assert!(
            method != "GET" || class.bucket_location() == BucketLocation::PerInstance,
            "{path} waits for Redis to be counted"
        );
        used.insert(class.as_str());
    }
    assert_eq!(used, RequestClass::ALL.iter().map(|class| class.as_str()).collect(), "a class without a route");
}

/// The rows that the document must have, verbatim.
fn expected_rows() -> Vec<String> {
    let routes = |class: RequestClass| -> String {
        let of_class =
            operations().into_iter().filter(|(.., operation)| operation["x-rate-limit"]["class"] == class.as_str());
        let named: Vec<String> = of_class.map(|(method, path, _)| format!("`{method} {path}`")).collect();
        match class {
            RequestClass::Read => "every other `GET`, `POST /api/inventory/check`, `POST /api/orders/quote`".to_owned(),
            RequestClass::Write => "every other `POST`, `PUT` and `DELETE`".to_owned(),
            RequestClass::Readiness => "`GET /api/<group>/ready`".to_owned(),
            _ => named.join(", "),
        }
    };
    DEFAULT_LIMITS
        .iter()
        .map(|RateLimit { class, scope, rate }| {
            let counted = match class.bucket_location() {
                BucketLocation::Shared => "all instances",
                BucketLocation::PerInstance => "each instance",
            };
            let name = format!("{}.{}", class.as_str(), scope.as_str());
            format!("| `{name}` | {} in {} s | {counted} | {} |", rate.requests, rate.seconds, routes(*class))
        })
        .collect()
}

#[test]
fn the_page_has_a_row_for_each_limit_of_the_code_and_no_other() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let there: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(there, expected_rows(), "{PAGE} must have these rows:\n{}\n", expected_rows().join("\n"));
}
