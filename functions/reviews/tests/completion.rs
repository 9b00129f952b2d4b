//! Changes of reviews whose process ended in the middle, woke up late, or was one of several.

mod shop;

use domain::events::{EventEnvelope, ReviewChangeKind};
use domain::reviews::{Comment, Rating, Review, review_changed};
use domain::{EventId, ProductId, ReviewId, UserId};
use futures::future::join_all;
use outbox::OutboxStore;
use runtime::Clock;
use serde_json::json;
use shop::{Shop, expected_summary, new_review};
use store_mongo::{Mongo, reviews};

/// More changes than a product's ratings remember.
const MANY: i32 = 130;

fn store(shop: &Shop, clock: &Clock) -> Mongo {
    Mongo::new(store_mongo::Config::from_env(&shop.test_env.env()).unwrap(), clock)
}

/// The store as recovery sees it a minute later.
fn a_minute_later(shop: &Shop) -> Mongo {
    store(shop, &Clock::stopped(shop.test_env.clock.now().plus_seconds(60)))
}

fn review(shop: &Shop, product_id: ProductId, user: i32, rating: u8) -> Review {
    let (now, clock) = (shop.test_env.clock.now(), &shop.test_env.clock);
    Review {
        id: ReviewId::generate_at(now, clock.random()),
        product_id,
        user_id: UserId::new(user),
        user_name: "Ada Lovelace".to_owned(),
        rating,
        comment: String::new(),
        verified_purchase: false,
        created_at: now,
        updated_at: now,
    }
}

fn event(shop: &Shop, change: ReviewChangeKind, review: &Review, previous: Option<u8>) -> EventEnvelope {
    let (event_id, at) = (EventId::new(shop.test_env.clock.new_uuid()), shop.test_env.clock.now());
    EventEnvelope { event_id, at, request_id: None, payload: review_changed(change, review, previous) }
}

/// A review that was written by a process that did nothing after it.
async fn insert(shop: &Shop, mongo: &Mongo, product: ProductId, user: i32, rating: u8) -> (Review, EventEnvelope) {
    let review = review(shop, product, user, rating);
    let created = event(shop, ReviewChangeKind::Created, &review, None);
    let new = [(review.clone(), created.clone())];
    assert_eq!(reviews::insert_all(mongo, &new).await.unwrap(), [reviews::Insertion::Inserted]);
    (review, created)
}

#[tokio::test]
async fn recovery_completes_what_a_crash_left_at_any_step() {
    let shop = Shop::open().await;
    let (lamp, mongo) = (shop.product().await, store(&shop, &shop.test_env.clock));
    // Crashes: after the review, after the ratings, after the outbox.
    insert(&shop, &mongo, lamp, 1, 5).await;
    let (_, created) = insert(&shop, &mongo, lamp, 2, 4).await;
    reviews::apply_changes(&mongo, lamp, None, &[created]).await.unwrap();
    let (_, created) = insert(&shop, &mongo, lamp, 3, 3).await;
    let created = [created];
    reviews::apply_changes(&mongo, lamp, Some(0), &created).await.unwrap();
    store_mongo::outbox::insert_sent(&mongo, &created).await.unwrap();
    // One that was changed before its first event was complete, and one that was deleted.
    let (first, _) = insert(&shop, &mongo, lamp, 4, 1).await;
    let second =
        first.edited(Rating::new(2).unwrap(), &serde_json::from_value::<Comment>(json!("")).unwrap(), first.updated_at);
    let updated = event(&shop, ReviewChangeKind::Updated, &second, Some(1));
    assert_eq!(reviews::update(&mongo, &first, &second, &updated).await.unwrap().unwrap().len(), 2);
    assert_eq!(
        reviews::update(&mongo, &first, &second, &event(&shop, ReviewChangeKind::Updated, &second, Some(1)))
            .await
            .unwrap(),
        None
    );
    let (gone, _) = insert(&shop, &mongo, lamp, 5, 1).await;
    let deleted = event(&shop, ReviewChangeKind::Deleted, &gone, None);
    assert_eq!(reviews::delete(&mongo, &gone, &deleted).await.unwrap().unwrap().len(), 2);
    assert_eq!(reviews::find(&mongo, &gone.id).await.unwrap(), None);

    let later = a_minute_later(&shop);
    assert!(later.oldest_unpublished_age().await.unwrap().unwrap() >= 59.0);
    // Recovery runs twice at once, and again.
    let twice = tokio::join!(reviews::complete_pending(&later), reviews::complete_pending(&later));
    assert!(twice.0.unwrap() + twice.1.unwrap() >= 5);
    assert_eq!(reviews::complete_pending(&later).await.unwrap(), 0);
    let listed = shop.list(lamp, "").await;
    assert_eq!(listed.len(), 4);
    assert_eq!(shop.summary(lamp).await, expected_summary(&listed));
    let unsent = later.list_unpublished(None, 100).await.unwrap();
    let of_reviews = |event: &&EventEnvelope| event.payload.name().starts_with("review.");
    // Whether the third was sent is not known, so it is sent again.
    assert_eq!(unsent.events.iter().filter(of_reviews).count(), 7, "{unsent:?}");
    assert!(unsent.events.iter().any(|event| event.payload.name() == "rating.changed"));
    // The author may write again.
    let (_, created) = insert(&shop, &mongo, lamp, 5, 5).await;
    assert_eq!(reviews::apply_changes(&mongo, lamp, Some(0), &[created]).await.unwrap().totals.count, 5);
}

#[tokio::test]
async fn a_change_that_several_processes_add_is_added_once() {
    let shop = Shop::open().await;
    let (lamp, mongo) = (shop.product().await, store(&shop, &shop.test_env.clock));
    let mut events = Vec::new();
    for user in 1..=4 {
        events.push(insert(&shop, &mongo, lamp, user, 3).await.1);
    }
    let instances: Vec<Mongo> = (0..6).map(|_| store(&shop, &shop.test_env.clock)).collect();
    let add = instances.iter().enumerate().map(|(n, mongo)| {
        let some = &events[n % 3..];
        reviews::apply_changes(mongo, lamp, (n % 2 == 0).then_some(0), some)
    });
    for added in join_all(add).await {
        added.unwrap();
    }
    assert_eq!(reviews::find_ratings(&mongo, lamp).await.unwrap().count, 4);
}

#[tokio::test]
async fn a_process_that_wakes_up_after_its_change_was_completed_and_forgotten_adds_nothing() {
    let shop = Shop::open().await;
    let (lamp, mongo) = (shop.product().await, store(&shop, &shop.test_env.clock));
    let (_, late) = insert(&shop, &mongo, lamp, 1, 5).await;
    let late = [late];
    reviews::complete_pending(&a_minute_later(&shop)).await.unwrap();
    let epoch = 0;
    assert_eq!(reviews::apply_changes(&mongo, lamp, Some(epoch), &late).await.unwrap().totals.count, 1);
    let mut now = epoch;
    for user in 2..MANY {
        let (_, created) = insert(&shop, &mongo, lamp, user, 3).await;
        let created = [created];
        now = reviews::apply_changes(&mongo, lamp, Some(now), &created).await.unwrap().epoch;
        reviews::clear_pending(&mongo, &created).await.unwrap();
    }
    assert!(now > epoch, "nothing was forgotten");
    for known in [Some(epoch), None] {
        let ratings = reviews::apply_changes(&mongo, lamp, known, &late).await.unwrap();
        assert_eq!(ratings.totals.count, i64::from(MANY) - 1, "{known:?}");
    }
}

#[tokio::test]
async fn a_review_that_is_deleted_while_its_event_waits_can_be_written_and_deleted_again() {
    let shop = Shop::open_with(&[("ANALYTICS_QUEUE_URL", "http://127.0.0.1:9/000000000000/queue")]).await;
    let (lamp, ada) = (shop.product().await, shop.test_env.customer().await);
    for _ in 0..2 {
        let written = shop.api.as_user(&ada).post("/api/reviews", new_review(lamp, 5)).await.expect(201);
        let path = written.header("location").to_owned();
        shop.api.as_user(&ada).delete(&path).await.expect(204);
        shop.api.as_user(&ada).delete(&path).await.expect(404);
        assert_eq!(shop.list(lamp, "").await.len(), 0);
        assert_eq!(shop.summary(lamp).await, expected_summary(&[]));
    }
    assert_eq!(reviews::complete_pending(&a_minute_later(&shop)).await.unwrap(), 2);
    assert_eq!(shop.summary(lamp).await, expected_summary(&[]));
}
