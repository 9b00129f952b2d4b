//! Requests that must fail and have no effect; and unavailable stores.

mod shop;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shop::TestShop;

#[tokio::test]
async fn every_field_of_an_event_rejects_invalid_values() {
    let shop = TestShop::open().await;
    let deep = json!({ "a": { "b": { "c": { "d": { "e": {} } } } } });
    let mut cases: Vec<(&str, Value)> = Vec::new();
    for field in ["eventType", "metadata", "eventId"] {
        let wrong = [json!([]), json!(5), json!(true), json!([{ "$gt": "" }])];
        cases.extend(wrong.into_iter().map(|value| (field, value)));
    }
    for kind in ["", "A", "1a", ".a", "a b", "a-b", "é", "a\u{0}", "$where", &"a".repeat(65)] {
        cases.push(("eventType", json!(kind)));
    }
    cases.extend([("eventType", json!({ "$gt": "" })), ("eventType", json!(null))]);
    for metadata in [
        json!({ "$gt": "" }),
        json!({ "a": { "$where": "1" } }),
        json!({ "a": [{ "$ne": 1 }] }),
        json!({ "a.b": 1 }),
        json!({ "": 1 }),
        json!({ "a\u{0}": 1 }),
        json!({ "n": u64::MAX }),
        json!({ "a": "x".repeat(8 * 1024) }),
        json!("{}"),
        json!(null),
        deep,
    ] {
        cases.push(("metadata", metadata));
    }
    for id in [json!(""), json!("1"), json!({ "$gt": "" }), json!("zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz")] {
        cases.push(("eventId", id));
    }
    for (field, value) in cases {
        let mut body = json!({ "eventType": "product.view" });
        body[field] = value.clone();
        let rejected = shop.api.post("/api/analytics/event", body).await;
        assert_eq!(rejected.status, 400, "{field} = {value}");
        let named = rejected.json()["errors"][0]["field"].as_str().unwrap().to_owned();
        assert!(named.starts_with(field), "{field} = {value}: {named}");
    }
    for field in ["userId", "timestamp", "counted", "effect", "_id", "id", "$set"] {
        let mut body = json!({ "eventType": "product.view" });
        body[field] = json!(1);
        let rejected = shop.api.post("/api/analytics/event", body).await.expect(400);
        assert_eq!(rejected.json()["errors"][0]["field"], field);
    }
    shop.api.post("/api/analytics/event", json!({})).await.expect(400);
    assert_eq!(shop.dashboard("").await["totalEvents"], 0);
}

#[tokio::test]
async fn paths_and_queries_reject_invalid_values() {
    let shop = TestShop::open().await;
    let me = format!("/api/analytics/user/{}", shop.admin.id);
    let cases = [
        ("/api/analytics/dashboard?days=0".to_owned(), "days"),
        ("/api/analytics/dashboard?days=366".to_owned(), "days"),
        ("/api/analytics/dashboard?days=-1".to_owned(), "days"),
        ("/api/analytics/dashboard?days=7.5".to_owned(), "days"),
        ("/api/analytics/dashboard?days=%7B%22$gt%22:0%7D".to_owned(), "days"),
        ("/api/analytics/dashboard?from=2026".to_owned(), "from"),
        ("/api/analytics/user/0".to_owned(), "userId"),
        ("/api/analytics/user/me".to_owned(), "userId"),
        ("/api/analytics/user/%7B%22$ne%22:0%7D".to_owned(), "userId"),
        (format!("{me}?limit=0"), "limit"),
        (format!("{me}?limit=1000"), "limit"),
        (format!("{me}?cursor=x"), "cursor"),
        (format!("{me}?cursor=eyIkZ3QiOiIifQ"), "cursor"),
        (format!("{me}?skip=1"), "skip"),
    ];
    for (path, field) in cases {
        let rejected = shop.api.as_user(&shop.admin).get(&path).await;
        assert_eq!(rejected.status, 400, "{path}");
        assert_eq!(rejected.json()["errors"][0]["field"], field, "{path}");
    }
}

#[tokio::test]
async fn without_redis_events_are_accepted_and_what_needs_a_session_is_a_503() {
    let shop = TestShop::open_with(&[("REDIS_URL", "redis://127.0.0.1:9")]).await;
    shop.track(None, "product.view").await;
    shop.track(Some(&shop.admin), "product.view").await;
    shop.api.as_user(&shop.admin).get("/api/analytics/dashboard").await.expect(503);
    shop.api.get("/api/analytics/ready").await.expect(503);
    shop.api.get("/api/analytics/health").await.expect(200);
}

#[tokio::test]
async fn without_mongodb_it_is_a_503_in_bounded_time() {
    let shop = TestShop::open_with(&[("MONGODB_URL", "mongodb://127.0.0.1:9/?directConnection=true")]).await;
    let body = json!({ "eventType": "product.view" });
    let start = Instant::now();
    let rejected = shop.api.post("/api/analytics/event", body).await.expect(503);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!((rejected.error_code().as_str(), rejected.header("retry-after")), ("unavailable", "1"));
    shop.api.as_user(&shop.admin).get("/api/analytics/dashboard").await.expect(503);
    shop.api.as_user(&shop.admin).get(&format!("/api/analytics/user/{}", shop.admin.id)).await.expect(503);
}
