//! Takes what orders, payments and reviews tell analytics, each fact once.
//!
//! A fact is stored as an event under its own id, so that a message delivered twice changes
//! nothing; then events are folded into figures. A fold that fails is no failure of the batch:
//! the events are stored, and the next fold counts them. Shares analyticsdb with analytics.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use domain::analytics::recorded;
use domain::events::Event;
use domain::{EventId, Problem};
use mongo::Mongo;
use runtime::{Clock, Vars};
use worker::sqs::{SqsBatchResponse, SqsEvent};

/// How long a batch may fold: its own few events, and some that others left.
const FOLD: Duration = Duration::from_millis(500);

/// Everything that the worker needs.
#[derive(Clone)]
pub struct App {
    mongo: Mongo,
}

impl App {
    /// Reads the configuration; opens no connection.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self { mongo: Mongo::new(mongo::Config::read(vars)?, clock) })
    }
}

/// Takes a batch; `left` is how long it may take.
pub async fn handle(app: &App, batch: SqsEvent, left: Duration) -> SqsBatchResponse {
    worker::handle_together(batch, left, |events| take(app, events)).await
}

async fn take(app: &App, events: Vec<Event>) -> Result<HashMap<EventId, Problem>, Problem> {
    let mut refused = HashMap::new();
    let mut facts = Vec::new();
    for event in events {
        let id = event.event_id;
        match recorded(event) {
            Ok(fact) => facts.push(fact),
            Err(unusable) => drop(refused.insert(id, Problem::internal(unusable))),
        }
    }
    for id in mongo::events::record_all(&app.mongo, facts).await? {
        refused.insert(id, Problem::internal("the store refused the event"));
    }
    if let Err(abort) = mongo::fold(&app.mongo, FOLD).await {
        tracing::warn!(problem = %Problem::from(abort), "Events could not be folded; the next fold counts them.");
    }
    Ok(refused)
}
