//! What all writing routes have in common: the ETag of a read is the one that its write compares,
//! and every request that a client may be told to repeat is safe to repeat.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::{HttpClient, Shop};

/// Method and path of every operation, with its document.
fn operations() -> BTreeMap<(String, String), Value> {
    let document = api::document();
    let paths = document["paths"].as_object().unwrap().clone();
    let mut operations = BTreeMap::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            operations.insert((method.to_uppercase(), path.clone()), operation.clone());
        }
    }
    operations
}

fn has_header(operation: &Value, name: &str) -> bool {
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    parameters.iter().any(|parameter| {
        parameter["in"] == "header" && parameter["name"].as_str().unwrap_or_default().eq_ignore_ascii_case(name)
    })
}

/// Why a request without a key may be repeated after a lost response.
const SAFE_TO_REPEAT: [(&str, &str, &str); 12] = [
    ("POST", "/api/users/signup", "an email address is taken once"),
    ("POST", "/api/users/login", "one more session, which ends by itself"),
    ("POST", "/api/users/logout", "a session ends once"),
    ("PUT", "/api/products/{id}", "the whole resource"),
    ("DELETE", "/api/products/{id}", "gone is gone"),
    ("PUT", "/api/orders/{id}", "a status, which is reached once"),
    ("POST", "/api/inventory/check", "changes nothing"),
    ("PUT", "/api/notifications/{id}/read", "read is read"),
    ("POST", "/api/reviews", "one per user and product"),
    ("PUT", "/api/reviews/{id}", "the whole resource"),
    ("DELETE", "/api/reviews/{id}", "gone is gone"),
    ("POST", "/api/analytics/event", "an eventId is counted once"),
];

/// Routes with an idempotency key.
const TAKES_IDEMPOTENCY_KEY: [(&str, &str); 6] = [
    ("POST", "/api/orders"),
    ("POST", "/api/payments"),
    ("POST", "/api/payments/{id}/refund"),
    ("POST", "/api/notifications"),
    ("POST", "/api/products"),
    ("PUT", "/api/inventory/{productId}"),
];

#[test]
fn whatever_is_not_safe_to_repeat_by_itself_takes_a_key() {
    let writes = operations().into_iter().filter(|((method, _), _)| method != "GET");
    for ((method, path), operation) in writes {
        let route = (method.as_str(), path.as_str());
        let keyed = has_header(&operation, "Idempotency-Key");
        assert_eq!(keyed, TAKES_IDEMPOTENCY_KEY.contains(&route), "{method} {path}: does it take an Idempotency-Key?");
        let safe = SAFE_TO_REPEAT.iter().any(|(method, path, _)| route == (*method, *path));
        assert!(keyed || safe, "{method} {path} is neither safe to repeat nor does it take a key");
    }
}

#[test]
fn each_resource_that_is_read_and_written_says_that_it_compares_etags() {
    let operations = operations();
    let read: BTreeSet<&str> =
        operations.keys().filter(|(method, _)| method == "GET").map(|(_, path)| path.as_str()).collect();
    for ((method, path), operation) in &operations {
        if method == "PUT" && read.contains(path.as_str()) {
            assert!(has_header(operation, "If-Match"), "PUT {path} says nothing of If-Match");
            assert!(RESOURCES.contains(&path.as_str()), "PUT {path} has no row in the test below");
        }
    }
}

/// Every path that is both read and written.
const RESOURCES: [&str; 3] = ["/api/products/{id}", "/api/orders/{id}", "/api/inventory/{productId}"];

/// Uses the ETag of a read, or of the previous write, for the next write: it is accepted once.
async fn round_trip(admin: &HttpClient, path: &str, bodies: [Value; 3]) {
    let [first, second, third] = bodies;
    let read = admin.get(path).await.expect(200).header("etag").to_owned();
    let with = |tag: &str| admin.with_header("if-match", tag);
    let written = with(&read).put(path, first.clone()).await.expect(200);
    let tag = written.header("etag").to_owned();
    assert_ne!(tag, read, "{path}");
    assert_eq!(admin.get(path).await.expect(200).header("etag"), tag, "{path}: PUT's tag is GET's tag");
    with(&read).put(path, second.clone()).await.expect(412);
    with(&tag).put(path, second).await.expect(200);
    with(&tag).put(path, third.clone()).await.expect(412);
    with("*").put(path, third).await.expect(200);
}

#[tokio::test]
async fn the_tag_of_a_read_is_the_tag_of_its_write() {
    let shop = Shop::open().await;
    let (admin, ada) = (shop.admin().await, shop.customer().await);
    let product = shop.add_product(&admin, "Tagged teapot", 20.0, 9).await;
    let order = json!({"items": [{"productId": product, "quantity": 1}]});
    let order = ada.post("/api/orders", order).await.expect(201).json()["id"].clone();
    let tea = |price: i32| json!({"name": "Tagged teapot", "price": price, "stock": price});
    round_trip(&admin, &format!("/api/products/{product}"), [tea(21), tea(22), tea(23)]).await;
    round_trip(&admin, &format!("/api/inventory/{product}"), [1, 2, 3].map(|n| json!({"quantity": n}))).await;

    // An order has fewer status changes.
    let path = format!("/api/orders/{order}");
    let read = admin.get(&path).await.expect(200).header("etag").to_owned();
    let shipped = admin.with_header("if-match", &read).put(&path, json!({"status": "shipped"})).await.expect(200);
    let tag = shipped.header("etag").to_owned();
    assert_eq!(admin.get(&path).await.expect(200).header("etag"), tag);
    assert_eq!(ada.get(&path).await.expect(200).header("etag"), tag);
    admin.with_header("if-match", &read).put(&path, json!({"status": "delivered"})).await.expect(412);
    admin.with_header("if-match", &tag).put(&path, json!({"status": "delivered"})).await.expect(200);

    // Reviews are read in lists; their own ETag comes with each write.
    let review = json!({"productId": product, "rating": 4, "comment": "Fine."});
    let written = ada.post("/api/reviews", review).await.expect(201);
    let path = format!("/api/reviews/{}", written.json()["id"].as_str().unwrap());
    let changed = |rating: u8| json!({"rating": rating, "comment": "Better."});
    let tag = written.header("etag").to_owned();
    let again = ada.with_header("if-match", &tag).put(&path, changed(5)).await.expect(200);
    ada.with_header("if-match", &tag).put(&path, changed(3)).await.expect(412);
    ada.with_header("if-match", again.header("etag")).put(&path, changed(3)).await.expect(200);
}
