//! Events and their totals.

mod shop;

use futures::future::join_all;
use serde_json::{Value, json};
use shop::TestShop;

#[tokio::test]
async fn an_event_is_returned_as_it_was_sent() {
    let shop = TestShop::open().await;
    let ada = shop.test_env.customer().await;
    let metadata = json!({
        "productId": 7, "price": 19.9, "round": 2.0, "large": i64::MAX, "small": i64::MIN, "none": null,
        "text": "naïve 💡 \" \\ <script>", "list": [1, 1.0, "1", [], {}], "deep": {"a": {"b": {"c": true}}}
    });
    let body = json!({ "eventType": "product.view", "metadata": metadata });
    let taken = shop.api.as_user(&ada).post("/api/analytics/event", body).await.expect(201).json();
    assert_eq!((&taken["eventType"], &taken["userId"]), (&json!("product.view"), &json!(ada.id)));
    assert_eq!(taken["metadata"].to_string(), metadata.to_string());
    let page = shop.api.as_user(&ada).get(&format!("/api/analytics/user/{}", ada.id)).await.expect(200).json();
    assert_eq!(page["recentEvents"], json!([taken]));
    assert_eq!(page["recentEvents"][0]["metadata"].to_string(), metadata.to_string());
    let anonymous = shop.track(None, "product.view").await;
    assert_eq!((&anonymous["userId"], &anonymous["metadata"]), (&Value::Null, &json!({})));
}

#[tokio::test]
async fn an_anonymous_event_may_be_sent_again_by_a_user() {
    let shop = TestShop::open().await;
    let ada = shop.test_env.customer().await;
    let event = json!({ "eventType": "basket.add", "eventId": shop.test_env.clock.new_uuid().to_string() });
    // As if Redis could not tell who Ada is.
    let taken = shop.api.post("/api/analytics/event", event.clone()).await.expect(201).json();
    let again = shop.api.as_user(&ada).post("/api/analytics/event", event).await.expect(201).json();
    assert_eq!((&again, &again["userId"]), (&taken, &Value::Null));
    assert_eq!(shop.dashboard("").await["totalEvents"], 1);
}

#[tokio::test]
async fn an_event_sent_again_is_counted_once() {
    let shop = TestShop::open().await;
    let (ada, eve) = (shop.test_env.customer().await, shop.test_env.customer().await);
    let id = shop.test_env.clock.new_uuid().to_string();
    let body = |n: i64| json!({ "eventType": "basket.add", "eventId": id, "metadata": { "n": n } });
    let api = shop.api.as_user(&ada);
    let replies = join_all((0..10).map(|n| api.post("/api/analytics/event", body(n)))).await;
    let stored = shop.api.as_user(&ada).post("/api/analytics/event", body(99)).await.expect(201).json();
    for reply in replies {
        assert_eq!(reply.expect(201).json(), stored);
    }
    assert_eq!(shop.dashboard("").await["totalEvents"], 1);
    // Nobody reads or overwrites another user's event by its id.
    for api in [shop.api.as_user(&eve), shop.api.clone()] {
        let rejected = api.post("/api/analytics/event", body(1)).await.expect(409);
        assert_eq!(rejected.error_code(), "event_id_taken");
        assert!(!String::from_utf8_lossy(&rejected.bytes).contains("basket"));
    }
    assert_eq!(shop.dashboard("").await["totalEvents"], 1);
}

#[tokio::test]
async fn the_dashboard_shows_what_happened() {
    let shop = TestShop::open().await;
    let (ada, bob) = (shop.test_env.customer().await, shop.test_env.customer().await);
    for (person, kind) in [
        (Some(&ada), "product.view"),
        (Some(&ada), "product.view"),
        (Some(&ada), "basket.add"),
        (Some(&bob), "product.view"),
        (None, "checkout.start"),
        (None, "anything_else"),
    ] {
        shop.track(person, kind).await;
    }
    let shown = shop.dashboard("?days=2").await;
    assert_eq!(shown["totalEvents"], 6);
    let kinds = shown["eventsByType"].as_array().unwrap();
    assert_eq!((kinds.len(), &kinds[0]), (4, &json!({ "type": "product.view", "count": 3 })));
    assert_eq!(shown["topUsers"], json!([{ "userId": ada.id, "count": 3 }, { "userId": bob.id, "count": 1 }]));
    let days = shown["eventsByDay"].as_array().unwrap();
    assert_eq!(days.len(), 2);
    assert_eq!(days.iter().map(|day| day["count"].as_i64().unwrap()).sum::<i64>(), 6);
    let funnel = json!([
        { "step": "view", "count": 3 }, { "step": "basket", "count": 1 },
        { "step": "checkout", "count": 1 }, { "step": "purchase", "count": 0 }
    ]);
    assert_eq!(shown["funnel"], funnel);
    let quiet = |day: &Value| {
        json!({
            "day": day["day"], "orders": 0, "revenue": 0, "grossRevenue": 0, "refunds": 0, "discounts": 0,
            "shipping": 0, "tax": 0
        })
    };
    assert_eq!(shown["salesByDay"], days.iter().map(quiet).collect::<Value>());
    for money in ["revenue", "grossRevenue", "refunds", "discounts", "shipping", "tax", "orders", "averageOrderValue"] {
        assert_eq!(shown[money], 0, "{money}");
    }
    assert_eq!((&shown["topProducts"], &shown["reviews"]), (&json!([]), &json!({ "count": 0, "average": 0.0 })));
    assert_eq!(shown["period"]["to"], shown["generatedAt"]);
}

#[tokio::test]
async fn a_dashboard_covers_its_days_and_no_others() {
    let shop = TestShop::open().await;
    for days in 1..=4 {
        let body = json!({ "eventType": "product.view" });
        shop.days_ago(days).post("/api/analytics/event", body).await.expect(201);
    }
    shop.track(None, "basket.add").await;
    for (days, events) in [(1, 1), (2, 2), (3, 3), (5, 5), (365, 5)] {
        let shown = shop.dashboard(&format!("?days={days}")).await;
        assert_eq!(shown["totalEvents"], events, "{days} days");
        assert_eq!(shown["eventsByDay"].as_array().unwrap().len(), days);
        assert_eq!(shown["funnel"][1]["count"], 1);
    }
    assert_eq!(shop.dashboard("").await["eventsByDay"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn an_order_that_a_client_invents_moves_no_money() {
    let shop = TestShop::open().await;
    for kind in ["order.confirmed", "review.created", "payment.refunded"] {
        let metadata =
            json!({ "orderId": 1, "total": 1e6, "items": [{ "productId": 1, "quantity": 9, "price": 1e5 }] });
        let body = json!({ "eventType": kind, "metadata": metadata });
        shop.api.post("/api/analytics/event", body).await.expect(201);
    }
    let shown = shop.dashboard("").await;
    assert_eq!((&shown["totalEvents"], &shown["revenue"], &shown["orders"]), (&json!(3), &json!(0), &json!(0)));
    assert_eq!((&shown["topProducts"], &shown["funnel"][3]["count"]), (&json!([]), &json!(0)));
    assert_eq!(shown["reviews"]["count"], 0);
}

#[tokio::test]
async fn invented_event_types_cannot_make_a_dashboard_grow() {
    let shop = TestShop::open().await;
    let mongo = shop.store();
    for n in 0..230 {
        shop.track(None, &format!("invented.{n:03}")).await;
        if n % 90 == 0 {
            store_mongo::aggregate_pending(&mongo, std::time::Duration::ZERO).await.unwrap();
        }
    }
    shop.track(None, "invented.000").await;
    let shown = shop.dashboard("").await;
    let kinds = shown["eventsByType"].as_array().unwrap();
    assert_eq!((kinds.len(), &kinds[0]), (100, &json!({ "type": "(other)", "count": 30 })));
    assert_eq!(kinds[1], json!({ "type": "invented.000", "count": 2 }));
    assert_eq!(shown["totalEvents"], 231);
}

#[tokio::test]
async fn concurrent_dashboard_requests_share_one_response_until_it_expires() {
    let shop = TestShop::open().await;
    shop.track(None, "product.view").await;
    let looks = || async {
        let admin = shop.api.as_user(&shop.admin);
        let replies = join_all((0..10).map(|_| admin.get("/api/analytics/dashboard"))).await;
        replies.into_iter().map(|reply| reply.expect(200).bytes).collect::<Vec<_>>()
    };
    let first = looks().await;
    assert!(first.iter().all(|bytes| *bytes == first[0]));
    shop.track(None, "product.view").await;
    shop.clock.advance(5);
    let later: Value = serde_json::from_slice(&looks().await[0]).unwrap();
    assert_eq!(later["totalEvents"], 2);
}

#[tokio::test]
async fn a_dashboard_leaves_a_backlog_to_the_scheduled_aggregation() {
    let shop = TestShop::open().await;
    for n in 0..201 {
        shop.track(None, ["product.view", "basket.add"][n % 2]).await;
    }
    assert_eq!(shop.dashboard("").await["totalEvents"], 0);
    let mongo = shop.store();
    assert!(store_mongo::aggregate_pending(&mongo, std::time::Duration::from_secs(5)).await.unwrap().finished);
    assert_eq!(shop.dashboard("").await["totalEvents"], 201);
}
