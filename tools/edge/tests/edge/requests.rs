//! For each operation, a request that succeeds, on a fresh object each time.

use edge::{Form, Request};
use serde_json::{Value, json};

use crate::world::World;

/// Whoever may make it makes it.
pub(crate) async fn of(world: &mut World, method: &str, template: &str) -> Request {
    let admin = world.admin.token.clone();
    let customer = world.customer.token.clone();
    let nonce = world.bed.clock.random() as u32;
    let request = |path: String| Request::new(method, &path);
    let plain = |body: Value| Request::new(method, template).json(&body);
    match (method, template) {
        ("POST", "/api/users/signup") => sign_up(nonce),
        ("POST", "/api/users/login") => {
            world.ask(&sign_up(nonce), Form::HttpApi).await;
            plain(json!({"email": format!("{nonce}@x.example"), "password": "correct horse"}))
        }
        ("POST", "/api/users/logout") => {
            let leaving = world.bed.customer().await;
            request(template.to_owned()).token(&leaving.token)
        }
        ("GET", "/api/users/{id}") => request(format!("/api/users/{}", world.customer.id)).token(&customer),
        ("POST", "/api/products") => plain(json!({"name": "Cup", "price": 5, "stock": 1})).token(&admin),
        ("PUT", "/api/products/{id}") => {
            let path = format!("/api/products/{}", world.product().await);
            request(path).json(&json!({"name": "Cup", "price": 5, "stock": 60})).token(&admin)
        }
        (_, "/api/products/{id}") => request(format!("/api/products/{}", world.product().await)).token(&admin),
        ("POST", "/api/orders") => {
            let items = json!([{"productId": world.product().await, "quantity": 1}]);
            plain(json!({"items": items})).token(&customer).header("idempotency-key", &nonce.to_string())
        }
        ("GET", "/api/orders/{id}") => {
            request(format!("/api/orders/{}", world.order("tok_visa").await["id"])).token(&customer)
        }
        ("PUT", "/api/orders/{id}") => {
            let path = format!("/api/orders/{}", world.order("tok_visa").await["id"]);
            request(path).json(&json!({"status": "cancelled"})).token(&customer)
        }
        ("POST", "/api/payments") => {
            plain(json!({"orderId": world.order("tok_declined").await["id"]})).token(&customer)
        }
        ("GET", "/api/payments/order/{orderId}") => {
            request(format!("/api/payments/order/{}", world.order("tok_visa").await["id"])).token(&customer)
        }
        ("GET", "/api/payments/{id}") => request(format!("/api/payments/{}", payment(world).await)).token(&customer),
        ("POST", "/api/payments/{id}/refund") => {
            request(format!("/api/payments/{}/refund", payment(world).await)).json(&json!({"all": true})).token(&admin)
        }
        ("PUT", "/api/inventory/{productId}") => {
            let path = format!("/api/inventory/{}", world.product().await);
            request(path).json(&json!({"quantity": 70})).token(&admin)
        }
        ("GET", "/api/inventory/{productId}/ledger") => {
            request(format!("/api/inventory/{}/ledger", world.product().await)).token(&admin)
        }
        ("POST", "/api/inventory/check") => {
            plain(json!({"items": [{"productId": world.product().await, "quantity": 1}]}))
        }
        ("POST", "/api/notifications") => {
            plain(json!({"userId": world.customer.id, "type": "newsletter"})).token(&admin)
        }
        ("GET", "/api/notifications/user/{userId}") => {
            request(format!("/api/notifications/user/{}", world.customer.id)).token(&customer)
        }
        ("PUT", "/api/notifications/{id}/read") => {
            request(format!("/api/notifications/{}/read", notification(world).await)).token(&customer)
        }
        ("POST", "/api/reviews") => {
            plain(json!({"productId": world.product().await, "rating": 4, "comment": "Good."})).token(&customer)
        }
        ("PUT", "/api/reviews/{id}") => {
            let path = format!("/api/reviews/{}", review(world).await);
            request(path).json(&json!({"rating": 2, "comment": "Hm."})).token(&customer)
        }
        ("DELETE", "/api/reviews/{id}") => request(format!("/api/reviews/{}", review(world).await)).token(&customer),
        ("POST", "/api/analytics/event") => plain(json!({"eventType": "product.view"})),
        ("GET", "/api/analytics/user/{userId}") => {
            request(format!("/api/analytics/user/{}", world.customer.id)).token(&customer)
        }
        (_, path) if path.contains("{productId}") => {
            request(path.replace("{productId}", &world.product().await.to_string())).token(&admin)
        }
        (_, path) => request(path.to_owned()).token(&admin),
    }
}

fn sign_up(nonce: u32) -> Request {
    let account = json!({"name": "Eve", "email": format!("{nonce}@x.example"), "password": "correct horse"});
    Request::new("POST", "/api/users/signup").json(&account)
}

async fn made(world: &mut World, request: Request) -> Value {
    let reply = world.ask(&request, Form::HttpApi).await;
    assert!(reply.status < 300, "{request:?}: {}", String::from_utf8_lossy(&reply.body));
    reply.json().unwrap()
}

async fn payment(world: &mut World) -> String {
    let order = world.order("tok_visa").await;
    let request = Request::new("GET", &format!("/api/payments/order/{}", order["id"])).token(&world.customer.token);
    made(world, request).await[0]["id"].as_str().unwrap().to_owned()
}

async fn review(world: &mut World) -> String {
    let request = Box::pin(of(world, "POST", "/api/reviews")).await;
    made(world, request).await["id"].as_str().unwrap().to_owned()
}

async fn notification(world: &mut World) -> String {
    let request = Box::pin(of(world, "POST", "/api/notifications")).await;
    made(world, request).await["id"].as_str().unwrap().to_owned()
}
