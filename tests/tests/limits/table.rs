//! The table of limits: every route has a class, and what is written of them is what is counted.

use std::collections::BTreeSet;

use domain::limits::{Class, Counted, DEFAULTS, Limit};
use serde_json::{Value, json};
use tests::root;

const PAGE: &str = "docs/limits.md";

/// The local server's own, which it answers from memory; no function serves them.
const OF_THE_LOCAL_SERVER: [&str; 2] = ["/health", "/openapi.json"];

fn documented(class: Class) -> Value {
    let limits = DEFAULTS.iter().filter(|limit| limit.class == class);
    let limits: Vec<Value> = limits
        .map(|Limit { scope, rate, .. }| json!({"per": scope.as_str(), "requests": rate.requests, "seconds": rate.seconds}))
        .collect();
    let counted = match class.counted() {
        Counted::Together => "together",
        Counted::PerInstance => "per instance",
    };
    json!({"class": class.as_str(), "counted": counted, "limits": limits})
}

/// Method, path and operation of each route.
fn operations() -> Vec<(String, String, Value)> {
    let document = openapi::document();
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
        if OF_THE_LOCAL_SERVER.contains(&path.as_str()) {
            continue;
        }
        let limit = &operation["x-rate-limit"];
        let class = Class::ALL.into_iter().find(|class| limit["class"] == class.as_str());
        let class = class.unwrap_or_else(|| panic!("{method} {path} has no limit"));
        assert_eq!(limit, &documented(class), "{method} {path}");
        let refused = &operation["responses"]["429"];
        assert!(refused["headers"]["Retry-After"].is_object(), "{method} {path}: {refused}");
        for Limit { rate, .. } in DEFAULTS.iter().filter(|limit| limit.class == class) {
            let numbers = format!("{} in {} s", rate.requests, rate.seconds);
            assert!(refused["description"].as_str().unwrap().contains(&numbers), "{method} {path}: {refused}");
        }
        // What writes is counted over all instances, and so is whatever hashes or charges.
        assert!(method == "GET" || path == "/api/inventory/check" || class.counted() == Counted::Together);
        assert!(method != "GET" || class.counted() == Counted::PerInstance, "{path} waits for Redis to be counted");
        used.insert(class.as_str());
    }
    assert_eq!(used, Class::ALL.iter().map(|class| class.as_str()).collect(), "a class without a route");
}

/// The rows that the page must have, in its words.
fn rows() -> Vec<String> {
    let routes = |class: Class| -> String {
        let of_class =
            operations().into_iter().filter(|(.., operation)| operation["x-rate-limit"]["class"] == class.as_str());
        let named: Vec<String> = of_class.map(|(method, path, _)| format!("`{method} {path}`")).collect();
        match class {
            Class::Read => "every other `GET`, `POST /api/inventory/check`".to_owned(),
            Class::Write => "every other `POST`, `PUT` and `DELETE`".to_owned(),
            Class::Readiness => "`GET /api/<group>/ready`".to_owned(),
            _ => named.join(", "),
        }
    };
    DEFAULTS
        .iter()
        .map(|Limit { class, scope, rate }| {
            let counted = match class.counted() {
                Counted::Together => "all instances",
                Counted::PerInstance => "each instance",
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
    assert_eq!(there, rows(), "{PAGE} must have these rows:\n{}\n", rows().join("\n"));
}
