//! Stores and queues that are away, and what is told afterwards.

mod shop;

use std::time::{Duration, Instant};

use domain::events::{Event, Fact, Queue, ReviewChange};
use mongo::Mongo;
use outbox::{Ledger, Relay};
use queue::Queues;
use shop::{Shop, draft};
use testkit::Bed;

/// A queue that is not there.
const NOWHERE: &str = "http://127.0.0.1:9/000000000000/queue";

fn outbox_of(bed: &Bed) -> Mongo {
    Mongo::new(mongo::Config::read(&bed.vars()).unwrap(), &bed.clock)
}

async fn received(bed: &Bed, queue: Queue) -> Vec<Event> {
    let queues = Queues::new(queue::Config::read(&bed.vars(), &[queue]).unwrap());
    let request = queues.client().await.receive_message().queue_url(queues.url(queue).unwrap());
    let answer = request.max_number_of_messages(10).wait_time_seconds(0).send().await.unwrap();
    let bodies = answer.messages.unwrap_or_default().into_iter().filter_map(|message| message.body);
    bodies.map(|body| serde_json::from_str(&body).unwrap()).collect()
}

#[tokio::test]
async fn analytics_hears_of_the_review_and_the_catalogue_of_the_rating() {
    let shop = Shop::open().await;
    let (lamp, ada) = (shop.product().await, shop.bed.customer().await);
    shop.api.of(&ada).with_header("x-request-id", "r-1").post("/api/reviews", draft(lamp, 4)).await.expect(201);
    let [told] = received(&shop.bed, Queue::Analytics).await.try_into().unwrap();
    assert_eq!(told.request_id.as_deref(), Some("r-1"));
    let Fact::Review(review) = told.fact else { panic!("{told:?}") };
    assert_eq!((review.change, review.product_id, review.rating), (ReviewChange::Created, lamp, 4));
    let [told] = received(&shop.bed, Queue::Catalog).await.try_into().unwrap();
    let Fact::Rating(rating) = told.fact else { panic!("{told:?}") };
    assert_eq!((rating.product_id, rating.count, rating.sum, rating.version), (lamp, 1, 4, 1));
    // Nothing is left to be sent.
    assert_eq!(outbox_of(&shop.bed).unsent(None, 10).await.unwrap().events, []);
    assert_eq!(outbox_of(&shop.bed).recent(60.0, None, 10).await.unwrap().events.len(), 2);
}

#[tokio::test]
async fn a_review_is_accepted_while_the_queues_are_away_and_told_later() {
    let shop = Shop::open_with(&[("ANALYTICS_QUEUE_URL", NOWHERE), ("CATALOG_QUEUE_URL", NOWHERE)]).await;
    let (lamp, ada) = (shop.product().await, shop.bed.customer().await);
    shop.api.of(&ada).post("/api/reviews", draft(lamp, 4)).await.expect(201);
    assert_eq!(shop.summary(lamp).await["count"], 1);
    assert_eq!(received(&shop.bed, Queue::Catalog).await, []);

    // Recovery comes by a minute later, when the queues are back.
    let later = runtime::Clock::stopped(shop.bed.clock.now().plus_seconds(60));
    let ledger = Mongo::new(mongo::Config::read(&shop.bed.vars()).unwrap(), &later);
    let queues = Queues::new(queue::Config::read(&shop.bed.vars(), &Queue::ALL).unwrap());
    let relay = Relay::new(ledger.clone(), queues);
    assert_eq!(relay.sweep().await.unwrap(), 2);
    assert_eq!(relay.sweep().await.unwrap(), 0);
    assert_eq!(received(&shop.bed, Queue::Analytics).await.len(), 1);
    assert_eq!(received(&shop.bed, Queue::Catalog).await.len(), 1);
}

#[tokio::test]
async fn a_store_that_is_away_is_a_503_in_bounded_time() {
    let nobody = [
        ("MONGODB_URL", "mongodb://127.0.0.1:9/?directConnection=true"),
        ("PRODUCTDB_URL", "postgres://x@127.0.0.1:9/x"),
        ("ORDERDB_URL", "postgres://x@127.0.0.1:9/x"),
        ("REDIS_URL", "redis://127.0.0.1:9"),
    ];
    for away in nobody {
        let shop = Shop::open_with(&[away]).await;
        let (lamp, ada) = (shop.product().await, shop.bed.customer().await);
        let start = Instant::now();
        let refused = shop.api.of(&ada).post("/api/reviews", draft(lamp, 4)).await.expect(503);
        assert!(start.elapsed() < Duration::from_secs(3), "{} took {:?}", away.0, start.elapsed());
        assert_eq!((refused.code().as_str(), refused.header("retry-after")), ("unavailable", "1"));
        assert!(!String::from_utf8_lossy(&refused.bytes).contains("127.0.0.1"), "{}", away.0);
        shop.api.get("/api/reviews/ready").await.expect(503);
        // Public reads need MongoDB alone.
        let expected = if away.0 == "MONGODB_URL" { 503 } else { 200 };
        shop.api.get(&format!("/api/reviews/product/{lamp}")).await.expect(expected);
    }
}

#[tokio::test]
async fn migrations_may_be_repeated() {
    let shop = Shop::open().await;
    for _ in 0..2 {
        mongo::migrate::run(&outbox_of(&shop.bed), Duration::ZERO).await.unwrap();
    }
}
