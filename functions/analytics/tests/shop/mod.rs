//! The analytics test shop: its routes, a clock that tests advance, and the store behind them.
#![allow(dead_code, reason = "each test file uses a part of it")]

use analytics::{App, router};
use runtime::Clock;
use serde_json::{Value, json};
use store_mongo::Mongo;
use testkit::{TestClient, TestEnv, TestUser};

pub(crate) struct TestShop {
    pub(crate) test_env: TestEnv,
    pub(crate) clock: Clock,
    pub(crate) api: TestClient,
    pub(crate) admin: TestUser,
}

impl TestShop {
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With some variables changed, for example for an unavailable store.
    pub(crate) async fn open_with(changed: &[(&str, &str)]) -> Self {
        let test_env = TestEnv::new().await;
        let clock = Clock::stopped(test_env.clock.now());
        let app = App::from_env(&test_env.env_with(changed), &clock).unwrap();
        let api = test_env.client(router(app, &test_env.http_stack()));
        let admin = test_env.admin().await;
        Self { test_env, clock, api, admin }
    }

    /// The same routes, with a clock this many days ago.
    pub(crate) fn days_ago(&self, days: i64) -> TestClient {
        let then = Clock::stopped(self.clock.now().plus_seconds(-days * 24 * 3600));
        let app = App::from_env(&self.test_env.env(), &then).unwrap();
        self.test_env.client(router(app, &self.test_env.http_stack()))
    }

    pub(crate) fn store(&self) -> Mongo {
        Mongo::new(store_mongo::Config::from_env(&self.test_env.env()).unwrap(), &self.clock)
    }

    /// A dashboard that is in no cache.
    pub(crate) async fn dashboard(&self, query: &str) -> Value {
        self.clock.advance(10);
        self.api.as_user(&self.admin).get(&format!("/api/analytics/dashboard{query}")).await.expect(200).json()
    }

    pub(crate) async fn track(&self, person: Option<&TestUser>, kind: &str) -> Value {
        let api = person.map_or_else(|| self.api.clone(), |person| self.api.as_user(person));
        api.post("/api/analytics/event", json!({ "eventType": kind })).await.expect(201).json()
    }
}
