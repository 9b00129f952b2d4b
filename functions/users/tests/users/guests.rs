//! Guests: sessions without an account.

use serde_json::{Value, json};
use testkit::{TestClient, TestResponse};

use crate::shop::{Shop, log_in, sign_up, text, token};

async fn begin(client: &TestClient, email: &str) -> TestResponse {
    client.post("/api/users/guest", json!({"email": email, "name": "Ada Lovelace"})).await
}

#[tokio::test]
async fn a_guest_knows_who_they_are_leaves_and_comes_back_as_another() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let welcome = begin(&anyone, " Ada@Example.org").await.expect(201);
    let body = welcome.json();
    let id = body["guest"]["id"].as_i64().unwrap();
    assert_eq!(body["guest"], json!({"id": id, "name": "Ada Lovelace", "email": "ada@example.org"}));
    assert_eq!(body.as_object().unwrap().len(), 2, "only guest and token");
    assert_eq!(welcome.header("cache-control"), "no-store");
    assert_eq!(welcome.header("set-cookie"), "", "a guest never logs in: no device is remembered");

    let ada = anyone.with_token(&token(&welcome));
    let me = ada.get("/api/users/me").await.expect(200).json();
    let created = shop.clock.now().to_string();
    let expected = json!({
        "id": id, "name": "Ada Lovelace", "email": "ada@example.org", "role": "guest", "createdAt": created,
        "emailVerified": false,
    });
    assert_eq!(me, expected);
    for (method, path) in [
        ("GET", format!("/api/users/{id}")),
        ("GET", "/api/users/me/addresses".to_owned()),
        ("POST", "/api/users/me/verification".to_owned()),
        ("GET", format!("/api/users?ids={id}")),
    ] {
        let refused = ada.send(method.parse().unwrap(), &path, None).await.expect(403);
        assert_eq!(refused.error_code(), "forbidden", "{path}");
    }
    ada.send(http::Method::POST, "/api/users/logout", None).await.expect(204);
    ada.get("/api/users/me").await.expect(401);
    let again = begin(&anyone, "ada@example.org").await.expect(201).json();
    assert_ne!(again["guest"]["id"], id, "an address opens no earlier guest's orders");
}

#[tokio::test]
async fn guests_and_accounts_with_one_address_do_not_know_of_each_other() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let without_account = begin(&anyone, "ada@example.org").await.expect(201);
    sign_up(&anyone, "ada@example.org").await.expect(201);
    let with_account = begin(&anyone, "ada@example.org").await.expect(201);
    let shape = |reply: &TestResponse| {
        let mut body = reply.json();
        body["guest"]["id"] = Value::Null;
        body["token"] = Value::Null;
        let mut headers: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        (body, headers)
    };
    assert_eq!(shape(&without_account), shape(&with_account));
    // A guest has no password: nobody logs in as one.
    begin(&anyone, "bob@example.org").await.expect(201);
    assert_eq!(log_in(&anyone, "bob@example.org", "").await.status, 400);
    assert_eq!(
        log_in(&anyone, "bob@example.org", "none of them").await.expect(401).error_code(),
        "invalid_credentials"
    );
}

#[tokio::test]
async fn admins_see_guests_beside_accounts() {
    let shop = Shop::open().await;
    let (anyone, admin) = (shop.client(), shop.client().as_user(&shop.test_env.admin().await));
    let guest = begin(&anyone, "ada@example.org").await.expect(201).json()["guest"]["id"].clone();
    let account = sign_up(&anyone, "bob@example.org").await.expect(201).json()["user"]["id"].clone();
    let both = admin.get(&format!("/api/users?ids={account},{guest}")).await.expect(200).json();
    let roles: Vec<String> = both.as_array().unwrap().iter().map(|user| text(&user["role"])).collect();
    assert_eq!(roles, ["guest", "customer"], "in the order of their ids, which are from one sequence");
    assert_eq!(admin.get(&format!("/api/users/{guest}")).await.expect(200).json()["email"], "ada@example.org");
}

#[tokio::test]
async fn an_invalid_guest_is_refused_and_nothing_is_stored() {
    let shop = Shop::open().await;
    for (body, fields) in [
        (json!({}), vec!["email", "name"]),
        (json!({"email": "ada", "name": "A"}), vec!["email", "name"]),
        (json!({"email": "ada@example.org", "name": "Ada", "role": "admin"}), vec!["role"]),
    ] {
        let refused = shop.client().post("/api/users/guest", body).await.expect(400).json();
        let named: Vec<String> = refused["errors"].as_array().unwrap().iter().map(|e| text(&e["field"])).collect();
        assert_eq!(named, fields);
    }
    assert_eq!(shop.count("select count(*) from guests").await, 0);
}
