//! What all writing routes have in common: the ETag of a read is the one that its write compares,
//! and every request that a client may be told to repeat is safe to repeat.

use api::{Caller, Repeat, Route, routes};
use serde_json::{Value, json};
use testkit::TestClient;
use tests::SampleWorld;

fn has_header(route: &Route, name: &str) -> bool {
    route.headers.iter().any(|header| header.eq_ignore_ascii_case(name))
}

#[test]
fn whatever_writes_says_why_it_may_be_repeated() {
    for route in routes() {
        let Route { method, path, repeat, .. } = &route;
        assert_eq!(
            method != "GET",
            repeat.is_some(),
            "{method} {path}: `repeat` in endpoints! says why a write may be sent again after a lost response"
        );
        let needs_key = *repeat == Some(Repeat::IdempotencyKey);
        assert_eq!(
            has_header(&route, "Idempotency-Key"),
            needs_key,
            "{method} {path}: its handler and endpoints! differ"
        );
    }
}

/// Every route that writes what another one reads at the same path.
fn routes_that_replace() -> Vec<Route> {
    let all = routes();
    let is_read = |path: &str| all.iter().any(|route| route.method == "GET" && route.path == path);
    all.iter().filter(|route| route.method == "PUT" && is_read(&route.path)).cloned().collect()
}

#[tokio::test]
async fn each_resource_that_is_read_and_written_compares_the_tag_of_its_read() {
    let world = SampleWorld::new().await;
    let replacing = routes_that_replace();
    assert!(replacing.len() >= 3, "{replacing:?}");
    for route in replacing {
        let (path, client) = (&route.path, world.client(route.sample_caller()));
        assert!(has_header(&route, "If-Match"), "PUT {path} says nothing of If-Match");
        let request = world.request(&route).await;
        let read = client.get(&request.path).await.expect(200).header("etag").to_owned();
        let with_tag = client.with_header("if-match", &read);
        let written = world.send(&with_tag, &request).await.expect(200).header("etag").to_owned();
        assert_ne!(written, read, "{path}");
        assert_eq!(
            client.get(&request.path).await.expect(200).header("etag"),
            written,
            "{path}: PUT's tag is GET's tag"
        );
        world.send(&with_tag, &request).await.expect(412);
    }
}

/// Takes the tag of a read, or of the write before, to the next write: it is accepted once.
async fn round_trip(admin: &TestClient, path: &str, bodies: [Value; 3]) {
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
    let world = SampleWorld::new().await;
    let (admin, ada) = (world.client(Caller::Admin), world.client(Caller::Owner));
    let tea = |price: i32| json!({"name": "Tagged teapot", "price": price, "stock": price});
    let product = admin.post("/api/products", tea(20)).await.expect(201).json()["id"].clone();
    let order = json!({"items": [{"productId": product, "quantity": 1}]});
    let order = ada.post("/api/orders", order).await.expect(201).json()["id"].clone();
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
