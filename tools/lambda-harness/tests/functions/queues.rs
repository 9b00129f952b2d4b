//! The consumers' programs: they process messages, and name those that SQS must deliver again.

use api_client::ApiRequest;
use lambda_events::{EventSource, SqsRecord, authorizer_event, schedule_event, sqs_batch};
use serde_json::{Value, json};

use crate::harness::Harness;

fn batch(worker: &str, messages: &[(&str, String)]) -> Value {
    let records: Vec<_> = messages.iter().map(|(id, body)| SqsRecord::new(*id, body)).collect();
    sqs_batch(worker.trim_end_matches("-worker"), &records)
}

fn event_body(world: &Harness, kind: &str, data: Value) -> String {
    json!({"eventId": world.env.clock.new_uuid(), "at": world.env.clock.now(), "type": kind, "data": data}).to_string()
}

async fn deliver(world: &mut Harness, worker: &str, messages: &[(&str, String)]) -> Vec<String> {
    let outcome = world.function(worker).await.invoke(&batch(worker, messages)).await.unwrap();
    let response = outcome.json().unwrap();
    let failures = response["batchItemFailures"].as_array().unwrap_or_else(|| panic!("{worker} answered {response}"));
    let mut failed: Vec<_> = failures.iter().map(|f| f["itemIdentifier"].as_str().unwrap().to_owned()).collect();
    failed.sort();
    failed
}

#[tokio::test]
async fn exactly_the_messages_that_failed_are_named() {
    let mut world = Harness::new().await;
    let (user, product) = (world.customer.id, world.create_product().await);
    let order = |order: i32| json!({"orderId": order, "userId": user, "status": "confirmed", "was": "pending", "totalCents": 500, "items": []});
    let confirmed: Vec<String> = (1..=2).map(|id| event_body(&world, "order.status", order(id))).collect();
    let stock = event_body(&world, "stock.changed", json!({"productId": product, "available": 7, "version": 99}));
    for (worker, good) in [
        ("notification-worker", confirmed.clone()),
        ("analytics-worker", confirmed.clone()),
        ("catalog-worker", vec![stock.clone(), stock]),
    ] {
        let mixed = [
            ("a", good[0].clone()),
            ("b", "no event".to_owned()),
            ("c", good[1].clone()),
            ("d", json!({"type": "order.status"}).to_string()),
        ];
        assert_eq!(deliver(&mut world, worker, &mixed).await, ["b", "d"], "{worker}");
        assert_eq!(deliver(&mut world, worker, &mixed[..1]).await, [""; 0], "{worker}: a second delivery");
    }
    // Every message that succeeded has had its effects once.
    let notifications = ApiRequest::get(format!("/api/notifications/user/{user}")).with_token(&world.customer.token);
    assert_eq!(world.send(&notifications, EventSource::HttpApi).await.json().as_array().unwrap().len(), 2);
    let shown = ApiRequest::get(format!("/api/products/{product}"));
    assert_eq!(world.send(&shown, EventSource::HttpApi).await.json()["stock"], 7);
}

#[tokio::test]
async fn an_unavailable_store_fails_every_message() {
    let world = Harness::new().await;
    let product = world.create_product().await;
    let stock = event_body(&world, "stock.changed", json!({"productId": product, "available": 1, "version": 100}));
    let variables = world.variables_with(&[("PRODUCTDB_URL", "postgres://products:x@127.0.0.1:1/productdb")]);
    let program = lambda_harness::find_binary(&crate::harness::bin_dir(), "catalog-worker").unwrap();
    let mut worker = lambda_harness::Sandbox::start(&program, "catalog-worker", &variables).await.unwrap();
    let response =
        worker.invoke(&batch("catalog-worker", &[("a", stock.clone()), ("b", stock)])).await.unwrap().json().unwrap();
    assert_eq!(response["batchItemFailures"].as_array().unwrap().len(), 2, "{response}");
}

#[tokio::test]
async fn functions_without_routes_do_their_work() {
    let mut world = Harness::new().await;
    let recovered = world.function("recovery").await.invoke(&schedule_event()).await.unwrap().json().unwrap();
    assert_eq!((&recovered["failures"], &recovered["stuck"]), (&json!(0), &json!(0)), "{recovered}");

    let url = runtime::Env::from_env().required("SHOP_POSTGRES_URL").unwrap();
    let prefix = format!("e{:x}_", world.env.clock.random() as u64);
    let own = [("POSTGRES_ADMIN_URL", url.as_str()), ("DATABASE_PREFIX", &prefix), ("REVIEWDB_NAME", &prefix)];
    let variables = world.variables_with(&own);
    let program = lambda_harness::find_binary(&crate::harness::bin_dir(), "migrations").unwrap();
    let mut migrations = lambda_harness::Sandbox::start(&program, "migrations", &variables).await.unwrap();
    for _ in 0..2 {
        let response = migrations.invoke(&json!({})).await.unwrap().json().unwrap();
        assert_eq!(response, json!({"status": "migrated"}));
    }

    let bob = world.env.customer().await;
    let me = ApiRequest::get("/api/users/me").with_token(&bob.token);
    assert_eq!(world.send(&me, EventSource::HttpApi).await.status, 200);
    let disable = json!({"action": "disable", "userId": bob.id});
    let done = world.function("operator").await.invoke(&disable).await.unwrap().json().unwrap();
    assert_eq!((&done["user"]["id"], &done["sessions"]), (&json!(bob.id), &json!(0)), "{done}");
    assert_eq!(world.send(&me, EventSource::HttpApi).await.status, 401);
    let nobody = json!({"action": "show", "email": "nobody@test.example"});
    let response = world.function("operator").await.invoke(&nobody).await.unwrap().json().unwrap();
    assert_eq!(response["code"], "not_found");

    let (good, bad) = (world.customer.token.clone(), "x.y.z".to_owned());
    for (token, passes) in [(good, true), (bad, false)] {
        let event = authorizer_event(&[("authorization", &format!("Bearer {token}"))]);
        let response = world.function("authorizer").await.invoke(&event).await.unwrap().json().unwrap();
        assert_eq!(response["isAuthorized"], passes, "{response}");
    }
}
