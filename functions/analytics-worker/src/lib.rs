//! Takes what orders, payments and reviews tell analytics, each fact once.
//!
//! A fact is stored as an event under its own id, so that a message delivered twice changes
//! nothing; then events are folded into figures. A fold that fails is no failure of the batch:
//! the events are stored, and the next fold counts them. Shares analyticsdb with analytics.
//!
//! The same facts say which reviews are of a purchase that stands: see [`verify`]. Reads orderdb and
//! sets that one field in reviewdb; owns neither.

mod verified_purchases;

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::analytics::to_analytics_record;
use domain::events::EventEnvelope;
use domain::{EventId, Problem};
use runtime::{Clock, Env, ReadinessChecks, StoreCheck};
use store_mongo::Mongo;
use store_postgres::Database;
use tokio::time::Instant;
use worker::sqs::{SqsBatchResponse, SqsEvent};

/// How long a batch may fold: its own few events, and some that others left.
const AGGREGATION_BUDGET: Duration = Duration::from_millis(500);
/// The pause after a fold, in one instance. While messages pour in, counting those of some seconds
/// at once costs a fraction of counting batch by batch; whoever reads a dashboard folds the rest.
const AGGREGATION_INTERVAL: Duration = Duration::from_secs(5);

/// Everything that the worker needs.
#[derive(Clone)]
pub struct App {
    mongo: Mongo,
    orderdb: Database,
    /// When this instance last folded.
    last_aggregation: Arc<Mutex<Option<Instant>>>,
}

impl App {
    /// Reads the configuration; opens no connection.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self {
            mongo: Mongo::new(store_mongo::Config::from_env(env)?, clock),
            orderdb: Database::new(store_postgres::Config::from_env(
                env,
                store_postgres::Role::ANALYTICS_WORKER,
                "ORDERDB_URL",
            )?),
            last_aggregation: Arc::default(),
        })
    }

    /// Counts what is not counted, unless this instance has just done so.
    async fn aggregate_if_due(&self) {
        let last = *self.last_aggregation();
        if last.is_some_and(|last| last.elapsed() < AGGREGATION_INTERVAL) {
            return;
        }
        if let Err(abort) = store_mongo::aggregate_pending(&self.mongo, AGGREGATION_BUDGET).await {
            tracing::warn!(problem = %Problem::from(abort), "Events could not be folded; the next fold counts them.");
        }
        *self.last_aggregation() = Some(Instant::now());
    }

    fn last_aggregation(&self) -> MutexGuard<'_, Option<Instant>> {
        self.last_aggregation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (mongo, orderdb) = (self.mongo.clone(), self.orderdb.clone());
        vec![
            ("analyticsdb", Box::pin(async move { Ok(mongo.ping().await?) })),
            ("orderdb", Box::pin(async move { Ok(orderdb.ping().await?) })),
        ]
    }
}

/// Takes a batch; `left` is how long it may take.
pub async fn handle(app: &App, batch: SqsEvent, remaining_time: Duration) -> SqsBatchResponse {
    worker::process_batch(batch, remaining_time, |events| process_events(app, events)).await
}

async fn process_events(app: &App, events: Vec<EventEnvelope>) -> Result<Vec<Result<(), Problem>>, Problem> {
    let mut outcomes = Vec::with_capacity(events.len());
    let (mut facts, mut good) = (Vec::new(), Vec::new());
    for event in events {
        let taken = (event.event_id, verified_purchases::affects_purchases(&event.payload));
        let fact = to_analytics_record(event.clone()).map_err(Problem::internal);
        outcomes.push(fact.map(|fact| {
            facts.push(fact);
            good.push(event);
            taken
        }));
    }
    let refused = store_mongo::events::insert_all(&app.mongo, facts).await?;
    app.aggregate_if_due().await;
    // What is stored stays counted; the facts that reviews wait for come again.
    // Boxed: the drivers' futures nest deeply.
    let unverified =
        Box::pin(verified_purchases::update_reviews(app, &good)).await.err().map(|problem| problem.to_string());
    let done = |(id, concerns): (EventId, bool)| match &unverified {
        _ if refused.contains(&id) => Err(Problem::internal("the store refused the event")),
        Some(why) if concerns => Err(Problem::unavailable(why)),
        _ => Ok(()),
    };
    Ok(outcomes.into_iter().map(|outcome| outcome.and_then(done)).collect())
}
