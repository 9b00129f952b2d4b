//! Records that the previous version left in Redis are read, and missing parts are added later.

use domain::SessionId;
use domain::users::Role;
use serde_json::json;
use testkit::TestClient;

use crate::shop::{Shop, is_admin};

const ME: &str = "/api/users/me";

/// A login as the previous version opened it: without an epoch, and in no list.
async fn login_of_previous_version(shop: &Shop, role: Role) -> (TestClient, domain::UserId) {
    let person = shop.test_env.customer().await;
    let id = SessionId::new(shop.test_env.clock.new_uuid());
    let body = json!({"userId": person.id, "role": role, "name": person.name}).to_string();
    let mut redis = shop.redis().await;
    let key = format!("{}session:{id}", shop.test_env.prefix);
    let () = redis::cmd("SET").arg(key).arg(body).arg("EX").arg(60).query_async(&mut redis).await.unwrap();
    (shop.client().with_token(&shop.token(person.id, role, id)), person.id)
}

#[tokio::test]
async fn sessions_and_role_records_of_the_previous_version_are_read() {
    let shop = Shop::open().await;
    let other = shop.test_env.customer().await.id;
    let (ada, id) = login_of_previous_version(&shop, Role::Admin).await;
    assert!(is_admin(&ada, other).await);
    // A demotion that the previous version has recorded.
    let mut redis = shop.redis().await;
    let note = format!("{}role:{id}", shop.test_env.prefix);
    let () = redis::cmd("SET").arg(note).arg("customer").arg("EX").arg(60).query_async(&mut redis).await.unwrap();
    assert!(!is_admin(&ada, other).await);
    ada.get(ME).await.expect(200);
    // A command of this version takes precedence over that record.
    shop.command(json!({"action": "setRole", "userId": id, "role": "admin"})).await;
    assert!(is_admin(&ada, other).await);
    shop.command(json!({"action": "endSessions", "userId": id})).await;
    ada.get(ME).await.expect(401);
}

#[tokio::test]
async fn an_unreadable_account_record_denies_access() {
    let shop = Shop::open().await;
    let ada = shop.test_env.customer().await;
    let mut redis = shop.redis().await;
    let key = format!("{}account:{}", shop.test_env.prefix, ada.id);
    let () = redis::cmd("SET").arg(key).arg("{}").query_async(&mut redis).await.unwrap();
    shop.client().as_user(&ada).get(ME).await.expect(401);
    shop.command(json!({"action": "enable", "userId": ada.id})).await;
    shop.client().as_user(&ada).get(ME).await.expect(200);
}

#[tokio::test]
async fn a_command_that_failed_in_redis_succeeds_when_repeated() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let (admin, other) = (shop.test_env.admin().await, shop.test_env.customer().await.id);
    let without_store = shop.test_env.env_with(&[("REDIS_URL", "redis://127.0.0.1:1")]);
    let without_store = operator::App::from_env(&without_store, &shop.test_env.clock).unwrap();
    let command = json!({"action": "setRole", "userId": admin.id, "role": "customer"});
    operator::handle(&without_store, command.clone()).await.unwrap_err();
    for _ in 0..2 {
        shop.command(command.clone()).await;
        assert!(!is_admin(&anyone.as_user(&admin), other).await);
    }
    anyone.as_user(&admin).get(ME).await.expect(200);
}
