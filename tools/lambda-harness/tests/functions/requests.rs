//! For each operation, a request that succeeds, on a new object each time.

use api_client::ApiRequest;
use http::Method;
use lambda_events::EventSource;
use serde_json::{Value, json};

use crate::harness::Harness;

/// Sent by a caller who may send it.
pub(crate) async fn valid_request(world: &mut Harness, method: &str, template: &str) -> ApiRequest {
    let admin = world.admin.token.clone();
    let customer = world.customer.token.clone();
    let nonce = world.env.clock.random() as u32;
    let verb = Method::from_bytes(method.as_bytes()).unwrap();
    let request = |path: String| ApiRequest::new(verb.clone(), path);
    let plain = |body: Value| request(template.to_owned()).with_json(&body);
    match (method, template) {
        ("POST", "/api/users/signup") => signup_request(nonce),
        ("POST", "/api/users/login") => {
            world.send(&signup_request(nonce), EventSource::HttpApi).await;
            plain(json!({"email": format!("{nonce}@x.example"), "password": "correct horse"}))
        }
        ("POST", "/api/users/logout") => {
            let leaving = world.env.customer().await;
            request(template.to_owned()).with_token(&leaving.token)
        }
        ("GET", "/api/users/{id}") => request(format!("/api/users/{}", world.customer.id)).with_token(&customer),
        ("POST", "/api/products") => plain(json!({"name": "Cup", "price": 5, "stock": 1})).with_token(&admin),
        ("PUT", "/api/products/{id}") => {
            let path = format!("/api/products/{}", world.create_product().await);
            request(path).with_json(&json!({"name": "Cup", "price": 5, "stock": 60})).with_token(&admin)
        }
        (_, "/api/products/{id}") => {
            request(format!("/api/products/{}", world.create_product().await)).with_token(&admin)
        }
        ("POST", "/api/orders") => {
            let items = json!([{"productId": world.create_product().await, "quantity": 1}]);
            plain(json!({"items": items})).with_token(&customer).with_idempotency_key(nonce.to_string())
        }
        ("GET", "/api/orders/{id}") => {
            request(format!("/api/orders/{}", world.place_order("tok_visa").await["id"])).with_token(&customer)
        }
        ("PUT", "/api/orders/{id}") => {
            let path = format!("/api/orders/{}", world.place_order("tok_visa").await["id"]);
            request(path).with_json(&json!({"status": "cancelled"})).with_token(&customer)
        }
        ("POST", "/api/payments") => {
            plain(json!({"orderId": world.place_order("tok_declined").await["id"]})).with_token(&customer)
        }
        ("GET", "/api/payments/order/{orderId}") => {
            request(format!("/api/payments/order/{}", world.place_order("tok_visa").await["id"])).with_token(&customer)
        }
        ("GET", "/api/payments/{id}") => {
            request(format!("/api/payments/{}", create_payment(world).await)).with_token(&customer)
        }
        ("POST", "/api/payments/{id}/refund") => {
            request(format!("/api/payments/{}/refund", create_payment(world).await))
                .with_json(&json!({"all": true}))
                .with_token(&admin)
        }
        ("PUT", "/api/inventory/{productId}") => {
            let path = format!("/api/inventory/{}", world.create_product().await);
            request(path).with_json(&json!({"quantity": 70})).with_token(&admin)
        }
        ("GET", "/api/inventory/{productId}/ledger") => {
            request(format!("/api/inventory/{}/ledger", world.create_product().await)).with_token(&admin)
        }
        ("POST", "/api/inventory/check") => {
            plain(json!({"items": [{"productId": world.create_product().await, "quantity": 1}]}))
        }
        ("POST", "/api/notifications") => {
            plain(json!({"userId": world.customer.id, "type": "newsletter"})).with_token(&admin)
        }
        ("GET", "/api/notifications/user/{userId}") => {
            request(format!("/api/notifications/user/{}", world.customer.id)).with_token(&customer)
        }
        ("PUT", "/api/notifications/{id}/read") => {
            request(format!("/api/notifications/{}/read", create_notification(world).await)).with_token(&customer)
        }
        ("POST", "/api/reviews") => {
            plain(json!({"productId": world.create_product().await, "rating": 4, "comment": "Good."}))
                .with_token(&customer)
        }
        ("PUT", "/api/reviews/{id}") => {
            let path = format!("/api/reviews/{}", create_review(world).await);
            request(path).with_json(&json!({"rating": 2, "comment": "Hm."})).with_token(&customer)
        }
        ("DELETE", "/api/reviews/{id}") => {
            request(format!("/api/reviews/{}", create_review(world).await)).with_token(&customer)
        }
        ("POST", "/api/analytics/event") => plain(json!({"eventType": "product.view"})),
        ("GET", "/api/analytics/user/{userId}") => {
            request(format!("/api/analytics/user/{}", world.customer.id)).with_token(&customer)
        }
        (_, path) if path.contains("{productId}") => {
            request(path.replace("{productId}", &world.create_product().await.to_string())).with_token(&admin)
        }
        (_, path) => request(path.to_owned()).with_token(&admin),
    }
}

fn signup_request(nonce: u32) -> ApiRequest {
    let account = json!({"name": "Eve", "email": format!("{nonce}@x.example"), "password": "correct horse"});
    ApiRequest::post("/api/users/signup", &account)
}

async fn create(world: &mut Harness, request: ApiRequest) -> Value {
    let reply = world.send(&request, EventSource::HttpApi).await;
    assert!(reply.status.is_success(), "{request:?}: {reply}");
    reply.json()
}

async fn create_payment(world: &mut Harness) -> String {
    let order = world.place_order("tok_visa").await;
    let request = ApiRequest::get(format!("/api/payments/order/{}", order["id"])).with_token(&world.customer.token);
    create(world, request).await[0]["id"].as_str().unwrap().to_owned()
}

async fn create_review(world: &mut Harness) -> String {
    let request = Box::pin(valid_request(world, "POST", "/api/reviews")).await;
    create(world, request).await["id"].as_str().unwrap().to_owned()
}

async fn create_notification(world: &mut Harness) -> String {
    let request = Box::pin(valid_request(world, "POST", "/api/notifications")).await;
    create(world, request).await["id"].as_str().unwrap().to_owned()
}
