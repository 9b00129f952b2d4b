//! The analytics desk: its routes, a clock that tests move, and the store behind them.
#![allow(dead_code, reason = "each test file uses a part of it")]

use analytics::{App, router};
use mongo::Mongo;
use runtime::Clock;
use serde_json::{Value, json};
use testkit::{Bed, Client, Person};

pub(crate) struct Desk {
    pub(crate) bed: Bed,
    pub(crate) clock: Clock,
    pub(crate) api: Client,
    pub(crate) admin: Person,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With some variables changed, as when a store is away.
    pub(crate) async fn open_with(changed: &[(&str, &str)]) -> Self {
        let bed = Bed::new().await;
        let clock = Clock::stopped(bed.clock.now());
        let app = App::read(&bed.vars_with(changed), &clock).unwrap();
        let api = bed.client(router(app, &bed.door()));
        let admin = bed.admin().await;
        Self { bed, clock, api, admin }
    }

    /// The same routes, as they were so many days ago.
    pub(crate) fn days_ago(&self, days: i64) -> Client {
        let then = Clock::stopped(self.clock.now().plus_seconds(-days * 24 * 3600));
        let app = App::read(&self.bed.vars(), &then).unwrap();
        self.bed.client(router(app, &self.bed.door()))
    }

    pub(crate) fn store(&self) -> Mongo {
        Mongo::new(mongo::Config::read(&self.bed.vars()).unwrap(), &self.clock)
    }

    /// A dashboard that no cache has seen.
    pub(crate) async fn dashboard(&self, query: &str) -> Value {
        self.clock.advance(10);
        self.api.of(&self.admin).get(&format!("/api/analytics/dashboard{query}")).await.expect(200).json()
    }

    pub(crate) async fn track(&self, person: Option<&Person>, kind: &str) -> Value {
        let api = person.map_or_else(|| self.api.clone(), |person| self.api.of(person));
        api.post("/api/analytics/event", json!({ "eventType": kind })).await.expect(201).json()
    }
}
