//! Messages that cannot be used, among those that can.

use std::time::Duration;

use analytics_worker::{App, handle};
use domain::analytics::{Days, build_dashboard};
use runtime::Env;
use serde_json::{Value, json};
use store_mongo::Mongo;
use testkit::{BATCH_SIZE, TestEnv, poison_messages, poison_positions};

fn review(test_env: &TestEnv, rating: Value) -> Value {
    json!({
        "eventId": test_env.clock.new_uuid(), "at": test_env.clock.now(), "type": "review.changed",
        "data": {
            "change": "created", "reviewId": domain::ReviewId::generate_at(test_env.clock.now(), test_env.clock.random()),
            "productId": 1, "userId": 1, "rating": rating, "previousRating": null
        }
    })
}

async fn failures(app: &App, bodies: &[String]) -> Vec<String> {
    let messages: Vec<_> = bodies.iter().enumerate().map(|(n, body)| (format!("m{n}"), body.clone(), 1)).collect();
    let response = handle(app, worker::build_batch(messages), worker::DEFAULT_TIME_LIMIT).await;
    let mut failed: Vec<_> = response.batch_item_failures.into_iter().map(|f| f.item_identifier).collect();
    failed.sort();
    failed
}

async fn total(test_env: &TestEnv, env: &Env) -> i64 {
    let mongo = Mongo::new(store_mongo::Config::from_env(env).unwrap(), &test_env.clock);
    assert!(store_mongo::aggregate_pending(&mongo, Duration::from_secs(10)).await.unwrap().finished);
    let period = Days::default().period_until(test_env.clock.now());
    build_dashboard(period.clone(), store_mongo::rollups::load_totals(&mongo, &period).await.unwrap()).total_events
}

#[tokio::test]
async fn poison_messages_fail_and_the_others_are_counted() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let order = |total: i64, quantity: i64| {
        json!({
            "eventId": test_env.clock.new_uuid(), "at": test_env.clock.now(), "type": "order.status",
            "data": {
                "orderId": 1, "userId": 1, "status": "confirmed", "was": "pending", "totalCents": total,
                "items": [{ "productId": 1, "name": "Lamp", "quantity": quantity, "priceCents": 950 }]
            }
        })
    };
    let stock = json!({
        "eventId": test_env.clock.new_uuid(), "at": test_env.clock.now(), "type": "stock.changed",
        "data": { "productId": 1, "available": 1, "version": 1 }
    });
    let (good, late) = (review(&test_env, json!(5)), order(950, 1));
    let bodies = [
        good.clone(),
        json!("no event"),
        review(&test_env, json!(9)),
        late,
        order(i64::MAX, 1),
        order(950, 0),
        order(-1, 1),
        stock,
        json!({ "eventId": { "$gt": "" } }),
        good,
    ];
    let mut bodies: Vec<String> = bodies.iter().map(Value::to_string).collect();
    bodies.extend(["".to_owned(), "{".to_owned(), "\u{0}".to_owned()]);
    let poison = ["m1", "m10", "m11", "m12", "m2", "m4", "m5", "m6", "m7", "m8"];
    assert_eq!(failures(&app, &bodies).await, poison);
    assert_eq!(total(&test_env, &test_env.env()).await, 2);
    // Poison stays poison, and the valid messages are not counted again.
    assert_eq!(failures(&app, &bodies).await, poison);
    assert_eq!(total(&test_env, &test_env.env()).await, 2);
}

/// Poison at any positions: messages that are no events, and events that are not for analytics.
#[tokio::test]
async fn only_the_poison_messages_fail() {
    let test_env = TestEnv::new().await;
    let seed = test_env.clock.random() as u64;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let mut poisons = poison_messages();
    poisons.extend([review(&test_env, json!(0)).to_string(), review(&test_env, json!(255)).to_string()]);
    let (mut used, mut counted) = (poisons.iter().cycle(), 0);
    for (round, subset) in poison_positions(seed, 25).into_iter().enumerate() {
        let body =
            |bad: &bool| if *bad { used.next().unwrap().clone() } else { review(&test_env, json!(5)).to_string() };
        let bodies: Vec<String> = subset.iter().map(body).collect();
        let expected: Vec<String> =
            (0..BATCH_SIZE).filter(|place| subset[*place]).map(|place| format!("m{place}")).collect();
        assert_eq!(failures(&app, &bodies).await, expected, "seed {seed}, round {round}");
        counted += BATCH_SIZE - expected.len();
    }
    assert_eq!(total(&test_env, &test_env.env()).await, counted as i64, "seed {seed}");
}

#[tokio::test]
async fn while_the_store_is_unreachable_the_whole_batch_is_retried() {
    let test_env = TestEnv::new().await;
    let bodies = [review(&test_env, json!(5)).to_string(), review(&test_env, json!(4)).to_string()];
    let nowhere = test_env.env_with(&[("MONGODB_URL", "mongodb://127.0.0.1:9/?directConnection=true")]);
    let app = App::from_env(&nowhere, &test_env.clock).unwrap();
    assert_eq!(failures(&app, &bodies).await, ["m0", "m1"]);
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    assert_eq!(failures(&app, &bodies).await, [""; 0]);
    assert_eq!(total(&test_env, &test_env.env()).await, 2);
}
