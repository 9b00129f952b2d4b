//! Each command takes effect from the next request on.

use domain::users::Role;
use http::Method;
use serde_json::json;

use crate::shop::{PASSWORD, Shop, is_admin, log_in, sign_up, signed_in};

const ME: &str = "/api/users/me";

#[tokio::test]
async fn a_role_changes_in_sessions_that_are_open_and_ends_none() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let other = shop.test_env.customer().await.id;
    let (ada, _) = signed_in(&anyone, &sign_up(&anyone, "ada@example.org").await);
    assert!(!is_admin(&ada, other).await);

    let made = shop.command(json!({"action": "setRole", "email": "ADA@example.org", "role": "admin"})).await;
    assert_eq!((&made["user"]["role"], &made["sessions"]), (&json!("admin"), &json!(1)), "{made}");
    assert!(is_admin(&ada, other).await);
    assert_eq!(ada.get(ME).await.expect(200).json()["role"], json!("admin"));
    let (again, _) = signed_in(&anyone, &log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200));
    assert!(is_admin(&again, other).await);

    shop.command(json!({"action": "setRole", "email": "ada@example.org", "role": "customer"})).await;
    // Her token still says admin, but it is not trusted.
    for session in [&ada, &again] {
        assert!(!is_admin(session, other).await);
        session.get(ME).await.expect(200);
    }
}

#[tokio::test]
async fn a_demotion_is_remembered_for_longer_than_any_session_may_live() {
    let shop = Shop::open().await;
    let admin = shop.test_env.admin().await;
    // However this process is configured: a session of another may live for thirty days.
    let brief = operator::App::from_env(&shop.test_env.env_with(&[("TOKEN_LIFE_SECONDS", "60")]), &shop.test_env.clock)
        .unwrap();
    let command = json!({"action": "setRole", "userId": admin.id, "role": "customer"});
    operator::handle(&brief, command).await.unwrap();
    let mut redis = shop.redis().await;
    let key = format!("{}account:{}", shop.test_env.prefix, admin.id);
    let left: i64 = redis::cmd("TTL").arg(&key).query_async(&mut redis).await.unwrap();
    assert!(left > store_redis::MAX_SESSION_SECONDS, "expires after {left} s");
}

#[tokio::test]
async fn revoked_sessions_end_and_the_owner_logs_in_again_with_the_password() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let (here, id) = signed_in(&anyone, &sign_up(&anyone, "ada@example.org").await);
    let (there, _) = signed_in(&anyone, &log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200));
    let bob = shop.test_env.customer().await;

    let ended = shop.command(json!({"action": "endSessions", "userId": id})).await;
    assert_eq!((&ended["endedSessions"], &ended["sessions"]), (&json!(2), &json!(0)), "{ended}");
    for session in [&here, &there] {
        session.get(ME).await.expect(401);
    }
    anyone.as_user(&bob).get(ME).await.expect(200);
    // A login that had read the account before opens a session that is already revoked.
    let late = shop.delayed_login(id, Role::Customer, 0).await;
    anyone.with_token(&late).get(ME).await.expect(401);
    let (back, _) = signed_in(&anyone, &log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200));
    back.get(ME).await.expect(200);
    back.send(Method::POST, "/api/users/logout", None).await.expect(204);
}

#[tokio::test]
async fn a_disabled_account_is_signed_out_and_gets_the_response_of_a_wrong_password() {
    let shop = Shop::open().await;
    let anyone = shop.client().with_header("x-request-id", "same");
    let (ada, id) = signed_in(&anyone, &sign_up(&anyone, "ada@example.org").await);
    let shown = shop.command(json!({"action": "disable", "email": "ada@example.org"})).await;
    assert!(shown["disabledAt"].is_string(), "{shown}");
    ada.get(ME).await.expect(401);
    let late = anyone.with_token(&shop.delayed_login(id, Role::Customer, 0).await);
    late.get(ME).await.expect(401);

    let right = log_in(&anyone, "ada@example.org", PASSWORD).await.expect(401);
    let wrong = log_in(&anyone, "ada@example.org", "not her password").await.expect(401);
    let unknown = log_in(&anyone, "nobody@example.org", PASSWORD).await.expect(401);
    assert_eq!((&right.bytes, &right.headers), (&wrong.bytes, &wrong.headers));
    assert_eq!((&right.bytes, &right.headers), (&unknown.bytes, &unknown.headers));
    // Repeating it keeps the time of the first.
    let again = shop.command(json!({"action": "disable", "userId": id})).await;
    assert_eq!(again["disabledAt"], shown["disabledAt"]);

    let enabled = shop.command(json!({"action": "enable", "userId": id})).await;
    assert_eq!(enabled["disabledAt"], json!(null));
    // Revoked sessions do not return when the account is enabled.
    for session in [&ada, &late] {
        session.get(ME).await.expect(401);
    }
    let (back, _) = signed_in(&anyone, &log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200));
    back.get(ME).await.expect(200);
}

#[tokio::test]
async fn sessions_of_an_account_deleted_in_sql_can_be_revoked() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let (ada, id) = signed_in(&anyone, &sign_up(&anyone, "ada@example.org").await);
    shop.execute("delete from users").await;
    let shown = shop.command(json!({"action": "show", "userId": id})).await;
    assert_eq!((&shown["user"], &shown["sessions"]), (&json!(null), &json!(1)));
    let ended = shop.command(json!({"action": "endSessions", "userId": id})).await;
    assert_eq!(ended["endedSessions"], json!(1), "{ended}");
    ada.send(Method::POST, "/api/users/logout", None).await.expect(401);
    anyone.with_token(&shop.delayed_login(id, Role::Admin, 9).await).get(ME).await.expect(401);
}

#[tokio::test]
async fn an_impossible_command_gets_an_error_and_changes_nothing() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let (ada, id) = signed_in(&anyone, &sign_up(&anyone, "ada@example.org").await);
    for (command, code) in [
        (json!({"action": "setRole", "email": "nobody@example.org", "role": "admin"}), "not_found"),
        (json!({"action": "disable", "email": "nobody@example.org"}), "not_found"),
        (json!({"action": "enable", "userId": 2_000_000_000}), "not_found"),
        (json!({"action": "show", "email": "nobody@example.org"}), "not_found"),
        (json!({"action": "setRole", "userId": id, "role": "root"}), "invalid_request"),
        (json!({"action": "setRole", "userId": id}), "invalid_request"),
        (json!({"action": "drop", "userId": id}), "invalid_request"),
        (json!({}), "invalid_request"),
    ] {
        let response = shop.command(command.clone()).await;
        assert_eq!(response["code"], json!(code), "{command}: {response}");
        assert!(response["message"].is_string());
    }
    assert_eq!(shop.count("select count(*) from users where access_version > 0").await, 0);
    ada.get(ME).await.expect(200);
}
