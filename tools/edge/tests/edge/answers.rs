//! Every operation of the API, answered by the function's program as the document says.

use edge::{Form, HTTP, Request};
use serde_json::json;

use crate::documented::{operations, wrong};
use crate::requests;
use crate::world::World;

/// The front door's own, which no function serves.
const ELSEWHERE: [&str; 2] = ["/health", "/openapi.json"];

#[tokio::test]
async fn every_operation_succeeds_as_documented() {
    let mut world = World::open().await;
    let document = openapi::document();
    let mut failed = Vec::new();
    for (method, template) in operations(&document) {
        if ELSEWHERE.contains(&template.as_str()) {
            continue;
        }
        let request = requests::of(&mut world, &method, &template).await;
        let reply = world.ask(&request, Form::HttpApi).await;
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        if !(200..300).contains(&reply.status) {
            failed.push(format!("{method} {template}: {} {body}", reply.status));
        } else if let Some(what) = wrong(&document, &method, &request.path, &reply) {
            failed.push(format!("{method} {template}: {what}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn every_function_refuses_as_documented() {
    let mut world = World::open().await;
    let document = openapi::document();
    for group in HTTP {
        let nothing = world.ask(&Request::new("GET", &format!("/api/{group}/no/such/page")), Form::HttpApi).await;
        assert_eq!(nothing.status, 404, "{group}");
        assert_eq!(nothing.json().unwrap()["code"], "not_found");
    }
    for (method, path, token, body, status) in [
        ("GET", "/api/users/me", None, None, 401),
        ("GET", "/api/orders", Some("not.a.token"), None, 401),
        ("POST", "/api/orders", None, Some(json!({})), 401),
        ("GET", "/api/products/none", None, None, 400),
        ("POST", "/api/inventory/check", None, Some(json!({"items": "none"})), 400),
        ("GET", "/api/reviews/product/1?limit=1000", None, None, 400),
        ("GET", "/api/analytics/dashboard", None, None, 401),
    ] {
        let mut request = Request::new(method, path);
        if let Some(token) = token {
            request = request.token(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = world.ask(&request, Form::HttpApi).await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(wrong(&document, method, &request.path, &reply), None, "{method} {path}");
    }
}
