//! The consumers' programs: what they process, and which messages they return for redelivery.

use lambda_harness::{EventSource, HttpRequest};
use serde_json::{Value, json};

use crate::harness::Harness;

fn batch(messages: &[(&str, String)]) -> Value {
    let record = |(id, body): &(&str, String)| {
        json!({
            "messageId": id, "receiptHandle": "r", "body": body, "messageAttributes": {}, "md5OfBody": "",
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "0", "SenderId": "s", "ApproximateFirstReceiveTimestamp": "0"},
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:1:q", "awsRegion": "us-east-1",
        })
    };
    json!({"Records": messages.iter().map(record).collect::<Vec<_>>()})
}

fn event_body(world: &Harness, kind: &str, data: Value) -> String {
    json!({"eventId": world.env.clock.new_uuid(), "at": world.env.clock.now(), "type": kind, "data": data}).to_string()
}

async fn deliver(world: &mut Harness, worker: &str, messages: &[(&str, String)]) -> Vec<String> {
    let outcome = world.function(worker).await.invoke(&batch(messages)).await.unwrap();
    let answer = outcome.json().unwrap();
    let failures = answer["batchItemFailures"].as_array().unwrap_or_else(|| panic!("{worker} answered {answer}"));
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
    // Processed messages have their effects, once.
    let told = HttpRequest::new("GET", &format!("/api/notifications/user/{user}")).bearer(&world.customer.token);
    assert_eq!(world.send(&told, EventSource::HttpApi).await.json().unwrap().as_array().unwrap().len(), 2);
    let shown = HttpRequest::new("GET", &format!("/api/products/{product}"));
    assert_eq!(world.send(&shown, EventSource::HttpApi).await.json().unwrap()["stock"], 7);
}

#[tokio::test]
async fn an_unavailable_store_fails_every_message() {
    let world = Harness::new().await;
    let product = world.create_product().await;
    let stock = event_body(&world, "stock.changed", json!({"productId": product, "available": 1, "version": 100}));
    let variables = world.variables_with(&[("PRODUCTDB_URL", "postgres://products:x@127.0.0.1:1/productdb")]);
    let program = lambda_harness::find_binary(&crate::harness::bin_dir(), "catalog-worker").unwrap();
    let mut worker = lambda_harness::Sandbox::start(&program, "catalog-worker", &variables).await.unwrap();
    let answer = worker.invoke(&batch(&[("a", stock.clone()), ("b", stock)])).await.unwrap().json().unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 2, "{answer}");
}

#[tokio::test]
async fn functions_without_routes_do_their_work() {
    let mut world = Harness::new().await;
    let recovered = world.function("recovery").await.invoke(&json!({})).await.unwrap().json().unwrap();
    assert_eq!((&recovered["failures"], &recovered["stuck"]), (&json!(0), &json!(0)), "{recovered}");

    let url = runtime::Env::from_env().required("SHOP_POSTGRES_URL").unwrap();
    let prefix = format!("e{:x}_", world.env.clock.random() as u64);
    let own = [("POSTGRES_ADMIN_URL", url.as_str()), ("DATABASE_PREFIX", &prefix), ("REVIEWDB_NAME", &prefix)];
    let variables = world.variables_with(&own);
    let program = lambda_harness::find_binary(&crate::harness::bin_dir(), "migrations").unwrap();
    let mut migrations = lambda_harness::Sandbox::start(&program, "migrations", &variables).await.unwrap();
    for _ in 0..2 {
        let answer = migrations.invoke(&json!({})).await.unwrap().json().unwrap();
        assert_eq!(answer, json!({"status": "migrated"}));
    }

    let bob = world.env.customer().await;
    let me = HttpRequest::new("GET", "/api/users/me").bearer(&bob.token);
    assert_eq!(world.send(&me, EventSource::HttpApi).await.status, 200);
    let disable = json!({"action": "disable", "userId": bob.id});
    let done = world.function("operator").await.invoke(&disable).await.unwrap().json().unwrap();
    assert_eq!((&done["user"]["id"], &done["sessions"]), (&json!(bob.id), &json!(0)), "{done}");
    assert_eq!(world.send(&me, EventSource::HttpApi).await.status, 401);
    let nobody = json!({"action": "show", "email": "nobody@test.example"});
    let answer = world.function("operator").await.invoke(&nobody).await.unwrap().json().unwrap();
    assert_eq!(answer["code"], "not_found");

    let (good, bad) = (world.customer.token.clone(), "x.y.z".to_owned());
    for (token, passes) in [(good, true), (bad, false)] {
        let event =
            json!({"version": "2.0", "type": "REQUEST", "headers": {"authorization": format!("Bearer {token}")}});
        let answer = world.function("authorizer").await.invoke(&event).await.unwrap().json().unwrap();
        assert_eq!(answer["isAuthorized"], passes, "{answer}");
    }
}
