//! The address book: one default, a limit, and nobody else's addresses.

use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};
use testkit::{TestClient, TestResponse};

use crate::shop::{Shop, count_statuses};

const ADDRESSES: &str = "/api/users/me/addresses";

fn address(line1: &str) -> Value {
    json!({"name": "Ada Lovelace", "line1": line1, "city": "Berlin", "postalCode": "10115", "country": "DE"})
}

fn with(mut address: Value, name: &str, value: Value) -> Value {
    address[name] = value;
    address
}

async fn add(client: &TestClient, address: Value) -> Value {
    client.post(ADDRESSES, address).await.expect(201).json()
}

async fn remove(client: &TestClient, id: &Value) -> TestResponse {
    client.send(Method::DELETE, &format!("{ADDRESSES}/{id}"), None).await
}

/// The first lines, in the order of the list, and the default's.
async fn list(client: &TestClient) -> (Vec<String>, Vec<String>) {
    let all = client.get(ADDRESSES).await.expect(200).json();
    let all = all.as_array().unwrap();
    let line = |address: &Value| address["line1"].as_str().unwrap().to_owned();
    (all.iter().map(line).collect(), all.iter().filter(|address| address["isDefault"] == true).map(line).collect())
}

#[tokio::test]
async fn ada_saves_changes_and_deletes_addresses() {
    let shop = Shop::open().await;
    let ada = shop.client().as_user(&shop.test_env.customer().await);
    assert_eq!(ada.get(ADDRESSES).await.expect(200).json(), json!([]));

    let home = json!({"name": " Ada Lovelace ", "line1": "Street 1", "line2": "Flat 2", "city": "London",
        "region": null, "postalCode": "sw1a 1aa", "country": "gb", "phone": "+44 20 7946-0000"});
    let created = ada.post(ADDRESSES, home).await.expect(201);
    let saved = created.json();
    let now = shop.clock.now().to_string();
    let expected = json!({"id": saved["id"], "isDefault": true, "name": "Ada Lovelace", "line1": "Street 1",
        "line2": "Flat 2", "city": "London", "postalCode": "SW1A 1AA", "country": "GB", "phone": "+44 20 7946-0000",
        "createdAt": now, "updatedAt": now});
    assert_eq!(saved, expected);
    assert_eq!(created.header("location"), format!("{ADDRESSES}/{}", saved["id"]));
    assert_eq!(ada.get(ADDRESSES).await.expect(200).json(), json!([expected]));

    shop.clock.advance(60);
    let path = format!("{ADDRESSES}/{}", saved["id"]);
    let moved = ada.put(&path, address("Street 3")).await.expect(200).json();
    assert_eq!(
        (&moved["line1"], &moved["isDefault"], &moved["createdAt"]),
        (&json!("Street 3"), &json!(true), &json!(now))
    );
    assert_eq!(moved["updatedAt"], shop.clock.now().to_string());
    assert!(moved.get("line2").is_none() && moved.get("phone").is_none(), "{moved}");

    remove(&ada, &saved["id"]).await.expect(204);
    remove(&ada, &saved["id"]).await.expect(404);
    assert_eq!(ada.get(ADDRESSES).await.expect(200).json(), json!([]));
}

#[tokio::test]
async fn there_is_always_one_default_and_it_comes_first() {
    let shop = Shop::open().await;
    let ada = shop.client().as_user(&shop.test_env.customer().await);
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    // The first is the default, whatever it says.
    let first = add(&ada, with(address("A 1"), "isDefault", json!(false))).await;
    add(&ada, address("B 1")).await;
    assert_eq!(list(&ada).await, (lines(&["A 1", "B 1"]), lines(&["A 1"])));
    let third = add(&ada, with(address("C 1"), "isDefault", json!(true))).await;
    assert_eq!(list(&ada).await, (lines(&["C 1", "A 1", "B 1"]), lines(&["C 1"])));

    let path = format!("{ADDRESSES}/{}", first["id"]);
    ada.put(&path, with(address("A 2"), "isDefault", json!(true))).await.expect(200);
    assert_eq!(list(&ada).await, (lines(&["A 2", "B 1", "C 1"]), lines(&["A 2"])));
    let rejected = ada.put(&path, with(address("A 3"), "isDefault", json!(false))).await.expect(409);
    assert_eq!(rejected.error_code(), "default_address_required");
    let path = format!("{ADDRESSES}/{}", third["id"]);
    ada.put(&path, with(address("C 2"), "isDefault", json!(false))).await.expect(200);
    assert_eq!(list(&ada).await, (lines(&["A 2", "B 1", "C 2"]), lines(&["A 2"])));

    // The oldest of the others follows.
    remove(&ada, &first["id"]).await.expect(204);
    assert_eq!(list(&ada).await, (lines(&["B 1", "C 2"]), lines(&["B 1"])));
    remove(&ada, &third["id"]).await.expect(204);
    assert_eq!(list(&ada).await, (lines(&["B 1"]), lines(&["B 1"])));
}

#[tokio::test]
async fn the_same_address_is_saved_once() {
    let shop = Shop::open().await;
    let ada = shop.client().as_user(&shop.test_env.customer().await);
    let first = add(&ada, address("A 1")).await;
    let second = add(&ada, address("B 1")).await;
    assert_eq!(add(&ada, address(" B 1 ")).await, second);
    let again = add(&ada, with(address("B 1"), "isDefault", json!(true))).await;
    assert_eq!((&again["id"], &again["isDefault"]), (&second["id"], &json!(true)));
    assert_eq!(add(&ada, with(address("A 1"), "isDefault", json!(false))).await["id"], first["id"]);
    let replies = join_all((0..10).map(|_| ada.post(ADDRESSES, address("C 1")))).await;
    assert_eq!(count_statuses(&replies), [(201, 10)]);
    assert_eq!(list(&ada).await.0, ["B 1", "A 1", "C 1"]);
}

#[tokio::test]
async fn forty_requests_at_once_leave_twenty_addresses_and_one_default() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.test_env.customer().await, shop.test_env.customer().await);
    // Processes of their own, as Lambda has them: no pool bounds how many write at once.
    let clients: Vec<TestClient> = (0..4)
        .map(|_| {
            let app = shop.app_with(&[("DATABASE_CONNECTIONS", "5")]);
            shop.test_env.client(users::router(app, &shop.test_env.http_stack())).as_user(&ada)
        })
        .collect();
    let posts = (0..40).map(|n| {
        let default = json!(n % 2 == 0);
        clients[n % 4].post(ADDRESSES, with(address(&format!("Street {n}")), "isDefault", default))
    });
    let replies = join_all(posts).await;
    assert_eq!(count_statuses(&replies), [(201, 20), (409, 20)]);
    let full = replies.iter().find(|reply| reply.status == 409).unwrap();
    assert_eq!(full.error_code(), "address_book_full");
    let (all, default) = list(&clients[0]).await;
    assert_eq!((all.len(), default.len()), (20, 1));
    // One that is there already is no new one, and others have books of their own.
    let same = all[3].clone();
    clients[0].post(ADDRESSES, address(&same)).await.expect(201);
    let others = shop.client().as_user(&bob);
    add(&others, address("Street 1")).await;

    // Defaults that are set at once, and one that is deleted meanwhile: one remains.
    let ids: Vec<Value> =
        clients[0].get(ADDRESSES).await.json().as_array().unwrap().iter().map(|a| a["id"].clone()).collect();
    let put = async |n: usize| {
        let body = with(address(&format!("Moved {n}")), "isDefault", json!(true));
        clients[n % 4].put(&format!("{ADDRESSES}/{}", ids[n]), body).await
    };
    let (puts, removed) = tokio::join!(join_all((1..10).map(put)), remove(&clients[0], &ids[0]));
    assert_eq!(count_statuses(&puts), [(200, 9)]);
    removed.expect(204);
    let (all, default) = list(&clients[0]).await;
    assert_eq!((all.len(), default.len()), (19, 1));
    add(&clients[0], address("Last 1")).await;
    assert_eq!(clients[0].post(ADDRESSES, address("Late 1")).await.expect(409).error_code(), "address_book_full");
}

#[tokio::test]
async fn anothers_address_does_not_exist_and_stays_as_it_is() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.test_env.customer().await, shop.test_env.customer().await);
    let (ada, bob) = (shop.client().as_user(&ada), shop.client().as_user(&bob));
    let admin = shop.client().as_user(&shop.test_env.admin().await);
    let saved = add(&ada, address("A 1")).await;
    let before = ada.get(ADDRESSES).await.expect(200).json();
    for stranger in [&bob, &admin] {
        add(stranger, address("B 1")).await;
        for id in [saved["id"].clone(), json!(2_000_000_000)] {
            let path = format!("{ADDRESSES}/{id}");
            let changed = with(address("X 1"), "isDefault", json!(true));
            assert_eq!(stranger.put(&path, changed).await.expect(404).error_code(), "not_found");
            remove(stranger, &id).await.expect(404);
        }
        assert_eq!(list(stranger).await, (vec!["B 1".to_owned()], vec!["B 1".to_owned()]));
    }
    assert_eq!(ada.get(ADDRESSES).await.expect(200).json(), before);
    for (method, path) in [(Method::GET, ADDRESSES.to_owned()), (Method::POST, ADDRESSES.to_owned())] {
        let body = (method == Method::POST).then(|| address("A 1").to_string());
        shop.client().send(method, &path, body).await.expect(401);
    }
}

#[tokio::test]
async fn a_change_of_an_older_version_is_rejected() {
    let shop = Shop::open().await;
    let ada = shop.client().as_user(&shop.test_env.customer().await);
    let created = ada.post(ADDRESSES, address("A 1")).await.expect(201);
    let path = format!("{ADDRESSES}/{}", created.json()["id"]);
    let with_tag = |tag: &str| ada.with_header("if-match", tag);
    shop.clock.advance(1);
    let changed = with_tag(created.header("etag")).put(&path, address("A 2")).await.expect(200);
    assert_ne!(changed.header("etag"), created.header("etag"));
    let stale = with_tag(created.header("etag"));
    assert_eq!(stale.put(&path, address("A 3")).await.expect(412).error_code(), "stale");
    stale.send(Method::DELETE, &path, None).await.expect(412);
    assert_eq!(list(&ada).await.0, ["A 2"]);
    // Another default is a change, too.
    add(&ada, with(address("B 1"), "isDefault", json!(true))).await;
    with_tag(changed.header("etag")).put(&path, address("A 3")).await.expect(412);
    with_tag("*").put(&path, address("A 4")).await.expect(200);
    with_tag("A 4").put(&path, address("A 5")).await.expect(400);
    let last = with_tag("*").put(&path, address("A 5")).await.expect(200);
    with_tag(last.header("etag")).send(Method::DELETE, &path, None).await.expect(204);
    assert_eq!(list(&ada).await.0, ["B 1"]);
}

#[tokio::test]
async fn every_invalid_field_is_named_and_nothing_is_saved() {
    let shop = Shop::open().await;
    let ada = shop.client().as_user(&shop.test_env.customer().await);
    let required = ["name", "line1", "city", "postalCode", "country"];
    for (body, named) in [
        (json!({}), required.to_vec()),
        (json!({"country": "DE", "postalCode": "1"}), vec!["postalCode", "name", "line1", "city"]),
        (with(address("A 1"), "postalCode", json!("1011")), vec!["postalCode"]),
        (with(with(address("A 1"), "country", json!("US")), "name", json!("")), vec!["name"]),
        (with(with(address("A 1"), "country", json!("GB")), "name", json!("")), vec!["name", "postalCode"]),
        (with(address("A 1"), "country", json!("XX")), vec!["country"]),
        (with(address("A 1"), "phone", json!("call me")), vec!["phone"]),
        (with(address("A 1"), "isDefault", json!("yes")), vec!["isDefault"]),
        (with(address("A 1"), "userId", json!(1)), vec!["userId"]),
        (with(address("A\n1"), "city", json!("x".repeat(101))), vec!["city", "line1"]),
    ] {
        let reply = ada.post(ADDRESSES, body.clone()).await.expect(400).json();
        let mut names: Vec<&str> =
            reply["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        let mut named = named;
        names.sort_unstable();
        named.sort_unstable();
        assert_eq!(names, named, "{body}");
    }
    let wrong = with(address("A 1"), "postalCode", json!("1"));
    let reply = ada.post(ADDRESSES, wrong).await.expect(400).json();
    assert_eq!(reply["errors"][0]["message"], "must be a postal code of DE, such as 12345");
    for bad in ["0", "x", "7.5"] {
        ada.put(&format!("{ADDRESSES}/{bad}"), address("A 1")).await.expect(400);
    }
    assert_eq!(shop.count("select count(*) from addresses").await, 0);
}
