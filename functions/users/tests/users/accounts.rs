//! Creating and reading accounts.

use argon2::{Argon2, Params, PasswordHasher};
use futures::future::join_all;
use serde_json::json;

use crate::shop::{PASSWORD, Shop, count_statuses, log_in, sign_up, token};

#[tokio::test]
async fn ada_signs_up_reads_her_account_logs_out_and_logs_in_again() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let welcome = sign_up(&anyone, "Ada@Example.org").await.expect(201);
    let user = welcome.json()["user"].clone();
    let created = shop.clock.now().to_string();
    let id = user["id"].as_i64().unwrap();
    let expected = json!({
        "id": id, "name": "Ada Lovelace", "email": "ada@example.org", "role": "customer", "createdAt": created,
        "emailVerified": false,
    });
    assert_eq!(user, expected);
    assert_eq!(welcome.json().as_object().unwrap().len(), 2, "only user and token");
    assert_eq!(welcome.header("location"), format!("/api/users/{id}"));
    assert_eq!(welcome.header("cache-control"), "no-store");

    let ada = anyone.with_token(&token(&welcome));
    assert_eq!(ada.get("/api/users/me").await.expect(200).json(), user);
    assert_eq!(ada.get(&format!("/api/users/{id}")).await.expect(200).json(), user);

    ada.send(http::Method::POST, "/api/users/logout", None).await.expect(204);
    ada.get("/api/users/me").await.expect(401);

    let back = log_in(&anyone, " ADA@example.ORG", PASSWORD).await.expect(200);
    assert_eq!(back.json()["user"], user);
    assert_eq!(back.header("cache-control"), "no-store");
    anyone.with_token(&token(&back)).get("/api/users/me").await.expect(200);
    // The new login does not revive the old session.
    ada.get("/api/users/me").await.expect(401);
}

#[tokio::test]
async fn a_password_is_stored_only_as_argon2id_with_the_documented_cost() {
    let shop = Shop::open().await;
    let welcome = sign_up(&shop.client(), "ada@example.org").await.expect(201);
    let kept = "select count(*) from users where password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(shop.count(kept).await, 1);
    assert_eq!(shop.count("select count(*) from users where users::text like '%horse%'").await, 0);
    let body = String::from_utf8(welcome.bytes.to_vec()).unwrap();
    assert!(!body.contains("argon2") && !body.contains("horse"), "{body}");
}

#[tokio::test]
async fn an_address_has_one_account_in_whatever_case() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    sign_up(&anyone, "ada@example.org").await.expect(201);
    for again in ["ada@example.org", "ADA@EXAMPLE.ORG", "Ada@example.Org", "  ada@example.org "] {
        assert_eq!(sign_up(&anyone, again).await.expect(409).error_code(), "email_taken", "{again}");
    }
    assert_eq!(shop.count("select count(*) from users").await, 1);
}

#[tokio::test]
async fn of_fifty_concurrent_sign_ups_with_one_address_exactly_one_succeeds() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let spellings = (0..50).map(|i| if i % 2 == 0 { "ada@example.org" } else { "ADA@example.org" });
    let replies = join_all(spellings.map(|email| sign_up(&anyone, email))).await;
    assert_eq!(count_statuses(&replies), [(201, 1), (409, 49)]);
    assert_eq!(shop.count("select count(*) from users").await, 1);
}

#[tokio::test]
async fn an_account_is_visible_to_its_owner_and_to_admins_only() {
    let shop = Shop::open().await;
    let (ada, bob, admin) =
        (shop.test_env.customer().await, shop.test_env.customer().await, shop.test_env.admin().await);
    let anyone = shop.client().with_header("x-request-id", "same");
    let path = format!("/api/users/{}", ada.id);
    for owner_or_admin in [&ada, &admin] {
        let seen = anyone.as_user(owner_or_admin).get(&path).await.expect(200);
        assert_eq!(seen.json()["id"], json!(ada.id));
    }
    let hidden = anyone.as_user(&bob).get(&path).await.expect(404);
    let missing = anyone.as_user(&bob).get("/api/users/2147483647").await.expect(404);
    assert_eq!((hidden.bytes, hidden.headers), (missing.bytes, missing.headers));
    anyone.as_user(&admin).get("/api/users/2147483647").await.expect(404);
    anyone.get(&path).await.expect(401);
}

#[tokio::test]
async fn an_admin_reads_many_accounts_at_once_and_nobody_else_does() {
    let shop = Shop::open().await;
    let (ada, bob, admin) =
        (shop.test_env.customer().await, shop.test_env.customer().await, shop.test_env.admin().await);
    let anyone = shop.client();
    let path = format!("/api/users?ids={},2147483647,{},{}", bob.id, ada.id, bob.id);
    let found = anyone.as_user(&admin).get(&path).await.expect(200).json();
    let names: Vec<_> = found.as_array().unwrap().iter().map(|user| &user["name"]).collect();
    assert_eq!(names, [&json!(ada.name), &json!(bob.name)], "by id, each once, unknown ones left out");
    assert_eq!(found[0], anyone.as_user(&ada).get("/api/users/me").await.expect(200).json());
    anyone.as_user(&ada).get(&format!("/api/users?ids={}", ada.id)).await.expect(403);
    anyone.get(&path).await.expect(401);
    let hundred = "1,".repeat(99);
    anyone.as_user(&admin).get(&format!("/api/users?ids={hundred}1")).await.expect(200);
    for invalid in ["", "?ids=", "?ids=0", "?ids=1,,2", "?ids=1,", "?ids=a", "?ids=-1", &format!("?ids={hundred}1,1")] {
        let rejected = anyone.as_user(&admin).get(&format!("/api/users{invalid}")).await.expect(400).json();
        assert_eq!(rejected["errors"][0]["field"], "ids", "{invalid}");
    }
}

#[tokio::test]
async fn an_account_that_has_not_changed_is_not_sent_again() {
    let shop = Shop::open().await;
    let ada = shop.client().as_user(&shop.test_env.customer().await);
    let seen = ada.get("/api/users/me").await.expect(200);
    ada.with_header("if-none-match", seen.header("etag")).get("/api/users/me").await.expect(304);
}

#[tokio::test]
async fn a_weaker_hash_is_strengthened_at_login_and_at_login_alone() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    sign_up(&anyone, "ada@example.org").await.expect(201);
    let params = Params::new(8, 1, 1, None).unwrap();
    let weak = Argon2::from(params).hash_password_with_salt(PASSWORD.as_bytes(), &[3; 16]).unwrap().to_string();
    let mut db = shop.test_env.database("USERDB_URL").acquire().await.unwrap();
    sqlx::query("update users set password_hash = $1").bind(&weak).execute(&mut *db).await.unwrap();
    let weakly = "select count(*) from users where password_hash like '%m=8,t=1,p=1%'";
    log_in(&anyone, "ada@example.org", "another password").await.expect(401);
    assert_eq!(shop.count(weakly).await, 1);
    log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200);
    let strong = "select count(*) from users where password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(shop.count(strong).await, 1);
    log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn the_document_has_every_route_and_the_keys_are_public_ones() {
    let api = serde_json::to_value(users::api()).unwrap();
    for (path, method) in [("signup", "post"), ("login", "post"), ("logout", "post"), ("me", "get"), ("{id}", "get")] {
        assert!(api["paths"][format!("/api/users/{path}")][method].is_object(), "{method} {path}");
    }
    let shop = Shop::open().await;
    let response = shop.client().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(response.headers["cache-control"], "public, max-age=300");
    let keys = response.json();
    let members: Vec<&str> = keys["keys"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"], "nothing private");
}
