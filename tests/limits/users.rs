//! Limits per user, and that a rejection has no effect.

use runtime::{Clock, Env};
use serde_json::json;

use crate::shop::{Shop, retry_after};

#[tokio::test]
async fn a_user_is_counted_wherever_they_call_from_and_before_anything_is_read() {
    let shop = Shop::open("place_order.user=5/600,place_order.address=9/600").await;
    let (ada, bob) = (shop.test_env.customer().await, shop.test_env.customer().await);
    let order = json!({"items": [{"productId": 4711, "quantity": 1}]});
    for place in 0..5 {
        let from = shop.client_at(&format!("192.0.2.{place}"));
        // No such product: rejected requests count, too.
        from.as_user(&ada).post("/api/orders", order.clone()).await.expect(404);
    }
    let here = shop.client_at("192.0.2.100");
    let rejected = here.as_user(&ada).post("/api/orders", order.clone()).await;
    assert!((110..=120).contains(&retry_after(&rejected)), "one is given back every two minutes");
    // An invalid body is not examined, and neither is the key: the next request may use it.
    let keyed = here.as_user(&ada).with_header("idempotency-key", "once");
    retry_after(&keyed.send(http::Method::POST, "/api/orders", Some("{".to_owned())).await);
    assert_eq!(shop.count("ORDERDB_URL", "select count(*) from idempotency_keys").await, 0);
    assert_eq!(shop.count("ORDERDB_URL", "select count(*) from orders").await, 0);
    // Others at the same address are served until the address has reached its limit.
    for _ in 0..5 {
        here.as_user(&bob).post("/api/orders", order.clone()).await.expect(404);
    }
    for _ in 0..4 {
        here.post("/api/orders", order.clone()).await.expect(401);
    }
    let new = shop.test_env.customer().await;
    retry_after(&here.as_user(&new).post("/api/orders", order.clone()).await);
    shop.client_at("192.0.2.101").as_user(&new).post("/api/orders", order).await.expect(404);
}

#[tokio::test]
async fn an_unauthenticated_caller_gets_the_usual_answer() {
    let shop = Shop::open("").await;
    let (ada, client) = (shop.test_env.customer().await, shop.client_at("192.0.2.1"));
    let review = json!({"productId": 4711, "rating": 5});
    client.with_token("not.a.token").post("/api/reviews", review.clone()).await.expect(401);
    client.with_header("authorization", "Basic x").post("/api/reviews", review.clone()).await.expect(401);
    client.as_user(&ada).post("/api/notifications", json!({})).await.expect(403);
    client.as_user(&ada).post("/api/users/logout", json!({})).await.expect(204);
    client.as_user(&ada).post("/api/reviews", review).await.expect(401);
    // An event of a user whose session has ended is rejected, an anonymous one is accepted.
    client.as_user(&ada).post("/api/analytics/event", json!({"eventType": "visit"})).await.expect(401);
    client.post("/api/analytics/event", json!({"eventType": "visit"})).await.expect(201);
}

#[tokio::test]
async fn redis_keeps_no_address_and_no_limit_longer_than_it_counts() {
    let shop = Shop::open("").await;
    let ada = shop.test_env.customer().await;
    shop.client_at("192.0.2.77").as_user(&ada).post("/api/orders", json!({})).await.expect(400);
    let client = redis::Client::open(shop.test_env.env().required("REDIS_URL").unwrap()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let pattern = format!("{}rate:*", shop.test_env.prefix);
    let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut redis).await.unwrap();
    assert_eq!(keys.len(), 2, "{keys:?}");
    for key in keys {
        assert!(!key.contains("192.0.2.77"), "{key}");
        let left: i64 = redis::cmd("PTTL").arg(&key).query_async(&mut redis).await.unwrap();
        assert!((1..=20_000).contains(&left), "one request of thirty in ten minutes: {key} lives for {left} ms");
    }
}

#[tokio::test]
async fn limits_that_cannot_be_read_keep_a_function_from_starting_and_name_their_variable() {
    let shop = Shop::open("").await;
    let clock = Clock::system();
    macro_rules! errors {
        ($($group:ident: $about:literal,)+) => { |env: &Env| [$(api::$group::App::from_env(env, &clock).err()),+] };
    }
    let rejected = api::for_each_group!(errors);
    for wrong in ["off", "x0", "signup.address=1/1", "sign_up.address=many"] {
        for error in rejected(&shop.test_env.env_with(&[("LIMITS", wrong)])) {
            let error = error.unwrap_or_else(|| panic!("{wrong} is taken")).to_string();
            assert!(error.contains("LIMITS") && error.contains(wrong), "{error}");
        }
    }
}
