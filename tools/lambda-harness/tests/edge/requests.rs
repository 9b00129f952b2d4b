//! For each operation, a request that succeeds, on a new object each time.

use lambda_harness::{EventSource, HttpRequest};
use serde_json::{Value, json};

use crate::harness::Harness;

/// Sent by a caller who may do it.
pub(crate) async fn valid_request(world: &mut Harness, method: &str, template: &str) -> HttpRequest {
    let admin = world.admin.token.clone();
    let customer = world.customer.token.clone();
    let nonce = world.env.clock.random() as u32;
    let request = |path: String| HttpRequest::new(method, &path);
    let plain = |body: Value| HttpRequest::new(method, template).json(&body);
    match (method, template) {
        ("POST", "/api/users/signup") => signup_request(nonce),
        ("POST", "/api/users/login") => {
            world.send(&signup_request(nonce), EventSource::HttpApi).await;
            plain(json!({"email": format!("{nonce}@x.example"), "password": "correct horse"}))
        }
        ("POST", "/api/users/logout") => {
            let leaving = world.env.customer().await;
            request(template.to_owned()).bearer(&leaving.token)
        }
        ("GET", "/api/users/{id}") => request(format!("/api/users/{}", world.customer.id)).bearer(&customer),
        ("POST", "/api/products") => plain(json!({"name": "Cup", "price": 5, "stock": 1})).bearer(&admin),
        ("PUT", "/api/products/{id}") => {
            let path = format!("/api/products/{}", world.create_product().await);
            request(path).json(&json!({"name": "Cup", "price": 5, "stock": 60})).bearer(&admin)
        }
        (_, "/api/products/{id}") => request(format!("/api/products/{}", world.create_product().await)).bearer(&admin),
        ("POST", "/api/orders") => {
            let items = json!([{"productId": world.create_product().await, "quantity": 1}]);
            plain(json!({"items": items})).bearer(&customer).header("idempotency-key", &nonce.to_string())
        }
        ("GET", "/api/orders/{id}") => {
            request(format!("/api/orders/{}", world.place_order("tok_visa").await["id"])).bearer(&customer)
        }
        ("PUT", "/api/orders/{id}") => {
            let path = format!("/api/orders/{}", world.place_order("tok_visa").await["id"]);
            request(path).json(&json!({"status": "cancelled"})).bearer(&customer)
        }
        ("POST", "/api/payments") => {
            plain(json!({"orderId": world.place_order("tok_declined").await["id"]})).bearer(&customer)
        }
        ("GET", "/api/payments/order/{orderId}") => {
            request(format!("/api/payments/order/{}", world.place_order("tok_visa").await["id"])).bearer(&customer)
        }
        ("GET", "/api/payments/{id}") => {
            request(format!("/api/payments/{}", create_payment(world).await)).bearer(&customer)
        }
        ("POST", "/api/payments/{id}/refund") => {
            request(format!("/api/payments/{}/refund", create_payment(world).await))
                .json(&json!({"all": true}))
                .bearer(&admin)
        }
        ("PUT", "/api/inventory/{productId}") => {
            let path = format!("/api/inventory/{}", world.create_product().await);
            request(path).json(&json!({"quantity": 70})).bearer(&admin)
        }
        ("GET", "/api/inventory/{productId}/ledger") => {
            request(format!("/api/inventory/{}/ledger", world.create_product().await)).bearer(&admin)
        }
        ("POST", "/api/inventory/check") => {
            plain(json!({"items": [{"productId": world.create_product().await, "quantity": 1}]}))
        }
        ("POST", "/api/notifications") => {
            plain(json!({"userId": world.customer.id, "type": "newsletter"})).bearer(&admin)
        }
        ("GET", "/api/notifications/user/{userId}") => {
            request(format!("/api/notifications/user/{}", world.customer.id)).bearer(&customer)
        }
        ("PUT", "/api/notifications/{id}/read") => {
            request(format!("/api/notifications/{}/read", create_notification(world).await)).bearer(&customer)
        }
        ("POST", "/api/reviews") => {
            plain(json!({"productId": world.create_product().await, "rating": 4, "comment": "Good."})).bearer(&customer)
        }
        ("PUT", "/api/reviews/{id}") => {
            let path = format!("/api/reviews/{}", create_review(world).await);
            request(path).json(&json!({"rating": 2, "comment": "Hm."})).bearer(&customer)
        }
        ("DELETE", "/api/reviews/{id}") => {
            request(format!("/api/reviews/{}", create_review(world).await)).bearer(&customer)
        }
        ("POST", "/api/analytics/event") => plain(json!({"eventType": "product.view"})),
        ("GET", "/api/analytics/user/{userId}") => {
            request(format!("/api/analytics/user/{}", world.customer.id)).bearer(&customer)
        }
        (_, path) if path.contains("{productId}") => {
            request(path.replace("{productId}", &world.create_product().await.to_string())).bearer(&admin)
        }
        (_, path) => request(path.to_owned()).bearer(&admin),
    }
}

fn signup_request(nonce: u32) -> HttpRequest {
    let account = json!({"name": "Eve", "email": format!("{nonce}@x.example"), "password": "correct horse"});
    HttpRequest::new("POST", "/api/users/signup").json(&account)
}

async fn create(world: &mut Harness, request: HttpRequest) -> Value {
    let reply = world.send(&request, EventSource::HttpApi).await;
    assert!(reply.status < 300, "{request:?}: {}", String::from_utf8_lossy(&reply.body));
    reply.json().unwrap()
}

async fn create_payment(world: &mut Harness) -> String {
    let order = world.place_order("tok_visa").await;
    let request =
        HttpRequest::new("GET", &format!("/api/payments/order/{}", order["id"])).bearer(&world.customer.token);
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
