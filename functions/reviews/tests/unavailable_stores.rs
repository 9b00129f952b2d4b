//! Unavailable stores and queues, and what is published afterwards.

mod shop;

use std::time::{Duration, Instant};

use domain::events::{DomainEvent, EventEnvelope, Queue, ReviewChangeKind};
use outbox::OutboxStore;
use queue::{OutboxRelay, Queues};
use shop::{Shop, new_review};
use store_mongo::Mongo;
use testkit::TestEnv;

/// A queue that does not exist.
const NOWHERE: &str = "http://127.0.0.1:9/000000000000/queue";

fn outbox_store(test_env: &TestEnv) -> Mongo {
    Mongo::new(store_mongo::Config::from_env(&test_env.env()).unwrap(), &test_env.clock)
}

async fn receive_all(test_env: &TestEnv, queue: Queue) -> Vec<EventEnvelope> {
    let queues = Queues::new(queue::Config::from_env(&test_env.env(), &[queue]).unwrap());
    let request = queues.client().await.receive_message().queue_url(queues.url(queue).unwrap());
    let response = request.max_number_of_messages(10).wait_time_seconds(0).send().await.unwrap();
    let bodies = response.messages.unwrap_or_default().into_iter().filter_map(|message| message.body);
    bodies.map(|body| serde_json::from_str(&body).unwrap()).collect()
}

#[tokio::test]
async fn a_review_publishes_events_to_analytics_and_catalog() {
    let shop = Shop::open().await;
    let (lamp, ada) = (shop.product().await, shop.test_env.customer().await);
    shop.api
        .as_user(&ada)
        .with_header("x-request-id", "r-1")
        .post("/api/reviews", new_review(lamp, 4))
        .await
        .expect(201);
    let [envelope] = receive_all(&shop.test_env, Queue::Analytics).await.try_into().unwrap();
    assert_eq!(envelope.request_id.as_deref(), Some("r-1"));
    let DomainEvent::ReviewChanged(review) = envelope.payload else { panic!("{envelope:?}") };
    assert_eq!((review.change, review.product_id, review.rating), (ReviewChangeKind::Created, lamp, 4));
    let [envelope] = receive_all(&shop.test_env, Queue::Catalog).await.try_into().unwrap();
    let DomainEvent::RatingChanged(rating) = envelope.payload else { panic!("{envelope:?}") };
    assert_eq!((rating.product_id, rating.count, rating.sum, rating.version), (lamp, 1, 4, 1));
    // Nothing is left to be sent.
    assert_eq!(outbox_store(&shop.test_env).list_unpublished(None, 10).await.unwrap().events, []);
    assert_eq!(outbox_store(&shop.test_env).list_recent(60.0, None, 10).await.unwrap().events.len(), 2);
}

#[tokio::test]
async fn a_review_is_accepted_while_queues_are_unreachable_and_published_later() {
    let shop = Shop::open_with(&[("ANALYTICS_QUEUE_URL", NOWHERE), ("CATALOG_QUEUE_URL", NOWHERE)]).await;
    let (lamp, ada) = (shop.product().await, shop.test_env.customer().await);
    shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 4)).await.expect(201);
    assert_eq!(shop.summary(lamp).await["count"], 1);
    assert_eq!(receive_all(&shop.test_env, Queue::Catalog).await, []);

    // Recovery runs a minute later, when the queues are back.
    let later = runtime::Clock::stopped(shop.test_env.clock.now().plus_seconds(60));
    let ledger = Mongo::new(store_mongo::Config::from_env(&shop.test_env.env()).unwrap(), &later);
    let queues = Queues::new(queue::Config::from_env(&shop.test_env.env(), &Queue::ALL).unwrap());
    let relay = OutboxRelay::new(ledger.clone(), queues);
    assert_eq!(store_mongo::reviews::complete_pending(&ledger).await.unwrap(), 1);
    assert_eq!(relay.relay_pending().await.unwrap(), 2);
    assert_eq!(store_mongo::reviews::complete_pending(&ledger).await.unwrap(), 0);
    assert_eq!(relay.relay_pending().await.unwrap(), 0);
    assert_eq!(receive_all(&shop.test_env, Queue::Analytics).await.len(), 1);
    assert_eq!(receive_all(&shop.test_env, Queue::Catalog).await.len(), 1);
}

#[tokio::test]
async fn an_unreachable_store_is_a_503_in_bounded_time() {
    let nobody = [
        ("MONGODB_URL", "mongodb://127.0.0.1:9/?directConnection=true"),
        ("PRODUCTDB_URL", "postgres://x@127.0.0.1:9/x"),
        ("ORDERDB_URL", "postgres://x@127.0.0.1:9/x"),
        ("REDIS_URL", "redis://127.0.0.1:9"),
    ];
    for away in nobody {
        let shop = Shop::open_with(&[away]).await;
        let (lamp, ada) = (shop.product().await, shop.test_env.customer().await);
        let start = Instant::now();
        let rejected = shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 4)).await.expect(503);
        assert!(start.elapsed() < Duration::from_secs(3), "{} took {:?}", away.0, start.elapsed());
        assert_eq!((rejected.error_code().as_str(), rejected.header("retry-after")), ("unavailable", "1"));
        assert!(!String::from_utf8_lossy(&rejected.bytes).contains("127.0.0.1"), "{}", away.0);
        shop.api.get("/api/reviews/ready").await.expect(503);
        // Public reads need only MongoDB.
        let expected = if away.0 == "MONGODB_URL" { 503 } else { 200 };
        shop.api.get(&format!("/api/reviews/product/{lamp}")).await.expect(expected);
    }
}

#[tokio::test]
async fn migrations_may_be_repeated() {
    let shop = Shop::open().await;
    for _ in 0..2 {
        store_mongo::migrate::run(&outbox_store(&shop.test_env), Duration::ZERO).await.unwrap();
    }
}
