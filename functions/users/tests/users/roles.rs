//! Admins are made by an operator, and old sessions do not keep an old role.

use domain::users::{Email, Role};
use serde_json::json;
use testkit::Client;
use users::{grant_admin, revoke_admin};

use crate::shop::{PASSWORD, Shop, log_in, sign_up, token};

fn email(text: &str) -> Email {
    Email::try_from(text.to_owned()).unwrap()
}

/// Whether this caller sees what only admins may see.
async fn is_admin(client: &Client, other: i64) -> bool {
    client.get(&format!("/api/users/{other}")).await.status == 200
}

#[tokio::test]
async fn a_role_changes_in_sessions_that_are_open_and_ends_none() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let other = sign_up(&anyone, "bob@example.org").await.expect(201).json()["user"]["id"].as_i64().unwrap();
    let ada = anyone.with_token(&token(&sign_up(&anyone, "ada@example.org").await.expect(201)));
    let bob = anyone.with_token(&token(&log_in(&anyone, "bob@example.org", PASSWORD).await.expect(200)));
    assert!(!is_admin(&ada, other).await);

    let made = grant_admin(&shop.app, &email("ADA@example.org")).await.unwrap().unwrap();
    assert_eq!(made.role, Role::Admin);
    assert!(is_admin(&ada, other).await);
    assert_eq!(ada.get("/api/users/me").await.expect(200).json()["role"], json!("admin"));
    let again = log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200);
    assert_eq!(again.json()["user"]["role"], json!("admin"));

    revoke_admin(&shop.app, &email("ada@example.org")).await.unwrap().unwrap();
    // Her token still says admin; nobody believes it.
    for session in [&ada, &anyone.with_token(&token(&again))] {
        assert!(!is_admin(session, other).await);
        session.get("/api/users/me").await.expect(200);
    }
    bob.get("/api/users/me").await.expect(200);
}

#[tokio::test]
async fn a_login_under_way_does_not_save_an_old_role() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let admin = shop.bed.admin().await;
    let other = shop.bed.customer().await.id;
    let address = shop.client().of(&admin).get("/api/users/me").await.json()["email"].as_str().unwrap().to_owned();
    revoke_admin(&shop.app, &email(&address)).await.unwrap().unwrap();
    // The role was read before, the session is opened after.
    let late = anyone.with_token(&shop.login_of(&admin, Role::Admin).await);
    late.get("/api/users/me").await.expect(200);
    assert!(!is_admin(&late, i64::from(other.get())).await);
}

#[tokio::test]
async fn nobody_is_made_an_admin_who_is_not_there() {
    let shop = Shop::open().await;
    assert_eq!(grant_admin(&shop.app, &email("nobody@example.org")).await.unwrap(), None);
    // Doing it twice is doing it once.
    sign_up(&shop.client(), "ada@example.org").await.expect(201);
    for _ in 0..2 {
        assert!(grant_admin(&shop.app, &email("ada@example.org")).await.unwrap().is_some());
    }
    assert_eq!(shop.count("select count(*) from users where role = 'admin'").await, 1);
}
