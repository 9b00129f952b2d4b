//! Operators, logins and requests at once.

use domain::users::Role;
use serde_json::json;
use store_redis::AccountState;

use crate::shop::{Shop, is_admin};

#[tokio::test]
async fn of_two_operators_the_later_row_counts_whichever_writes_redis_last() {
    let shop = Shop::open().await;
    let (admin, other) = (shop.test_env.admin().await, shop.test_env.customer().await.id);
    let admin_again = AccountState { role: Role::Admin, epoch: 0, disabled: false, version: 1 };
    // The one who granted admin rights writes to Redis after the one who revoked them.
    shop.command(json!({"action": "setRole", "userId": admin.id, "role": "admin"})).await;
    shop.command(json!({"action": "setRole", "userId": admin.id, "role": "customer"})).await;
    shop.sessions().update_account(admin.id, &admin_again).await.unwrap();
    assert!(!is_admin(&shop.client().as_user(&admin), other).await);
}

#[tokio::test]
async fn commands_count_after_sql_was_restored_to_a_moment_before_others() {
    let shop = Shop::open().await;
    let (admin, other) = (shop.test_env.admin().await, shop.test_env.customer().await.id);
    let late = shop.client().with_token(&shop.delayed_login(admin.id, Role::Admin, 2).await);
    for _ in 0..2 {
        shop.command(json!({"action": "endSessions", "userId": admin.id})).await;
    }
    late.get("/api/users/me").await.expect(200);
    shop.execute("update users set access_version = 0, session_epoch = 0").await;
    shop.command(json!({"action": "setRole", "userId": admin.id, "role": "customer"})).await;
    assert!(!is_admin(&late, other).await);
    late.get("/api/users/me").await.expect(200);
    shop.execute("update users set access_version = 0, session_epoch = 0").await;
    shop.command(json!({"action": "endSessions", "userId": admin.id})).await;
    late.get("/api/users/me").await.expect(401);
    // And a login now gets the epoch that the row has now.
    assert_eq!(shop.count("select max(session_epoch)::bigint from users").await, 3);
}

#[tokio::test]
async fn a_login_under_way_does_not_save_an_old_role() {
    let shop = Shop::open().await;
    let (admin, other) = (shop.test_env.admin().await, shop.test_env.customer().await.id);
    shop.command(json!({"action": "setRole", "userId": admin.id, "role": "customer"})).await;
    // The role was read before, the session is opened after.
    let late = shop.client().with_token(&shop.delayed_login(admin.id, Role::Admin, 0).await);
    late.get("/api/users/me").await.expect(200);
    assert!(!is_admin(&late, other).await);
}

#[tokio::test]
async fn concurrent_commands_leave_what_the_row_says() {
    let shop = Shop::open().await;
    let (person, other) = (shop.test_env.customer().await, shop.test_env.customer().await.id);
    let set = async |role: &str| {
        for _ in 0..20 {
            shop.command(json!({"action": "setRole", "userId": person.id, "role": role})).await;
        }
    };
    tokio::join!(set("admin"), set("customer"), set("admin"), set("customer"));
    let row = shop.command(json!({"action": "show", "userId": person.id})).await;
    let admin = is_admin(&shop.client().as_user(&person), other).await;
    assert_eq!(admin, row["user"]["role"] == json!("admin"), "{row}");
    assert!(shop.count("select max(access_version)::bigint from users").await >= 80);
}
