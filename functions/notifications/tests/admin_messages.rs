//! Admin messages: who may write them, who can see them, what is rejected.

use notifications::{App, router};
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv};

async fn shop() -> (TestEnv, TestClient) {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let shop = test_env.client(router(app, &test_env.http_stack()));
    (test_env, shop)
}

#[tokio::test]
async fn an_admin_writes_and_the_user_reads() {
    let (test_env, shop) = shop().await;
    let (ada, admin) = (test_env.customer().await, test_env.admin().await);
    let body = json!({"userId": ada.id, "type": "gift", "orderId": 7, "subject": "A gift", "message": "For\nyou."});
    let written = shop.as_user(&admin).post("/api/notifications", body).await.expect(201);
    assert!(written.header("location").ends_with(&format!("/user/{}", ada.id)));
    let written = written.json();
    let expected = json!({"userId": ada.id, "type": "gift", "orderId": 7, "subject": "A gift", "message": "For\nyou.",
        "channel": "log", "status": "sent", "attempts": 1});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&written[name], value, "{name}");
    }
    assert!(
        written["sentAt"].is_string() && written["createdAt"].is_string() && written.get("readAt").is_none(),
        "{written}"
    );

    let path = format!("/api/notifications/user/{}", ada.id);
    assert_eq!(shop.as_user(&ada).get(&path).await.expect(200).json(), json!([written]));
    assert_eq!(shop.as_user(&admin).get(&path).await.expect(200).json(), json!([written]));
}

#[tokio::test]
async fn a_message_without_text_gets_a_default() {
    let (test_env, shop) = shop().await;
    let (ada, admin) = (test_env.customer().await, test_env.admin().await);
    let body = json!({"userId": ada.id, "type": "order_shipped", "orderId": 7});
    let notification = shop.as_user(&admin).post("/api/notifications", body).await.expect(201).json();
    assert_eq!(notification["subject"], "Order shipped: order 7");
    let notification = shop
        .as_user(&admin)
        .post("/api/notifications", json!({"userId": ada.id, "type": "news"}))
        .await
        .expect(201)
        .json();
    assert_eq!((&notification["subject"], notification.get("orderId")), (&json!("News"), None));
}

#[tokio::test]
async fn marking_read_again_keeps_the_first_time() {
    let (test_env, shop) = shop().await;
    let (ada, bob, admin) = (test_env.customer().await, test_env.customer().await, test_env.admin().await);
    let body = json!({"userId": ada.id, "type": "news"});
    let id = shop.as_user(&admin).post("/api/notifications", body).await.expect(201).json()["id"].clone();
    let read = format!("/api/notifications/{}/read", id.as_str().unwrap());

    for stranger in [&bob, &admin] {
        shop.as_user(stranger).put(&read, json!({})).await.expect(404);
    }
    let seen = async || {
        shop.as_user(&ada).get(&format!("/api/notifications/user/{}", ada.id)).await.json()[0]["readAt"].clone()
    };
    assert_eq!(seen().await, Value::Null);
    shop.as_user(&ada).send(http::Method::PUT, &read, None).await.expect(204);
    let first = seen().await;
    assert!(first.is_string());
    // Wait until a second time would differ from the first.
    while test_env.clock.now().to_string() == first.as_str().unwrap() {
        tokio::task::yield_now().await;
    }
    shop.as_user(&ada).put(&read, json!({})).await.expect(204);
    assert_eq!(seen().await, first);
}

#[tokio::test]
async fn users_see_only_their_own_notifications() {
    let (test_env, shop) = shop().await;
    let (ada, bob, admin) = (test_env.customer().await, test_env.customer().await, test_env.admin().await);
    let post = || json!({"userId": ada.id, "type": "news"});
    shop.post("/api/notifications", post()).await.expect(401);
    assert_eq!(shop.as_user(&ada).post("/api/notifications", post()).await.expect(403).error_code(), "forbidden");
    let path = format!("/api/notifications/user/{}", ada.id);
    shop.get(&path).await.expect(401);
    let other = shop.as_user(&bob).get(&path).await.expect(404);
    let missing = shop.as_user(&bob).get("/api/notifications/user/2147483647").await.expect(404);
    assert_eq!(other.json()["detail"], missing.json()["detail"]);
    shop.put("/api/notifications/0190a1b2-0000-7000-8000-000000000000/read", json!({})).await.expect(401);
    shop.as_user(&ada).put("/api/notifications/0190a1b2-0000-7000-8000-000000000000/read", json!({})).await.expect(404);
    assert_eq!(shop.as_user(&admin).get(&path).await.expect(200).json(), json!([]));
    shop.with_token("x.y.z").get(&path).await.expect(401);
}

#[tokio::test]
async fn a_message_to_an_unknown_user_is_rejected() {
    let (test_env, shop) = shop().await;
    let (ada, admin) = (test_env.customer().await, test_env.admin().await);
    let write = shop.as_user(&admin).with_header("idempotency-key", "once");
    let rejected = write.post("/api/notifications", json!({"userId": i32::MAX, "type": "news"})).await.expect(404);
    assert_eq!((rejected.error_code(), &rejected.json()["userId"]), ("unknown_user".to_owned(), &json!(i32::MAX)));
    let path = format!("/api/notifications/user/{}", i32::MAX);
    assert_eq!(shop.as_user(&admin).get(&path).await.expect(200).json(), json!([]));
    // Nor is the key taken.
    write.post("/api/notifications", json!({"userId": ada.id, "type": "news"})).await.expect(201);
}

#[tokio::test]
async fn invalid_messages_name_their_field_and_write_nothing() {
    let (test_env, shop) = shop().await;
    let (ada, admin) = (test_env.customer().await, test_env.admin().await);
    let id = ada.id;
    let cases = [
        (json!({"type": "news"}), "userId"),
        (json!({"userId": 0, "type": "news"}), "userId"),
        (json!({"userId": "1", "type": "news"}), "userId"),
        (json!({"userId": 2_147_483_648_u32, "type": "news"}), "userId"),
        (json!({"userId": {"$gt": 0}, "type": "news"}), "userId"),
        (json!({"userId": id}), "type"),
        (json!({"userId": id, "type": ""}), "type"),
        (json!({"userId": id, "type": "a\nb"}), "type"),
        (json!({"userId": id, "type": "x".repeat(65)}), "type"),
        (json!({"userId": id, "type": "news", "orderId": -1}), "orderId"),
        (json!({"userId": id, "type": "news", "orderId": 1.5}), "orderId"),
        (json!({"userId": id, "type": "news", "subject": "Hi\r\nBcc: all@example.org"}), "subject"),
        (json!({"userId": id, "type": "news", "subject": "x".repeat(201)}), "subject"),
        (json!({"userId": id, "type": "news", "subject": "\u{200b}\u{200b}"}), "subject"),
        (json!({"userId": id, "type": "news", "subject": "Your \u{202e}order"}), "subject"),
        (json!({"userId": id, "type": "\u{2060}"}), "type"),
        (json!({"userId": id, "type": "news", "message": "\u{200b}\n\u{feff}"}), "message"),
        (json!({"userId": id, "type": "news", "message": "for \u{202e}you"}), "message"),
        (json!({"userId": id, "type": "news", "message": " "}), "message"),
        (json!({"userId": id, "type": "news", "message": "x\u{0}"}), "message"),
        (json!({"userId": id, "type": "news", "message": "ü".repeat(5001)}), "message"),
        (json!({"userId": id, "type": "news", "status": "sent"}), "status"),
        (json!({"userId": id, "type": "news", "channel": "email"}), "channel"),
        (json!([]), "body"),
    ];
    for (body, field) in cases {
        let rejected = shop.as_user(&admin).post("/api/notifications", body.clone()).await.expect(400).json();
        assert_eq!(rejected["errors"][0]["field"], field, "{body}: {rejected}");
    }
    let own = format!("/api/notifications/user/{id}");
    assert_eq!(shop.as_user(&ada).get(&own).await.json(), json!([]));

    for path in [
        "/api/notifications/user/0".to_owned(),
        "/api/notifications/user/abc".to_owned(),
        format!("/api/notifications/user/0{id}"),
        format!("{own}?limit=0"),
        format!("{own}?limit=101"),
        format!("{own}?limit=x"),
        format!("{own}?cursor=%25"),
        format!("{own}?cursor=bm90IGpzb24"),
    ] {
        shop.as_user(&ada).get(&path).await.expect(400);
    }
    for id in ["1", "0190A1B2-0000-7000-8000-000000000000", "0190a1b20000700080000000000000000"] {
        shop.as_user(&ada).put(&format!("/api/notifications/{id}/read"), json!({})).await.expect(400);
    }
}

#[tokio::test]
async fn an_unreachable_store_answers_503() {
    let test_env = TestEnv::new().await;
    let (ada, admin) = (test_env.customer().await, test_env.admin().await);
    let env = test_env.env_with(&[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")]);
    let shop = test_env.client(router(App::from_env(&env, &test_env.clock).unwrap(), &test_env.http_stack()));
    let own = format!("/api/notifications/user/{}", ada.id);
    let away = shop.as_user(&ada).get(&own).await.expect(503);
    assert_eq!((away.header("retry-after"), away.error_code().as_str()), ("1", "unavailable"));
    shop.as_user(&admin).post("/api/notifications", json!({"userId": ada.id, "type": "news"})).await.expect(503);
    let ready = shop.get("/api/notifications/ready").await.expect(503).json();
    let up: Vec<_> =
        ready["stores"].as_array().unwrap().iter().map(|s| (s["store"].clone(), s["up"].clone())).collect();
    let stores = [("redis", true), ("dynamodb", false), ("userdb", true)];
    assert_eq!(up, stores.map(|(store, up)| (json!(store), json!(up))));
    shop.get("/api/notifications/health").await.expect(200);
    // Only userdb knows whether there is such a user.
    let env = test_env.env_with(&[("USERDB_URL", "postgres://users@127.0.0.1:9/x")]);
    let shop = test_env.client(router(App::from_env(&env, &test_env.clock).unwrap(), &test_env.http_stack()));
    shop.as_user(&admin).post("/api/notifications", json!({"userId": ada.id, "type": "news"})).await.expect(503);
    assert_eq!(shop.as_user(&ada).get(&own).await.expect(200).json(), json!([]));
}
