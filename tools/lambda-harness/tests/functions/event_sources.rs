//! The same request gets the same response from every event source.

use std::collections::BTreeSet;

use api_client::{ApiRequest, ApiResponse};
use http::Method;
use lambda_events::{EventContext, EventSource};
use serde_json::json;

use crate::harness::Harness;

/// The response without its link, and the parts of the link: some event sources change the order of
/// its parameters.
fn normalize(mut reply: ApiResponse) -> (ApiResponse, BTreeSet<String>) {
    let link = reply.header("link").to_owned();
    reply.headers.remove("link");
    let (path, rest) = link.split_once('?').unwrap_or((&link, ""));
    let mut parts: BTreeSet<String> = rest.trim_end_matches(">; rel=\"next\"").split('&').map(str::to_owned).collect();
    parts.insert(path.to_owned());
    (reply, parts)
}

async fn same_from_every_source(world: &mut Harness, request: &ApiRequest) -> ApiResponse {
    same_in_context(world, request, &EventContext::default()).await
}

async fn same_in_base64(world: &mut Harness, request: &ApiRequest) -> ApiResponse {
    same_in_context(world, request, &EventContext { base64_body: true, ..EventContext::default() }).await
}

async fn same_in_context(world: &mut Harness, request: &ApiRequest, context: &EventContext) -> ApiResponse {
    let request = request.clone().with_header("x-request-id", "same").with_header("origin", "http://localhost:5173");
    let reply = world.send_in(&request, EventSource::HttpApi, context).await;
    for form in EventSource::ALL {
        let other = world.send_in(&request, form, context).await;
        assert_eq!(normalize(other), normalize(reply.clone()), "{request:?} as {form:?}");
    }
    reply
}

#[tokio::test]
async fn reads_and_errors_are_the_same_from_every_event_source() {
    let mut world = Harness::new().await;
    let (customer, admin) = (world.customer.token.clone(), world.admin.token.clone());
    for name in ["Café & tea", "Tea 100%", "Tea+cup"] {
        let product = json!({"name": name, "price": 5, "stock": 3, "category": "Tea & more"});
        let added = ApiRequest::post("/api/products", &product).with_token(&admin);
        assert_eq!(world.send(&added, EventSource::HttpApi).await.status, 201);
    }
    let order = world.place_order("tok_visa").await;
    let get = |path: &str| ApiRequest::get(path);
    for (request, status) in [
        (get("/api/products"), 200),
        (get("/api/products?q=caf%C3%A9%20%26&limit=1"), 200),
        (get("/api/products?category=Tea+%26+more&sort=-price&limit=2"), 200),
        (get("/api/products?minPrice=5&maxPrice=5.00&inStock=true"), 200),
        (get("/api/products?limit=0"), 400),
        (get("/api/products/1"), 200),
        (get("/api/products/1").with_header("if-none-match", "*"), 304),
        (get("/api/products/999999"), 404),
        (get("/api/products/%31"), 200),
        (get(&format!("/api/orders/{}", order["id"])).with_token(&customer), 200),
        (get("/api/orders?status=confirmed&limit=10").with_token(&customer), 200),
        (get("/api/orders"), 401),
        (get("/api/users/me").with_token(&customer), 200),
        (get("/api/users/me").with_token("x.y.z"), 401),
        (get("/.well-known/jwks.json"), 200),
        (get("/api/payments/health"), 200),
        (get("/api/notifications/user/0"), 401),
        (get("/api/reviews/product/1/summary"), 200),
        (get("/api/analytics/dashboard?days=400").with_token(&admin), 400),
        (ApiRequest::new(Method::PATCH, "/api/products/1"), 405),
        (ApiRequest::new(Method::OPTIONS, "/api/orders").with_header("access-control-request-method", "POST"), 200),
    ] {
        let reply = same_from_every_source(&mut world, &request).await;
        assert_eq!(reply.status, status, "{request:?}: {}", reply.text());
    }
}

/// Everything after the first `=` is the value: accepted, or rejected with its parameter's name.
#[tokio::test]
async fn a_value_with_an_equals_sign_is_accepted_or_rejected_alike_from_every_event_source() {
    let mut world = Harness::new().await;
    let admin = world.admin.token.clone();
    for name in ["Tea=1", "Tea"] {
        let product = json!({"name": name, "price": 5, "category": format!("{name}=")});
        let added = ApiRequest::post("/api/products", &product).with_token(&admin);
        assert_eq!(world.send(&added, EventSource::HttpApi).await.status, 201);
    }
    for (query, names) in [
        ("q=nothing=", vec![]),
        ("q=tea=1", vec!["Tea=1"]),
        ("q=tea=", vec!["Tea", "Tea=1"]),
        ("q=tea%3D", vec!["Tea", "Tea=1"]),
        ("category=Tea=", vec!["Tea"]),
        ("category=Tea%3D", vec!["Tea"]),
        ("category=Tea=1=&limit=", vec!["Tea=1"]),
        ("q&category=&minPrice=&limit=10", vec!["Tea", "Tea=1"]),
    ] {
        let request = ApiRequest::get(format!("/api/products?{query}"));
        let reply = same_from_every_source(&mut world, &request).await;
        let body = reply.json();
        let found: Vec<&str> = body.as_array().unwrap().iter().filter_map(|product| product["name"].as_str()).collect();
        assert_eq!((reply.status.as_u16(), found), (200, names), "{query}");
    }
    for (path, field) in [
        ("/api/products?minPrice=99999999=", "minPrice"),
        ("/api/products?inStock=true=", "inStock"),
        ("/api/products?limit==3", "limit"),
        ("/api/products?sort=name=", "sort"),
        ("/api/products?cursor=eyJuZXdlc3QiOjd9=", "cursor"),
        ("/api/products?cursor=eyJuZXdlc3QiOjd9%3D%3D", "cursor"),
        ("/api/analytics/dashboard?days=30=", "days"),
    ] {
        let reply = same_from_every_source(&mut world, &ApiRequest::get(path).with_token(&admin)).await;
        assert_eq!(reply.status, 400, "{path}");
        assert_eq!(reply.json()["errors"][0]["field"], field, "{path}");
    }
}

/// A load balancer's limit, which `EventSource::parse_response` checks.
#[tokio::test]
async fn a_long_list_fits_every_event_source() {
    let mut world = Harness::new().await;
    let admin = world.admin.token.clone();
    for number in 0..40 {
        let product = json!({"name": format!("Tea {number}"), "price": 5, "description": "\"".repeat(10_000)});
        let added = ApiRequest::post("/api/products", &product).with_token(&admin);
        assert_eq!(world.send(&added, EventSource::HttpApi).await.status, 201);
    }
    let reply = same_from_every_source(&mut world, &ApiRequest::get("/api/products?limit=100")).await;
    assert!(reply.header("link").contains("cursor=") && reply.bytes.len() > 400_000, "{} bytes", reply.bytes.len());
}

/// A load balancer without multi-value headers hands over only the last value.
#[tokio::test]
async fn a_repeated_parameter_is_rejected_where_the_event_shows_it() {
    let mut world = Harness::new().await;
    let twice = ApiRequest::get("/api/products?limit=1&limit=2");
    for form in EventSource::ALL {
        let status = world.send(&twice, form).await.status;
        assert_eq!(status.as_u16(), if form == EventSource::Alb { 200 } else { 400 }, "{form:?}");
    }
}

#[tokio::test]
async fn bodies_arrive_whole_in_text_and_in_base64() {
    let mut world = Harness::new().await;
    let admin = world.admin.token.clone();
    let product = world.create_product().await;
    let check = json!({"items": [{"productId": product, "quantity": 1}]});
    let check = ApiRequest::post("/api/inventory/check", &check);
    let plain = same_from_every_source(&mut world, &check).await;
    assert_eq!(plain.status, 200);
    assert_eq!(plain.json()["available"], true);
    assert_eq!(same_in_base64(&mut world, &check).await, plain);

    // A name that no encoding on the way may change.
    for form in EventSource::ALL {
        for base64_body in [false, true] {
            let name = format!("Ж \"ü\" 🫖 {form:?} {base64_body}");
            let add = ApiRequest::post("/api/products", &json!({"name": name, "price": 5})).with_token(&admin);
            let context = EventContext { base64_body, ..EventContext::default() };
            let added = world.send_in(&add, form, &context).await.expect(201);
            assert_eq!(added.json()["name"], json!(name));
        }
    }
    let check = |body: Vec<u8>, media: &str| {
        ApiRequest::new(Method::POST, "/api/inventory/check").with_body(body).with_header("content-type", media)
    };
    let json = "application/json";
    assert_eq!(same_from_every_source(&mut world, &check(b"{\"items\":".to_vec(), json)).await.status, 400);
    assert_eq!(same_in_base64(&mut world, &check(vec![0xff, 0xfe, 0x00], json)).await.status, 400);
    assert_eq!(same_from_every_source(&mut world, &check(vec![b' '; 300_000], json)).await.status, 413);
    assert_eq!(same_from_every_source(&mut world, &check(b"{}".to_vec(), "text/plain")).await.status, 415);
}
