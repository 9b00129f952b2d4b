//! Every operation of the API responds as the OpenAPI document says.

use api::Samples;
use api_client::ApiRequest;
use http::Method;
use lambda_events::EventSource;
use lambda_harness::HTTP_FUNCTIONS;
use serde_json::json;

use crate::harness::Harness;
use crate::openapi_check::response_mismatch;
use crate::requests;

#[tokio::test]
async fn every_operation_succeeds_as_documented() {
    let mut world = Harness::new().await;
    let (document, samples) = (api::document(), Samples::default());
    let mut failed = Vec::new();
    for route in api::routes() {
        let (method, template) = (&route.method, &route.path);
        let request = requests::valid_request(&mut world, &samples, &route).await;
        let reply = world.send(&request, EventSource::HttpApi).await;
        if !reply.status.is_success() {
            failed.push(format!("{method} {template}: {reply}"));
        } else if let Some(what) = response_mismatch(&document, method, request.path(), &reply) {
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
        let nothing = world.send(&ApiRequest::get(format!("/api/{group}/no/such/page")), EventSource::HttpApi).await;
        assert_eq!(nothing.status, 404, "{group}");
        assert_eq!(nothing.error_code(), "not_found");
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
        let mut request = ApiRequest::new(Method::from_bytes(method.as_bytes()).unwrap(), path);
        if let Some(token) = token {
            request = request.with_token(token);
        }
        if let Some(body) = body {
            request = request.with_json(&body);
        }
        let reply = world.send(&request, EventSource::HttpApi).await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(response_mismatch(&document, method, request.path(), &reply), None, "{method} {path}");
    }
}
