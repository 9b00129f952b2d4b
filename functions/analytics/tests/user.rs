//! What a user did: for themselves and for admins.

mod desk;

use std::collections::HashSet;

use desk::Desk;
use serde_json::json;

#[tokio::test]
async fn only_the_user_and_admins_see_a_users_events() {
    let desk = Desk::open().await;
    let (ada, eve) = (desk.test_env.customer().await, desk.test_env.customer().await);
    desk.track(Some(&ada), "product.view").await;
    let path = format!("/api/analytics/user/{}", ada.id);
    let own = desk.api.as_user(&ada).get(&path).await.expect(200);
    assert_eq!((&own.json()["userId"], &own.json()["totalEvents"]), (&json!(ada.id), &json!(1)));
    assert_eq!(desk.api.as_user(&desk.admin).get(&path).await.expect(200).bytes, own.bytes);
    assert_eq!(own.header("link"), "");
    desk.api.get(&path).await.expect(401);
    // Somebody else and nobody at all look the same.
    let theirs = desk.api.as_user(&eve).get(&path).await.expect(404).json();
    let nobodys = desk.api.as_user(&eve).get("/api/analytics/user/2147483647").await.expect(404).json();
    assert_eq!(theirs["detail"], nobodys["detail"]);
    let empty = desk.api.as_user(&desk.admin).get("/api/analytics/user/2147483647").await.expect(200).json();
    assert_eq!((&empty["totalEvents"], &empty["recentEvents"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn the_dashboard_is_for_admins() {
    let desk = Desk::open().await;
    let ada = desk.test_env.customer().await;
    desk.api.get("/api/analytics/dashboard").await.expect(401);
    desk.api.as_user(&ada).get("/api/analytics/dashboard").await.expect(403);
    desk.api.with_token("eyJhbGciOiJub25lIn0.e30.").get("/api/analytics/dashboard").await.expect(401);
    // A token that is sent must be good, also where none is needed.
    let body = json!({ "eventType": "product.view" });
    desk.api.with_token("x.y.z").post("/api/analytics/event", body).await.expect(401);
}

#[tokio::test]
async fn pages_skip_and_repeat_nothing_while_events_arrive() {
    let desk = Desk::open().await;
    let ada = desk.test_env.customer().await;
    let mut before = HashSet::new();
    for n in 0..23 {
        before.insert(desk.track(Some(&ada), "product.view").await["id"].to_string());
        // Several share a millisecond.
        desk.clock.advance(i64::from(n % 4 == 0));
    }
    let mut path = format!("/api/analytics/user/{}?limit=5", ada.id);
    let mut seen = Vec::new();
    loop {
        let page = desk.api.as_user(&ada).get(&path).await.expect(200);
        seen.extend(page.json()["recentEvents"].as_array().unwrap().iter().map(|event| event["id"].to_string()));
        desk.clock.advance(1);
        desk.track(Some(&ada), "basket.add").await;
        let link = page.header("link");
        let Some(next) = link.strip_prefix('<').and_then(|link| link.split('>').next()) else { break };
        path = next.to_owned();
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.into_iter().collect::<HashSet<_>>(), before);
}

#[tokio::test]
async fn the_total_is_exact_before_and_after_aggregation() {
    let desk = Desk::open().await;
    let ada = desk.test_env.customer().await;
    let mongo = desk.store();
    let path = format!("/api/analytics/user/{}?limit=1", ada.id);
    for n in 1..=12 {
        desk.track(Some(&ada), "product.view").await;
        if n % 5 == 0 {
            assert!(store_mongo::aggregate_pending(&mongo, std::time::Duration::from_secs(5)).await.unwrap().finished);
        }
        assert_eq!(desk.api.as_user(&ada).get(&path).await.expect(200).json()["totalEvents"], n);
    }
    // And while a fold is under way.
    let fold = async { store_mongo::aggregate_pending(&mongo, std::time::Duration::from_secs(5)).await.unwrap() };
    let look = async {
        for _ in 0..10 {
            assert_eq!(desk.api.as_user(&ada).get(&path).await.expect(200).json()["totalEvents"], 12);
        }
    };
    tokio::join!(fold, look);
}
