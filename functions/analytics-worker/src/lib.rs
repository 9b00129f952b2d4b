//! Consumes the domain events of orders, payments and reviews, each once.
//!
//! A domain event is stored as an analytics event under its own id, so that a message delivered
//! twice changes nothing; then events are aggregated into rollups. A failed aggregation does not
//! fail the batch: the events are stored, and the next aggregation counts them. Shares analyticsdb
//! with analytics.
//!
//! The same events decide which reviews are of a verified purchase: see [`verified_purchases`].
//! Reads orderdb and sets that one field in reviewdb; owns neither.

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

/// How long a batch may aggregate: its own few events, and some that others left.
const AGGREGATION_BUDGET: Duration = Duration::from_millis(500);
/// The pause after an aggregation, in one instance. While messages pour in, counting those of some
/// seconds at once costs a fraction of counting batch by batch; a dashboard request aggregates the
/// rest.
const AGGREGATION_INTERVAL: Duration = Duration::from_secs(5);

/// The dependencies of the worker.
#[derive(Clone)]
pub struct App {
    mongo: Mongo,
    orderdb: Database,
    /// When this instance last aggregated.
    last_aggregation: Arc<Mutex<Option<Instant>>>,
}

impl App {
    /// Reads the configuration; opens no connection.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
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

    /// Aggregates pending events, unless this instance has just done so.
    async fn aggregate_if_due(&self) {
        let last = *self.last_aggregation();
        if last.is_some_and(|last| last.elapsed() < AGGREGATION_INTERVAL) {
            return;
        }
        if let Err(abort) = store_mongo::aggregate_pending(&self.mongo, AGGREGATION_BUDGET).await {
            tracing::warn!(problem = %Problem::from(abort), "Events could not be aggregated; the next aggregation counts them.");
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

/// Processes a batch within `remaining_time`.
pub async fn handle(app: &App, batch: SqsEvent, remaining_time: Duration) -> SqsBatchResponse {
    worker::process_batch(batch, remaining_time, |events| process_events(app, events)).await
}

async fn process_events(app: &App, events: Vec<EventEnvelope>) -> Result<Vec<Result<(), Problem>>, Problem> {
    let mut outcomes = Vec::with_capacity(events.len());
    let (mut records, mut good) = (Vec::new(), Vec::new());
    for event in events {
        let taken = (event.event_id, verified_purchases::affects_purchases(&event.payload));
        let record = to_analytics_record(event.clone()).map_err(Problem::internal);
        outcomes.push(record.map(|record| {
            records.push(record);
            good.push(event);
            taken
        }));
    }
    let rejected = store_mongo::events::insert_all(&app.mongo, records).await?;
    app.aggregate_if_due().await;
    // Stored events stay counted; the events that reviews wait for are redelivered. Boxed: the
    // drivers' futures nest deeply.
    let unverified =
        Box::pin(verified_purchases::update_reviews(app, &good)).await.err().map(|problem| problem.to_string());
    let done = |(id, concerns): (EventId, bool)| match &unverified {
        _ if rejected.contains(&id) => Err(Problem::internal("the store rejected the event")),
        Some(why) if concerns => Err(Problem::unavailable(why)),
        _ => Ok(()),
    };
    Ok(outcomes.into_iter().map(|outcome| outcome.and_then(done)).collect())
}
