//! The lists of a day, where an aggregation could not write them.

use std::time::Duration;

use domain::analytics::{AnalyticsRecord, DashboardTotals, Days, TrackedEvent};
use domain::{EventId, UserId};
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use store_mongo::Mongo;
use testkit::TestEnv;

const BUDGET: Duration = Duration::from_secs(30);

struct Store {
    test_env: TestEnv,
    mongo: Mongo,
    rollups: Collection<Document>,
}

impl Store {
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let env = test_env.env();
        let client = mongodb::Client::with_uri_str(env.required("MONGODB_URL").unwrap()).await.unwrap();
        let rollups = client.database(&env.required("ANALYTICSDB_NAME").unwrap()).collection("rollups");
        let mongo = Mongo::new(store_mongo::Config::from_env(&env).unwrap(), &test_env.clock);
        Self { test_env, mongo, rollups }
    }

    /// Stores and counts events of these users, this many days ago.
    async fn count(&self, users: impl IntoIterator<Item = i32>, days_ago: i64) {
        let record = |user| {
            let event = TrackedEvent {
                id: EventId::new(self.test_env.clock.new_uuid()),
                user_id: Some(UserId::new(user)),
                event_type: "product.view".to_owned(),
                metadata: serde_json::Map::new(),
                timestamp: self.test_env.clock.now().plus_seconds(-days_ago * 24 * 3600),
            };
            AnalyticsRecord { event, effect: None }
        };
        let records: Vec<AnalyticsRecord> = users.into_iter().map(record).collect();
        for some in records.chunks(500) {
            assert!(store_mongo::events::insert_all(&self.mongo, some.to_vec()).await.unwrap().is_empty());
        }
        assert!(store_mongo::aggregate_pending(&self.mongo, BUDGET).await.unwrap().finished);
    }

    async fn totals(&self) -> DashboardTotals {
        let week: Days = serde_json::from_str("7").unwrap();
        let period = week.period_until(self.test_env.clock.now());
        store_mongo::rollups::load_totals(&self.mongo, &period).await.unwrap()
    }

    fn lists(&self, days_ago: i64) -> Document {
        let day = self.test_env.clock.now().plus_seconds(-days_ago * 24 * 3600).day();
        doc! { "_id": format!("lists/{day}") }
    }
}

fn users(totals: &DashboardTotals) -> Vec<(i32, i64)> {
    totals.users.iter().map(|user| (user.user_id.get(), user.count)).collect()
}

#[tokio::test]
async fn a_dashboard_is_exact_without_lists_and_recovery_makes_them() {
    let store = Store::open().await;
    store.count([7, 7, 8], 0).await;
    store.count([8, 8, 9], 1).await;
    store.count([9], 3).await;
    let exact = store.totals().await;
    assert_eq!(users(&exact), [(8, 3), (7, 2), (9, 2)]);

    // As if an older version had aggregated: one day has no lists, another has those of before.
    store.rollups.delete_one(store.lists(1)).await.unwrap();
    let before = doc! { "$set": { "of": 1_i64, "kinds": [] } };
    assert_eq!(store.rollups.update_one(store.lists(0), before).await.unwrap().modified_count, 1);
    assert_eq!(store.totals().await, exact);
    // Another aggregation does not add to incomplete lists.
    store.count([7], 0).await;
    let exact = store.totals().await;
    assert_eq!(users(&exact), [(7, 3), (8, 3), (9, 2)]);
    assert_eq!(store.rollups.find_one(store.lists(0)).await.unwrap().unwrap().get_i64("of").unwrap(), 1);

    assert_eq!(store_mongo::pack_days(&store.mongo, BUDGET).await.unwrap(), 2);
    assert_eq!(store.totals().await, exact);
    assert_eq!(store.rollups.find_one(store.lists(0)).await.unwrap().unwrap().get_i64("of").unwrap(), 4);
    assert_eq!(store_mongo::pack_days(&store.mongo, BUDGET).await.unwrap(), 0);
    let rollups = store_mongo::reconcile::sum_rollups(&store.mongo).await.unwrap();
    assert_eq!(store_mongo::reconcile::find_wrong_lists(&store.mongo, &rollups).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_busy_day_is_shown_by_its_last_complete_lists() {
    let store = Store::open().await;
    store.count((0..1_001).map(|n| 1 + n % 5), 0).await;
    let before = store.totals().await;
    let incomplete = doc! { "$inc": { "of": -1_i64 } };
    assert_eq!(store.rollups.update_one(store.lists(0), incomplete).await.unwrap().modified_count, 1);
    store.count([5, 5, 5], 0).await;
    let shown = store.totals().await;
    assert_eq!(users(&shown), users(&before), "the lists of before");
    assert_eq!(shown.days.values().map(|day| day.events).sum::<i64>(), 1_004, "the day's own figures are exact");
    assert_eq!(store_mongo::pack_days(&store.mongo, BUDGET).await.unwrap(), 1);
    assert_eq!(users(&store.totals().await)[0], (5, 203));
}
