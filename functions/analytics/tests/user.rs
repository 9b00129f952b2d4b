//! A user's events, for the user and for admins.

mod shop;

use std::collections::HashSet;

use serde_json::json;
use shop::TestShop;

#[tokio::test]
async fn only_the_user_and_admins_see_a_users_events() {
    let shop = TestShop::open().await;
    let (ada, eve) = (shop.test_env.customer().await, shop.test_env.customer().await);
    shop.track(Some(&ada), "product.view").await;
    let path = format!("/api/analytics/user/{}", ada.id);
    let own = shop.api.as_user(&ada).get(&path).await.expect(200);
    assert_eq!((&own.json()["userId"], &own.json()["totalEvents"]), (&json!(ada.id), &json!(1)));
    assert_eq!(shop.api.as_user(&shop.admin).get(&path).await.expect(200).bytes, own.bytes);
    assert_eq!(own.header("link"), "");
    shop.api.get(&path).await.expect(401);
    // Another user's events and those of a missing user look the same.
    let theirs = shop.api.as_user(&eve).get(&path).await.expect(404).json();
    let nobodys = shop.api.as_user(&eve).get("/api/analytics/user/2147483647").await.expect(404).json();
    assert_eq!(theirs["detail"], nobodys["detail"]);
    let empty = shop.api.as_user(&shop.admin).get("/api/analytics/user/2147483647").await.expect(200).json();
    assert_eq!((&empty["totalEvents"], &empty["recentEvents"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn the_dashboard_is_for_admins() {
    let shop = TestShop::open().await;
    let ada = shop.test_env.customer().await;
    shop.api.get("/api/analytics/dashboard").await.expect(401);
    shop.api.as_user(&ada).get("/api/analytics/dashboard").await.expect(403);
    shop.api.with_token("eyJhbGciOiJub25lIn0.e30.").get("/api/analytics/dashboard").await.expect(401);
    // A token that is sent must be valid, even if none is required.
    let body = json!({ "eventType": "product.view" });
    shop.api.with_token("x.y.z").post("/api/analytics/event", body).await.expect(401);
}

#[tokio::test]
async fn pages_skip_and_repeat_nothing_while_events_arrive() {
    let shop = TestShop::open().await;
    let ada = shop.test_env.customer().await;
    let mut before = HashSet::new();
    for n in 0..23 {
        before.insert(shop.track(Some(&ada), "product.view").await["id"].to_string());
        // Several share a millisecond.
        shop.clock.advance(i64::from(n % 4 == 0));
    }
    let mut path = format!("/api/analytics/user/{}?limit=5", ada.id);
    let mut seen = Vec::new();
    loop {
        let page = shop.api.as_user(&ada).get(&path).await.expect(200);
        seen.extend(page.json()["recentEvents"].as_array().unwrap().iter().map(|event| event["id"].to_string()));
        shop.clock.advance(1);
        shop.track(Some(&ada), "basket.add").await;
        let link = page.header("link");
        let Some(next) = link.strip_prefix('<').and_then(|link| link.split('>').next()) else { break };
        path = next.to_owned();
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.into_iter().collect::<HashSet<_>>(), before);
}

#[tokio::test]
async fn the_total_is_exact_before_and_after_aggregation() {
    let shop = TestShop::open().await;
    let ada = shop.test_env.customer().await;
    let mongo = shop.store();
    let path = format!("/api/analytics/user/{}?limit=1", ada.id);
    for n in 1..=12 {
        shop.track(Some(&ada), "product.view").await;
        if n % 5 == 0 {
            assert!(store_mongo::aggregate_pending(&mongo, std::time::Duration::from_secs(5)).await.unwrap().finished);
        }
        assert_eq!(shop.api.as_user(&ada).get(&path).await.expect(200).json()["totalEvents"], n);
    }
    // And during an aggregation.
    let fold = async { store_mongo::aggregate_pending(&mongo, std::time::Duration::from_secs(5)).await.unwrap() };
    let look = async {
        for _ in 0..10 {
            assert_eq!(shop.api.as_user(&ada).get(&path).await.expect(200).json()["totalEvents"], 12);
        }
    };
    tokio::join!(fold, look);
}
