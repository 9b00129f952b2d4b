//! One request, four event sources, one response.

use std::collections::BTreeSet;

use lambda_harness::{EventSource, HttpRequest, HttpResponse};
use serde_json::json;

use crate::harness::Harness;

/// Equal except for the order of a link's parameters, which some event sources pass as a map.
fn normalize(mut reply: HttpResponse) -> (HttpResponse, BTreeSet<String>) {
    let link = reply.headers.remove("link").unwrap_or_default();
    let (path, rest) = link.split_once('?').unwrap_or((&link, ""));
    let mut parts: BTreeSet<String> = rest.trim_end_matches(">; rel=\"next\"").split('&').map(str::to_owned).collect();
    parts.insert(path.to_owned());
    (reply, parts)
}

async fn same_from_every_source(world: &mut Harness, request: &HttpRequest) -> HttpResponse {
    let request = request.clone().header("x-request-id", "same").header("origin", "http://localhost:5173");
    let reply = world.send(&request, EventSource::HttpApi).await;
    for form in EventSource::ALL {
        let other = world.send(&request, form).await;
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
        let added = HttpRequest::new("POST", "/api/products").json(&product).bearer(&admin);
        assert_eq!(world.send(&added, EventSource::HttpApi).await.status, 201);
    }
    let order = world.place_order("tok_visa").await;
    let get = |path: &str| HttpRequest::new("GET", path);
    for (request, status) in [
        (get("/api/products"), 200),
        (get("/api/products?q=caf%C3%A9%20%26&limit=1"), 200),
        (get("/api/products?category=Tea+%26+more&sort=-price&limit=2"), 200),
        (get("/api/products?minPrice=5&maxPrice=5.00&inStock=true"), 200),
        (get("/api/products?limit=0"), 400),
        (get("/api/products/1"), 200),
        (get("/api/products/1").header("if-none-match", "*"), 304),
        (get("/api/products/999999"), 404),
        (get("/api/products/%31"), 200),
        (get(&format!("/api/orders/{}", order["id"])).bearer(&customer), 200),
        (get("/api/orders?status=confirmed&limit=10").bearer(&customer), 200),
        (get("/api/orders"), 401),
        (get("/api/users/me").bearer(&customer), 200),
        (get("/api/users/me").bearer("x.y.z"), 401),
        (get("/.well-known/jwks.json"), 200),
        (get("/api/payments/health"), 200),
        (get("/api/notifications/user/0"), 401),
        (get("/api/reviews/product/1/summary"), 200),
        (get("/api/analytics/dashboard?days=400").bearer(&admin), 400),
        (HttpRequest::new("PATCH", "/api/products/1"), 405),
        (HttpRequest::new("OPTIONS", "/api/orders").header("access-control-request-method", "POST"), 200),
    ] {
        let reply = same_from_every_source(&mut world, &request).await;
        assert_eq!(reply.status, status, "{request:?}: {}", String::from_utf8_lossy(&reply.body));
    }
}

/// Everything after the first `=` is the value: accepted, or rejected by name.
#[tokio::test]
async fn a_value_with_an_equals_sign_is_accepted_or_rejected_alike_from_every_event_source() {
    let mut world = Harness::new().await;
    let admin = world.admin.token.clone();
    for name in ["Tea=1", "Tea"] {
        let product = json!({"name": name, "price": 5, "category": format!("{name}=")});
        let added = HttpRequest::new("POST", "/api/products").json(&product).bearer(&admin);
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
        let request = HttpRequest::new("GET", &format!("/api/products?{query}"));
        let reply = same_from_every_source(&mut world, &request).await;
        let body = reply.json().unwrap();
        let found: Vec<&str> = body.as_array().unwrap().iter().filter_map(|product| product["name"].as_str()).collect();
        assert_eq!((reply.status, found), (200, names), "{query}");
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
        let reply = same_from_every_source(&mut world, &HttpRequest::new("GET", path).bearer(&admin)).await;
        assert_eq!((reply.status, &reply.json().unwrap()["errors"][0]["field"]), (400, &json!(field)), "{path}");
    }
}

/// The load balancer's own limit, for the responses that the programs write:
/// [`HttpResponse::parse`] checks it.
#[tokio::test]
async fn a_long_list_fits_every_event_source() {
    let mut world = Harness::new().await;
    let admin = world.admin.token.clone();
    for number in 0..40 {
        let product = json!({"name": format!("Tea {number}"), "price": 5, "description": "\"".repeat(10_000)});
        let added = HttpRequest::new("POST", "/api/products").json(&product).bearer(&admin);
        assert_eq!(world.send(&added, EventSource::HttpApi).await.status, 201);
    }
    let reply = same_from_every_source(&mut world, &HttpRequest::new("GET", "/api/products?limit=100")).await;
    assert!(reply.headers["link"].contains("cursor=") && reply.body.len() > 400_000, "{} bytes", reply.body.len());
}

/// A load balancer without multi-value headers sends the last of several values; the others send
/// all.
#[tokio::test]
async fn a_repeated_parameter_is_rejected_where_the_event_shows_it() {
    let mut world = Harness::new().await;
    let twice = HttpRequest::new("GET", "/api/products?limit=1&limit=2");
    for form in EventSource::ALL {
        let status = world.send(&twice, form).await.status;
        assert_eq!(status, if form == EventSource::Alb { 200 } else { 400 }, "{form:?}");
    }
}

#[tokio::test]
async fn bodies_arrive_whole_in_text_and_in_base64() {
    let mut world = Harness::new().await;
    let admin = world.admin.token.clone();
    let product = world.create_product().await;
    let check = json!({"items": [{"productId": product, "quantity": 1}]});
    let check = HttpRequest::new("POST", "/api/inventory/check").json(&check);
    let plain = same_from_every_source(&mut world, &check).await;
    assert_eq!((plain.status, &plain.json().unwrap()["available"]), (200, &json!(true)));
    assert_eq!(same_from_every_source(&mut world, &check.base64_encoded()).await, plain);

    // A name that no encoding on the way may change.
    for form in EventSource::ALL {
        for encoded in [false, true] {
            let name = format!("Ж \"ü\" 🫖 {form:?} {encoded}");
            let add = json!({"name": name, "price": 5});
            let add = HttpRequest::new("POST", "/api/products").json(&add).bearer(&admin);
            let added = world.send(&if encoded { add.base64_encoded() } else { add }, form).await;
            assert_eq!((added.status, &added.json().unwrap()["name"]), (201, &json!(name)));
        }
    }
    for (bytes, encoded, status) in
        [(b"{\"items\":".to_vec(), false, 400), (vec![0xff, 0xfe, 0x00], true, 400), (vec![b' '; 300_000], false, 413)]
    {
        let mut request = HttpRequest::new("POST", "/api/inventory/check").header("content-type", "application/json");
        request.body = Some((bytes, encoded));
        assert_eq!(same_from_every_source(&mut world, &request).await.status, status);
    }
    let text = HttpRequest { body: Some((b"{}".to_vec(), false)), ..HttpRequest::new("POST", "/api/inventory/check") };
    assert_eq!(same_from_every_source(&mut world, &text.header("content-type", "text/plain")).await.status, 415);
}
