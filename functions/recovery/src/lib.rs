//! Recovery, each minute: finishes or undoes half-done checkouts, refunds and writes of products, releases holds that
//! outlived their time, publishes what was left in an outbox, folds the events that nobody has
//! counted, and sends the messages by hand that did not go out. Safe to run twice at once.
//!
//! One store that is away keeps none of the others from being recovered.

use std::time::Duration;

use catalog::Catalog;
use checkout::{Checkout, IDLE_SECONDS, Recovered};
use domain::events::Queue;
use domain::{Problem, Result};
use dynamo::{Dynamo, Notifications};
use mail::Courier;
use mongo::Mongo;
use outbox::Relay;
use queue::Queues;
use runtime::{Clock, Missing, Vars, metrics};

/// How long a run counts events; what is left then, the next run counts.
const FOLDING: Duration = Duration::from_secs(5);
/// How long a run sends messages; what waits then, the next run sends.
const SENDING: Duration = Duration::from_secs(10);

/// What recovery works with. Connects on first use.
#[derive(Clone)]
pub struct App {
    checkout: Checkout,
    catalog: Catalog,
    mongo: Mongo,
    review_events: Relay<Mongo>,
    courier: Courier,
}

/// What a run found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Orders brought to an end.
    pub orders: usize,
    /// Refunds brought to an end.
    pub refunds: usize,
    /// Writes of products brought to an end.
    pub writes: usize,
    /// Holds that had outlived their time.
    pub expired: usize,
    /// Events that had not been published.
    pub events: usize,
    /// Messages by hand that had not gone out.
    pub notifications: usize,
    /// What could not be done now; the next run tries again.
    pub failures: usize,
    /// Orders that are half done all the same.
    pub stuck: usize,
}

impl App {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing; the error names it.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Missing> {
        let queues = Queues::new(queue::Config::read(vars, &Queue::ALL)?);
        let mongo = Mongo::new(mongo::Config::read(vars)?, clock);
        let dynamo = Dynamo::new(dynamo::Config::read(vars)?);
        let notifications = Notifications::new(dynamo, dynamo::Config::notifications(vars)?);
        Ok(Self {
            checkout: Checkout::read(vars, clock)?,
            catalog: Catalog::read(vars, clock)?,
            review_events: Relay::new(mongo.clone(), queues),
            mongo,
            courier: Courier::read(vars, notifications, clock)?,
        })
    }
}

/// One run, over whatever nobody has moved for [`IDLE_SECONDS`].
///
/// # Errors
/// When a store could not be asked; the others were recovered, and the next run tries again.
pub async fn run(app: &App) -> Result<Done> {
    run_idle_for(app, IDLE_SECONDS).await
}

/// One run, over whatever nobody has moved for so many seconds: tests do not wait.
///
/// # Errors
/// As [`run`].
pub async fn run_idle_for(app: &App, idle_seconds: f64) -> Result<Done> {
    let recovered = Box::pin(recover(app, idle_seconds)).await;
    match &recovered {
        Ok(done) => {
            metrics::RECOVERY_FAILURES.many(done.failures);
            metrics::STUCK_CHECKOUTS.stands_at(done.stuck as f64);
        }
        Err(_) => metrics::RECOVERY_FAILURES.one(),
    }
    // A store that is away has been told of already.
    if let Ok(age) = Box::pin(outbox_age(app)).await {
        metrics::OUTBOX_AGE_SECONDS.stands_at(age);
    }
    recovered
}

async fn outbox_age(app: &App) -> Result<f64> {
    let (orders, products, reviews) =
        tokio::try_join!(app.checkout.outbox_age(), app.catalog.product_events().age(), app.review_events.age())?;
    Ok(orders.max(products).max(reviews))
}

async fn recover(app: &App, idle_seconds: f64) -> Result<Done> {
    let fold = async { mongo::fold(&app.mongo, FOLDING).await.map_err(Problem::from) };
    let (checkout, writes, products, reviews, notifications, folded) = tokio::join!(
        app.checkout.recover(idle_seconds),
        app.catalog.recover(idle_seconds),
        app.catalog.product_events().sweep(),
        app.review_events.sweep(),
        // The SDKs' futures nest deeply: boxed here, they stay out of every caller's own.
        Box::pin(app.courier.sweep(SENDING)),
        fold
    );
    folded?;
    let Recovered { orders, refunds, expired, events, failures, stuck } = checkout?;
    let catalog::Recovered { writes, failures: unwritten } = writes?;
    let (events, notifications) = (events + products? + reviews?, notifications?);
    let failures = failures + unwritten;
    let done = Done { orders, refunds, writes, expired, events, notifications, failures, stuck };
    if done != Done::default() {
        tracing::info!(?done, "Recovery found something to do.");
    }
    Ok(done)
}

/// Publishes the events of the last so many seconds once more, after the queues were lost; their
/// consumers take each once. Answers how many.
///
/// # Errors
/// When an outbox cannot be read.
pub async fn replay(app: &App, seconds: f64) -> Result<usize> {
    let (checkout, products, reviews) = tokio::join!(
        app.checkout.replay(seconds),
        app.catalog.product_events().replay(seconds),
        app.review_events.replay(seconds)
    );
    Ok(checkout? + products? + reviews?)
}
