//! Every operation of the API: the function's program responds as documented.

use lambda_harness::{EventSource, HTTP_FUNCTIONS, HttpRequest};
use serde_json::json;

use crate::harness::Harness;
use crate::openapi_check::{operations, response_mismatch};
use crate::requests;

/// The server's own routes, which no function serves.
const NOT_FUNCTION_ROUTES: [&str; 2] = ["/health", "/openapi.json"];

#[tokio::test]
async fn every_operation_succeeds_as_documented() {
    let mut world = Harness::new().await;
    let document = api::document();
    let mut failed = Vec::new();
    for (method, template) in operations(&document) {
        if NOT_FUNCTION_ROUTES.contains(&template.as_str()) {
            continue;
        }
        let request = requests::valid_request(&mut world, &method, &template).await;
        let reply = world.send(&request, EventSource::HttpApi).await;
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        if !(200..300).contains(&reply.status) {
            failed.push(format!("{method} {template}: {} {body}", reply.status));
        } else if let Some(what) = response_mismatch(&document, &method, &request.path, &reply) {
            failed.push(format!("{method} {template}: {what}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn every_function_rejects_as_documented() {
    let mut world = Harness::new().await;
    let document = api::document();
    for group in HTTP_FUNCTIONS {
        let nothing =
            world.send(&HttpRequest::new("GET", &format!("/api/{group}/no/such/page")), EventSource::HttpApi).await;
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
        let mut request = HttpRequest::new(method, path);
        if let Some(token) = token {
            request = request.bearer(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = world.send(&request, EventSource::HttpApi).await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(response_mismatch(&document, method, &request.path, &reply), None, "{method} {path}");
    }
}
