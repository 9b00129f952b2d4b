//! Aggregations of several processes at once.

use std::time::Duration;

use domain::analytics::{AnalyticsRecord, TrackedEvent};
use domain::{EventId, UserId};
use futures::future::join_all;
use store_mongo::Mongo;
use testkit::TestEnv;

const EVENTS: usize = 300;
const PROCESSES: usize = 4;

#[tokio::test]
async fn aggregations_at_the_same_time_count_each_event_once() {
    let test_env = TestEnv::new().await;
    let process = || Mongo::new(store_mongo::Config::from_env(&test_env.env()).unwrap(), &test_env.clock);
    let record = |n: usize| {
        let event = TrackedEvent {
            id: EventId::new(test_env.clock.new_uuid()),
            user_id: Some(UserId::new(1 + n as i32 % 3)),
            event_type: "product.view".to_owned(),
            metadata: serde_json::Map::new(),
            timestamp: test_env.clock.now(),
        };
        AnalyticsRecord { event, effect: None }
    };
    let stored = store_mongo::events::insert_all(&process(), (0..EVENTS).map(record).collect()).await.unwrap();
    assert!(stored.is_empty(), "all of them");

    let processes: Vec<Mongo> = (0..PROCESSES).map(|_| process()).collect();
    join_all(processes.iter().map(Mongo::ping)).await;
    let all = processes.iter().map(|mongo| store_mongo::aggregate_pending(mongo, Duration::from_secs(30)));
    let counted: usize = join_all(all).await.into_iter().map(|progress| progress.unwrap().events).sum();
    assert_eq!(counted, EVENTS);
    let figures = store_mongo::reconcile::load_rollups(&process()).await.unwrap();
    let day = test_env.clock.now().day();
    assert_eq!(figures[&format!("day/{day}")]["events"], EVENTS as i64);
    assert_eq!(figures[&format!("lists/{day}")]["of"], EVENTS as i64);
    for user in 1..=3 {
        let total = store_mongo::events::count_of_user(&process(), UserId::new(user)).await.unwrap();
        assert_eq!(total, EVENTS as i64 / 3);
    }
}
