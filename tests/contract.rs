//! The contract in three forms that must agree: the table of 28 routes, the OpenAPI document, the routers.

use std::collections::{BTreeSet, HashSet};

use http::Method;
use serde_json::{Map, Value, json};
use tests::{Shop, root};

/// The routes that clients of the shop were written against, and which of them need no token. The rest of the
/// routes may change with the code (docs/routes.md); these are a contract and written down here.
const ROUTES: &str = "
    POST   /api/users/signup                    public
    POST   /api/users/login                     public
    GET    /api/users/me
    GET    /api/users/{id}
    GET    /api/products                        public
    GET    /api/products/{id}                   public
    POST   /api/products
    PUT    /api/products/{id}
    DELETE /api/products/{id}
    POST   /api/orders
    GET    /api/orders
    GET    /api/orders/{id}
    PUT    /api/orders/{id}
    POST   /api/payments
    GET    /api/payments/{id}
    GET    /api/payments/order/{orderId}
    GET    /api/inventory/{productId}           public
    POST   /api/inventory/check                 public
    PUT    /api/inventory/{productId}
    POST   /api/notifications
    GET    /api/notifications/user/{userId}
    GET    /api/reviews/product/{productId}     public
    POST   /api/reviews
    PUT    /api/reviews/{id}
    DELETE /api/reviews/{id}
    POST   /api/analytics/event                 public
    GET    /api/analytics/dashboard
    GET    /api/analytics/user/{userId}
";

const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// Method, path and operation of every route in the document.
fn operations(document: &Value) -> Vec<(String, String, &Map<String, Value>)> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().expect("an item");
            item.iter().filter_map(move |(method, operation)| {
                Some((method.to_uppercase(), path.clone(), operation.as_object()?))
            })
        })
        .collect()
}

#[test]
fn the_document_has_the_28_routes_of_the_contract_and_asks_for_a_token_where_that_does() {
    let document = api::document();
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let rows: Vec<Vec<&str>> = ROUTES.lines().map(|line| line.split_whitespace().collect()).collect();
    let rows: Vec<_> = rows.into_iter().filter(|words| !words.is_empty()).collect();
    assert_eq!(rows.len(), 28);
    for words in rows {
        let operation = &document["paths"][words[1]][words[0].to_lowercase()];
        assert!(operation.is_object(), "{words:?} is not documented");
        let requirements = operation["security"].as_array().map_or(&[][..], Vec::as_slice);
        // An empty requirement beside the bearer's: the token is optional.
        let required = !requirements.is_empty() && requirements.iter().all(|one| one.get("bearer").is_some());
        assert_eq!(required, words.get(2).is_none(), "{words:?}");
    }
}

#[test]
fn every_operation_says_what_a_client_must_know() {
    let document = api::document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = HashSet::new();
    for (method, path, operation) in operations(&document) {
        let route = format!("{method} {path}");
        let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
        assert!(ids.insert(text("operationId").to_owned()), "{route}: {} is there twice", text("operationId"));
        assert!(!text("summary").is_empty(), "{route} has no summary");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{route} never succeeds");
        if path.starts_with("/api/") {
            let problem = &responses["default"]["content"]["application/problem+json"];
            assert!(problem.is_object(), "{route} does not say how it fails");
        }
        let described = path.matches('{').count();
        let parameters = operation.get("parameters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(in_path, described, "{route} describes its path wrongly");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(name, value)| match value {
                Value::String(text) if name == "$ref" => found.push(text),
                value => references(value, found),
            }),
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = api::document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "only {} references", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn the_committed_document_is_that_of_the_code() {
    let committed =
        std::fs::read_to_string(root().join("docs/openapi.json")).expect("docs/openapi.json: run `make openapi`");
    let current = format!("{}\n", serde_json::to_string_pretty(&api::document()).unwrap());
    assert!(committed == current, "docs/openapi.json is out of date: run `make openapi`");
}

#[tokio::test]
async fn the_server_answers_every_route_and_no_other_method() {
    let shop = Shop::open().await.client();
    let document = api::document();
    let documented = operations(&document).into_iter();
    let routes: BTreeSet<_> = documented.map(|(method, path, _)| (method, path)).collect();
    for path in routes.iter().map(|(_, path)| path).collect::<BTreeSet<_>>() {
        let allowed: Vec<&str> =
            METHODS.into_iter().filter(|m| routes.contains(&((*m).to_owned(), path.clone()))).collect();
        // No object has this id, so that nothing is changed.
        let real =
            path.replace("{id}", "0").replace("{productId}", "0").replace("{userId}", "0").replace("{orderId}", "0");
        for method in METHODS {
            let reply = shop.send(Method::from_bytes(method.as_bytes()).unwrap(), &real, None).await;
            if allowed.contains(&method) {
                let text = reply.text();
                assert!(reply.status != 405 && !text.contains("no such page"), "{method} {path}: {text}");
                continue;
            }
            // A path of letters may match another route's parameter: `/api/users/me` is
            // `/api/users/{id}`.
            assert!([400, 401, 404, 405].contains(&reply.status.as_u16()), "{method} {path}: {}", reply.status);
            if reply.status == 405 {
                let mut listed: Vec<&str> =
                    reply.header("allow").split(',').map(str::trim).filter(|m| *m != "HEAD").collect();
                listed.sort_unstable();
                assert!(allowed.iter().all(|method| listed.contains(method)), "{path}: Allow says {listed:?}");
            }
        }
    }
}

/// The metrics of the whole shop, for Prometheus.
#[tokio::test]
async fn the_server_shows_its_metrics() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let product = shop.add_product(&admin, "Mug", 5.0, 10).await;
    let value = async |name: &str| -> f64 {
        let reply = shop.client().get("/metrics").await.expect(200);
        assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let text = reply.text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    };
    let confirmed = "shop_orders_placed_total{outcome=\"confirmed\"}";
    let (orders, misses, hits) =
        (value(confirmed).await, value("shop_cache_misses_total").await, value("shop_cache_hits_total").await);
    let order = json!({"items": [{"productId": product, "quantity": 1}]});
    admin.post("/api/orders", order).await.expect(201);
    shop.client().get(&format!("/api/products/{product}")).await.expect(200);
    shop.client().get(&format!("/api/products/{product}")).await.expect(200);
    assert!(value(confirmed).await >= orders + 1.0);
    assert!(value("shop_saga_step_millis_count{step=\"charge\"}").await >= 1.0);
    assert!(value("shop_cache_misses_total").await >= misses + 1.0);
    assert!(value("shop_cache_hits_total").await >= hits + 1.0);
}

#[tokio::test]
async fn the_server_shows_the_openapi_document_its_ui_and_the_public_keys() {
    let shop = Shop::open().await.client();
    let document = shop.get("/openapi.json").await.expect(200);
    assert_eq!(document.json(), api::document());
    let again = shop.with_header("if-none-match", document.header("etag")).get("/openapi.json").await;
    assert_eq!(again.status, 304);

    let page = shop.get("/docs").await.expect(200);
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    let text = page.text();
    for file in text.split('"').filter(|text| text.starts_with("/docs/")) {
        assert!(!shop.get(file).await.expect(200).header("content-type").is_empty(), "{file}");
    }
    assert!(!text.contains("://"), "nothing is fetched from elsewhere");

    let keys = shop.get("/.well-known/jwks.json").await.expect(200).json();
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    assert!(keys["keys"][0].get("d").is_none(), "the private part stays here");

    let picture = shop.get("/images/stoneware-mug.svg").await.expect(200);
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert!(picture.header("cache-control").contains("immutable"));
    // Other paths are pages of the storefront if it is built, which itself shows that it has no
    // such page.
    for missing in
        ["/images/none.svg", "/images/..%2fdocs.html", "/api/nothing", "/docs/nothing.js", "/assets/nothing.js"]
    {
        let reply = shop.get(missing).await.expect(404);
        assert_eq!(reply.header("content-type"), "application/problem+json", "{missing}");
    }
}
