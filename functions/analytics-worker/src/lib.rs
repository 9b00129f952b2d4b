//! Takes what orders, payments and reviews tell analytics, each fact once.
//!
//! A fact is stored as an event under its own id, so that a message delivered twice changes
//! nothing; then events are folded into figures. A fold that fails is no failure of the batch:
//! the events are stored, and the next fold counts them. Shares analyticsdb with analytics.
//!
//! The same facts say which reviews are of a purchase that stands: see [`verify`]. Reads orderdb and
//! sets that one field in reviewdb; owns neither.

mod verify;

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::analytics::recorded;
use domain::events::Event;
use domain::{EventId, Problem};
use mongo::Mongo;
use postgres::Database;
use runtime::{Check, Clock, Ready, Vars};
use tokio::time::Instant;
use worker::sqs::{SqsBatchResponse, SqsEvent};

/// How long a batch may fold: its own few events, and some that others left.
const FOLD: Duration = Duration::from_millis(500);
/// The pause after a fold, in one instance. While messages pour in, counting those of some seconds
/// at once costs a fraction of counting batch by batch; whoever reads a dashboard folds the rest.
const FOLD_PAUSE: Duration = Duration::from_secs(5);

/// Everything that the worker needs.
#[derive(Clone)]
pub struct App {
    mongo: Mongo,
    orderdb: Database,
    /// When this instance last folded.
    folded: Arc<Mutex<Option<Instant>>>,
}

impl App {
    /// Reads the configuration; opens no connection.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self {
            mongo: Mongo::new(mongo::Config::read(vars)?, clock),
            orderdb: Database::new(postgres::Config::read(vars, postgres::Role::ANALYTICS_WORKER, "ORDERDB_URL")?),
            folded: Arc::default(),
        })
    }

    /// Counts what is not counted, unless this instance has just done so.
    async fn fold(&self) {
        let last = *self.folded();
        if last.is_some_and(|last| last.elapsed() < FOLD_PAUSE) {
            return;
        }
        if let Err(abort) = mongo::fold(&self.mongo, FOLD).await {
            tracing::warn!(problem = %Problem::from(abort), "Events could not be folded; the next fold counts them.");
        }
        *self.folded() = Some(Instant::now());
    }

    fn folded(&self) -> MutexGuard<'_, Option<Instant>> {
        self.folded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ready for App {
    fn checks(&self) -> Vec<Check> {
        let (mongo, orderdb) = (self.mongo.clone(), self.orderdb.clone());
        vec![
            ("analyticsdb", Box::pin(async move { Ok(mongo.ping().await?) })),
            ("orderdb", Box::pin(async move { Ok(orderdb.ping().await?) })),
        ]
    }
}

/// Takes a batch; `left` is how long it may take.
pub async fn handle(app: &App, batch: SqsEvent, left: Duration) -> SqsBatchResponse {
    worker::handle_together(batch, left, |events| take(app, events)).await
}

async fn take(app: &App, events: Vec<Event>) -> Result<Vec<Result<(), Problem>>, Problem> {
    let mut outcomes = Vec::with_capacity(events.len());
    let (mut facts, mut good) = (Vec::new(), Vec::new());
    for event in events {
        let taken = (event.event_id, verify::concerns(&event.fact));
        let fact = recorded(event.clone()).map_err(Problem::internal);
        outcomes.push(fact.map(|fact| {
            facts.push(fact);
            good.push(event);
            taken
        }));
    }
    let refused = mongo::events::record_all(&app.mongo, facts).await?;
    app.fold().await;
    // What is stored stays counted; the facts that reviews wait for come again.
    // Boxed: the drivers' futures nest deeply.
    let unverified = Box::pin(verify::verify(app, &good)).await.err().map(|problem| problem.to_string());
    let done = |(id, concerns): (EventId, bool)| match &unverified {
        _ if refused.contains(&id) => Err(Problem::internal("the store refused the event")),
        Some(why) if concerns => Err(Problem::unavailable(why)),
        _ => Ok(()),
    };
    Ok(outcomes.into_iter().map(|outcome| outcome.and_then(done)).collect())
}
