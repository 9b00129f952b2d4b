//! Poison among valid messages, at any positions: exactly the poison is redelivered, and every
//! product shows its newest stock.

use catalog_worker::{App, handle};
use domain::events::{DomainEvent, EventEnvelope, RatingChanged, StockChanged};
use domain::{EventId, ProductId, Timestamp};
use testkit::{BATCH_SIZE, TestEnv, poison_messages, poison_positions};
use worker::DEFAULT_TIME_LIMIT;

fn event(test_env: &TestEnv, payload: DomainEvent) -> String {
    let (event_id, at) = (EventId::new(test_env.clock.new_uuid()), Timestamp::from_millis(0));
    serde_json::to_string(&EventEnvelope { event_id, at, request_id: None, payload }).unwrap()
}

async fn failed(app: &App, bodies: Vec<String>) -> Vec<usize> {
    let messages = bodies.into_iter().enumerate().map(|(place, body)| (place.to_string(), body, 1));
    let response = handle(app, worker::build_batch(messages), DEFAULT_TIME_LIMIT).await;
    let mut failed: Vec<usize> =
        response.batch_item_failures.iter().map(|one| one.item_identifier.parse().unwrap()).collect();
    failed.sort_unstable();
    failed
}

async fn stocks(test_env: &TestEnv) -> Vec<i32> {
    let mut db = test_env.database("PRODUCTDB_URL").acquire().await.unwrap();
    sqlx::query_scalar("select stock from products order by id").fetch_all(&mut *db).await.unwrap()
}

#[tokio::test]
async fn only_the_poison_messages_are_redelivered() {
    let test_env = TestEnv::new().await;
    let seed = test_env.clock.random() as u64;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let mut products = Vec::new();
    for _ in 0..BATCH_SIZE {
        products.push(test_env.product(1000, 0).await);
    }
    let poisons = poison_messages();
    let (mut used, mut expected) = (poisons.iter().cycle(), vec![0; BATCH_SIZE]);
    for (round, subset) in poison_positions(seed, 40).into_iter().enumerate() {
        let version = round as i32 + 1;
        let good = |place: usize| {
            let payload = StockChanged { product_id: products[place], available: version, version: version.into() };
            event(&test_env, DomainEvent::StockChanged(payload))
        };
        let body = |place: usize| if subset[place] { used.next().unwrap().clone() } else { good(place) };
        let bodies: Vec<String> = (0..BATCH_SIZE).map(body).collect();
        let poison: Vec<usize> = (0..BATCH_SIZE).filter(|place| subset[*place]).collect();
        assert_eq!(failed(&app, bodies).await, poison, "seed {seed}, round {round}");
        for place in (0..BATCH_SIZE).filter(|place| !subset[*place]) {
            expected[place] = version;
        }
        assert_eq!(stocks(&test_env).await, expected, "seed {seed}, round {round}");
    }
}

/// Events that can be decoded but are impossible fail by themselves.
#[tokio::test]
async fn extreme_events_block_no_others() {
    let test_env = TestEnv::new().await;
    let app = App::from_env(&test_env.env(), &test_env.clock).unwrap();
    let tea = test_env.product(1000, 0).await;
    let rating =
        |count, sum, version| DomainEvent::RatingChanged(RatingChanged { product_id: tea, count, sum, version });
    let gone = StockChanged { product_id: ProductId::new(i32::MAX), available: i32::MIN, version: i64::MIN };
    let good = StockChanged { product_id: tea, available: 7, version: 1 };
    let events = [
        rating(1, i64::MAX, 2),
        rating(i64::MIN, i64::MIN, 1),
        DomainEvent::StockChanged(gone),
        DomainEvent::StockChanged(good),
    ];
    let bodies = events.into_iter().map(|payload| event(&test_env, payload)).collect();
    assert_eq!(failed(&app, bodies).await, [0], "a mean that no column can hold");
    assert_eq!(stocks(&test_env).await, [7]);
}
