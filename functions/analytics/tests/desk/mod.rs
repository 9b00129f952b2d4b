//! The analytics desk: its routes, a clock that tests move, and the store behind them.
#![allow(dead_code, reason = "each test file uses a part of it")]

use analytics::{App, router};
use runtime::Clock;
use serde_json::{Value, json};
use store_mongo::Mongo;
use testkit::{TestClient, TestEnv, TestUser};

pub(crate) struct Desk {
    pub(crate) bed: TestEnv,
    pub(crate) clock: Clock,
    pub(crate) api: TestClient,
    pub(crate) admin: TestUser,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With some variables changed, as when a store is away.
    pub(crate) async fn open_with(changed: &[(&str, &str)]) -> Self {
        let bed = TestEnv::new().await;
        let clock = Clock::stopped(bed.clock.now());
        let app = App::from_env(&bed.env_with(changed), &clock).unwrap();
        let api = bed.client(router(app, &bed.http_stack()));
        let admin = bed.admin().await;
        Self { bed, clock, api, admin }
    }

    /// The same routes, as they were so many days ago.
    pub(crate) fn days_ago(&self, days: i64) -> TestClient {
        let then = Clock::stopped(self.clock.now().plus_seconds(-days * 24 * 3600));
        let app = App::from_env(&self.bed.env(), &then).unwrap();
        self.bed.client(router(app, &self.bed.http_stack()))
    }

    pub(crate) fn store(&self) -> Mongo {
        Mongo::new(store_mongo::Config::from_env(&self.bed.env()).unwrap(), &self.clock)
    }

    /// A dashboard that no cache has seen.
    pub(crate) async fn dashboard(&self, query: &str) -> Value {
        self.clock.advance(10);
        self.api.as_user(&self.admin).get(&format!("/api/analytics/dashboard{query}")).await.expect(200).json()
    }

    pub(crate) async fn track(&self, person: Option<&TestUser>, kind: &str) -> Value {
        let api = person.map_or_else(|| self.api.clone(), |person| self.api.as_user(person));
        api.post("/api/analytics/event", json!({ "eventType": kind })).await.expect(201).json()
    }
}
