//! Recovery, each minute: finishes or undoes half-done checkouts, refunds and writes of products,
//! releases holds that outlived their time, publishes what was left in an outbox, folds the events
//! that nobody has counted, and sends the messages by hand that did not go out, and the digests of
//! what was too much for a mail of its own. Safe to run twice at once.
//!
//! Each part stands alone: one that fails, hangs or is slow keeps none of the others from their
//! work. Half-done checkouts come first, forgetting what is old comes last.

mod purge;

use std::time::Duration;

use catalog::Catalog;
use checkout::{Checkout, STALE_AFTER_SECONDS};
use domain::events::Queue;
use domain::{Problem, Result};
use mail::Dispatcher;
use queue::{OutboxRelay, Queues};
use runtime::{Clock, ConfigError, Env, ReadinessChecks, StoreCheck, TimedOut, metrics, with_timeout};
use store_dynamo::{Dynamo, Notifications};
use store_mongo::Mongo;
use store_postgres::saga::Backlog;

/// How long a run counts events; what is left then, the next run counts.
const AGGREGATION_TIME_BUDGET: Duration = Duration::from_secs(5);
/// How long a run sends messages; what waits then, the next run sends.
const SENDING_TIME_BUDGET: Duration = Duration::from_secs(10);
/// The longest for any part, whatever hangs: its own budget and a few calls more, within the time
/// that the function has.
const PART_TIMEOUT: Duration = Duration::from_secs(35);
/// The longest for a look at what stands.
const METRICS_TIMEOUT: Duration = Duration::from_secs(4);

/// What recovery works with. Connects on first use.
#[derive(Clone)]
pub struct App {
    checkout: Checkout,
    catalog: Catalog,
    mongo: Mongo,
    review_events: OutboxRelay<Mongo>,
    dispatcher: Dispatcher,
}

/// What a run found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Orders brought to an end.
    pub orders: usize,
    /// Refunds brought to an end.
    pub refunds: usize,
    /// Writes of products brought to an end.
    pub product_writes: usize,
    /// Holds that had outlived their time.
    pub expired_reservations: usize,
    /// Events that had not been published.
    pub events: usize,
    /// Messages by hand that had not gone out, and digests.
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
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, ConfigError> {
        let queues = Queues::new(queue::Config::from_env(env, &Queue::ALL)?);
        let mongo = Mongo::new(store_mongo::Config::from_env(env)?, clock);
        let dynamo = Dynamo::new(store_dynamo::Config::from_env(env)?);
        let notifications = Notifications::new(dynamo, store_dynamo::Config::notifications_table(env)?);
        Ok(Self {
            checkout: Checkout::from_env(env, store_postgres::Role::RECOVERY, clock)?,
            catalog: Catalog::from_env(env, store_postgres::Role::RECOVERY, clock)?,
            review_events: OutboxRelay::new(mongo.clone(), queues),
            mongo,
            dispatcher: Dispatcher::from_env(env, store_postgres::Role::RECOVERY, notifications, clock)?,
        })
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (checkout, mongo) = (self.checkout.clone(), self.mongo.clone());
        let databases = [
            ("orderdb", self.checkout.orders()),
            ("inventorydb", self.checkout.inventory()),
            ("productdb", self.catalog.products()),
        ];
        let database = |(name, database): (&'static str, &store_postgres::Database)| -> StoreCheck {
            let database = database.clone();
            (name, Box::pin(async move { Ok(database.ping().await?) }))
        };
        let mut all: Vec<StoreCheck> = databases.map(database).into();
        all.push(("reviewdb", Box::pin(async move { Ok(mongo.ping().await?) })));
        all.push(("payments", Box::pin(async move { checkout.processor().ping().await })));
        all
    }
}

/// One run, over whatever nobody has moved for [`IDLE_SECONDS`].
///
/// # Errors
/// When a store could not be asked; the others were recovered, and the next run tries again.
pub async fn run(app: &App) -> Result<RecoveryReport> {
    run_with_idle_seconds(app, STALE_AFTER_SECONDS).await
}

/// One run, over whatever nobody has moved for so many seconds: tests do not wait.
///
/// # Errors
/// As [`run`].
pub async fn run_with_idle_seconds(app: &App, idle_seconds: f64) -> Result<RecoveryReport> {
    let recovered = run_parts(app, idle_seconds).await;
    // Last, since nobody waits for it, and with what is left of the run's time.
    let purged = Box::pin(purge::purge_expired(app)).await;
    recovered.and_then(|done| purged.map(|()| done))
}

/// As [`run`] without forgetting anything, while what is old is still being sent again.
///
/// # Errors
/// As [`run`].
pub async fn run_without_purge(app: &App) -> Result<RecoveryReport> {
    run_parts(app, STALE_AFTER_SECONDS).await
}

async fn run_parts(app: &App, idle_seconds: f64) -> Result<RecoveryReport> {
    let mut failed = Failures::default();
    let mut done = Box::pin(recover_parts(app, idle_seconds, &mut failed)).await;
    done.stuck = Box::pin(record_metrics(app, idle_seconds, &mut failed)).await;
    done.failures += failed.count;
    metrics::RECOVERY_FAILURES.increment_by(done.failures);
    if done != RecoveryReport::default() {
        tracing::info!(?done, "Recovery found something to do.");
    }
    failed.first.map_or(Ok(done), Err)
}

/// Parts that could not do their work at all.
#[derive(Default)]
struct Failures {
    count: usize,
    first: Option<Problem>,
}

impl Failures {
    /// What a part came to; nothing where it failed or did not end in time.
    fn value_or_record<T: Default>(&mut self, part: &'static str, outcome: Result<Result<T>, TimedOut>) -> T {
        let problem = match outcome {
            Ok(Ok(value)) => return value,
            Ok(Err(problem)) => problem,
            Err(late) => Problem::unavailable(late),
        };
        tracing::error!(recovery.part = part, %problem, "A part of recovery failed; the others went on.");
        self.count += 1;
        self.first.get_or_insert(problem);
        T::default()
    }
}

/// All parts beside each other, each with its own end.
async fn recover_parts(app: &App, idle_seconds: f64, failed: &mut Failures) -> RecoveryReport {
    let checkout = &app.checkout;
    let fold =
        async { store_mongo::aggregate_pending(&app.mongo, AGGREGATION_TIME_BUDGET).await.map_err(Problem::from) };
    // The SDKs' futures nest deeply: boxed here, they stay out of every caller's own.
    let (orders, refunds, writes, holds, order_events, stock_events, product_events, review_events, sent, folded) = tokio::join!(
        with_timeout(PART_TIMEOUT, Box::pin(checkout.recover_orders(idle_seconds))),
        with_timeout(PART_TIMEOUT, Box::pin(checkout.recover_refunds(idle_seconds))),
        with_timeout(PART_TIMEOUT, Box::pin(app.catalog.recover(idle_seconds))),
        with_timeout(PART_TIMEOUT, Box::pin(checkout.expire_reservations(idle_seconds))),
        with_timeout(PART_TIMEOUT, Box::pin(checkout.order_events().relay_pending())),
        with_timeout(PART_TIMEOUT, Box::pin(checkout.stock_events().relay_pending())),
        with_timeout(PART_TIMEOUT, Box::pin(app.catalog.product_events().relay_pending())),
        with_timeout(PART_TIMEOUT, Box::pin(app.review_events.relay_pending())),
        with_timeout(PART_TIMEOUT, Box::pin(app.dispatcher.send_pending(SENDING_TIME_BUDGET))),
        with_timeout(PART_TIMEOUT, Box::pin(fold)),
    );
    let orders = failed.value_or_record("orders", orders);
    let refunds = failed.value_or_record("refunds", refunds);
    let writes = failed.value_or_record("writes of products", writes);
    let holds = failed.value_or_record("holds", holds);
    let events = [
        failed.value_or_record("events of orderdb", order_events),
        failed.value_or_record("events of inventorydb", stock_events),
        failed.value_or_record("events of productdb", product_events),
        failed.value_or_record("events of reviewdb", review_events),
    ];
    let notifications = failed.value_or_record("notifications", sent);
    failed.value_or_record("counting", folded);
    RecoveryReport {
        orders: orders.completed,
        refunds: refunds.completed,
        product_writes: writes.completed,
        expired_reservations: holds.completed,
        events: events.iter().sum(),
        notifications,
        failures: orders.failures + refunds.failures + writes.failures + holds.failures,
        stuck: 0,
    }
}

/// Tells what stands after a run, also after one that failed: of each store that answers. Answers
/// how much is half done.
async fn record_metrics(app: &App, idle_seconds: f64, failed: &mut Failures) -> usize {
    let checkout = &app.checkout;
    let (standing, orders, stock, products, reviews) = tokio::join!(
        with_timeout(METRICS_TIMEOUT, checkout.measure_backlog(idle_seconds)),
        with_timeout(METRICS_TIMEOUT, checkout.order_events().oldest_pending_seconds()),
        with_timeout(METRICS_TIMEOUT, checkout.stock_events().oldest_pending_seconds()),
        with_timeout(METRICS_TIMEOUT, app.catalog.product_events().oldest_pending_seconds()),
        with_timeout(METRICS_TIMEOUT, app.review_events.oldest_pending_seconds()),
    );
    // A store that is away has been told of already.
    let ages = [orders, stock, products, reviews].into_iter().filter_map(|age| age.ok()?.ok());
    if let Some(oldest) = ages.max_by(f64::total_cmp) {
        metrics::OUTBOX_AGE_SECONDS.set(oldest);
    }
    let counted = matches!(standing, Ok(Ok(_)));
    let Backlog { stuck, oldest_untried_seconds: untried_seconds, failing_orders: failing } =
        failed.value_or_record("looking at what is half done", standing);
    // What cannot be counted is not nothing.
    let stuck = if counted { usize::try_from(stuck).unwrap_or_default() } else { 1 };
    metrics::STUCK_CHECKOUTS.set(stuck as f64);
    if counted {
        metrics::RECOVERY_LAG_SECONDS.set(untried_seconds);
    }
    if !failing.is_empty() {
        let ids: Vec<String> = failing.iter().map(ToString::to_string).collect();
        tracing::error!(order.ids = ids.join(" "), stuck, "Orders stay half done although recovery has tried.");
    }
    stuck
}

/// Publishes the events of the last so many seconds once more to these queues, after they were
/// lost; their consumers take each once. Answers how many.
///
/// # Errors
/// When an outbox cannot be read.
pub async fn republish(app: &App, seconds: f64, queues: &[Queue]) -> Result<usize> {
    let (orders, stock, products, reviews) = tokio::join!(
        app.checkout.order_events().republish_recent(seconds, queues),
        app.checkout.stock_events().republish_recent(seconds, queues),
        app.catalog.product_events().republish_recent(seconds, queues),
        app.review_events.republish_recent(seconds, queues)
    );
    Ok(orders? + stock? + products? + reviews?)
}
