//! Recovery, each minute: completes or compensates unfinished checkouts, refunds and product writes,
//! completes changes of reviews, moves the orders of claimed guests, releases expired reservations,
//! publishes what is pending in the outboxes, aggregates analytics events, sends pending admin messages and digests, purges what is
//! past its retention. Safe to run twice at once.
//!
//! The parts are independent: one that fails, hangs or is slow does not stop the others. Decides
//! nothing: each part is a use case of the crate that owns the data.

mod purge;
mod take_over;

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
use store_postgres::{Database, Role};

/// How long a run aggregates events; the next run continues.
const AGGREGATION_TIME_BUDGET: Duration = Duration::from_secs(20);
/// How long a run makes the lists of days that lack them; the next run continues.
const PACKING_TIME_BUDGET: Duration = Duration::from_secs(5);
/// How long a run sends messages; the next run continues.
const SENDING_TIME_BUDGET: Duration = Duration::from_secs(10);
/// The limit for each part: more than its own budget and a few calls, less than the function's timeout.
const PART_TIMEOUT: Duration = Duration::from_secs(35);
/// The limit for each metric.
const METRICS_TIMEOUT: Duration = Duration::from_secs(4);

/// The stores of recovery. `runtime::open_stores` opens them while the function starts.
#[derive(Clone)]
pub struct App {
    checkout: Checkout,
    catalog: Catalog,
    mongo: Mongo,
    review_events: OutboxRelay<Mongo>,
    dispatcher: Dispatcher,
    userdb: Database,
    clock: Clock,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Sagas completed or compensated.
    pub orders: usize,
    pub refunds: usize,
    pub product_writes: usize,
    pub expired_reservations: usize,
    pub events: usize,
    /// Orders of guests that an account has taken over.
    pub taken_over: usize,
    /// Admin messages and digests sent.
    pub notifications: usize,
    /// What failed; the next run tries again.
    pub failures: usize,
    /// Orders and refunds that are still unfinished.
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
            checkout: Checkout::from_env(env, Role::RECOVERY, clock)?,
            catalog: Catalog::from_env(env, Role::RECOVERY, clock)?,
            review_events: OutboxRelay::new(mongo.clone(), queues),
            mongo,
            dispatcher: Dispatcher::from_env(env, Role::RECOVERY, notifications, clock)?,
            userdb: Database::new(store_postgres::Config::from_env(env, Role::RECOVERY, "USERDB_URL")?),
            clock: clock.clone(),
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
            ("userdb", &self.userdb),
        ];
        let database = |(name, database): (&'static str, &Database)| -> StoreCheck {
            let database = database.clone();
            (name, Box::pin(async move { Ok(database.ping().await?) }))
        };
        let mut all: Vec<StoreCheck> = databases.map(database).into();
        all.push(("reviewdb", Box::pin(async move { Ok(mongo.ping().await?) })));
        all.push(("payments", Box::pin(async move { checkout.processor().ping().await })));
        all
    }
}

/// One run, over everything without progress for [`STALE_AFTER_SECONDS`].
///
/// # Errors
/// When a store is unreachable; the others are recovered, and the next run tries again.
pub async fn run(app: &App) -> Result<RecoveryReport> {
    run_with_idle_seconds(app, STALE_AFTER_SECONDS).await
}

/// [`run`] with another idle time: tests do not wait.
///
/// # Errors
/// As [`run`].
pub async fn run_with_idle_seconds(app: &App, idle_seconds: f64) -> Result<RecoveryReport> {
    let recovered = run_parts(app, idle_seconds).await;
    // Last, since no client waits for it, with what is left of the run's time.
    let purged = Box::pin(purge::purge_expired(app)).await;
    recovered.and_then(|done| purged.map(|()| done))
}

/// [`run`] without the purge: while events are republished, what is old is still needed.
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

/// The parts that failed.
#[derive(Default)]
struct Failures {
    count: usize,
    first: Option<Problem>,
}

impl Failures {
    /// The outcome of a part; the default value when it failed or timed out.
    fn value_or_record<T: Default>(&mut self, part: &'static str, outcome: Result<Result<T>, TimedOut>) -> T {
        let problem = match outcome {
            Ok(Ok(value)) => return value,
            Ok(Err(problem)) => problem,
            Err(timed_out) => Problem::unavailable(timed_out),
        };
        tracing::error!(recovery.part = part, %problem, "A part of recovery failed; the others continued.");
        self.count += 1;
        self.first.get_or_insert(problem);
        T::default()
    }
}

/// Runs all parts side by side, each with its own timeout.
async fn recover_parts(app: &App, idle_seconds: f64, failed: &mut Failures) -> RecoveryReport {
    let checkout = &app.checkout;
    let aggregate = async {
        store_mongo::aggregate_pending(&app.mongo, AGGREGATION_TIME_BUDGET).await?;
        store_mongo::pack_days(&app.mongo, PACKING_TIME_BUDGET).await?;
        Ok::<(), Problem>(())
    };
    let review_events = async {
        // Its events go to the outbox; the relay runs whether or not this succeeds.
        let completed = store_mongo::reviews::complete_pending(&app.mongo).await;
        let sent = app.review_events.relay_pending().await;
        completed.map_err(Problem::from).and(sent)
    };
    // Boxed: the futures of the SDKs are large, and would be part of every caller's future.
    let (
        orders,
        refunds,
        writes,
        reservations,
        order_events,
        stock_events,
        product_events,
        review_events,
        sent,
        aggregated,
        taken_over,
    ) = tokio::join!(
        with_timeout(PART_TIMEOUT, Box::pin(checkout.recover_orders(idle_seconds))),
        with_timeout(PART_TIMEOUT, Box::pin(checkout.recover_refunds(idle_seconds))),
        with_timeout(PART_TIMEOUT, Box::pin(app.catalog.recover(idle_seconds))),
        with_timeout(PART_TIMEOUT, Box::pin(checkout.expire_reservations(idle_seconds))),
        with_timeout(PART_TIMEOUT, Box::pin(checkout.order_events().relay_pending())),
        with_timeout(PART_TIMEOUT, Box::pin(checkout.stock_events().relay_pending())),
        with_timeout(PART_TIMEOUT, Box::pin(app.catalog.product_events().relay_pending())),
        with_timeout(PART_TIMEOUT, Box::pin(review_events)),
        with_timeout(PART_TIMEOUT, Box::pin(app.dispatcher.send_pending(SENDING_TIME_BUDGET))),
        with_timeout(PART_TIMEOUT, Box::pin(aggregate)),
        with_timeout(PART_TIMEOUT, Box::pin(take_over::move_claimed_orders(app))),
    );
    let orders = failed.value_or_record("orders", orders);
    let refunds = failed.value_or_record("refunds", refunds);
    let writes = failed.value_or_record("product writes", writes);
    let reservations = failed.value_or_record("reservations", reservations);
    let events = [
        failed.value_or_record("events of orderdb", order_events),
        failed.value_or_record("events of inventorydb", stock_events),
        failed.value_or_record("events of productdb", product_events),
        failed.value_or_record("events of reviewdb", review_events),
    ];
    let notifications = failed.value_or_record("notifications", sent);
    failed.value_or_record("aggregation", aggregated);
    RecoveryReport {
        orders: orders.completed,
        refunds: refunds.completed,
        product_writes: writes.completed,
        expired_reservations: reservations.completed,
        events: events.iter().sum(),
        taken_over: failed.value_or_record("orders of guests", taken_over),
        notifications,
        failures: orders.failures + refunds.failures + writes.failures + reservations.failures,
        stuck: 0,
    }
}

/// Sets the gauges after a run, also after one that failed, from each store that responds. Returns how
/// many orders and refunds are still unfinished.
async fn record_metrics(app: &App, idle_seconds: f64, failed: &mut Failures) -> usize {
    let checkout = &app.checkout;
    let (backlog, orders, stock, products, reviews) = tokio::join!(
        with_timeout(METRICS_TIMEOUT, checkout.measure_backlog(idle_seconds)),
        with_timeout(METRICS_TIMEOUT, checkout.order_events().oldest_pending_seconds()),
        with_timeout(METRICS_TIMEOUT, checkout.stock_events().oldest_pending_seconds()),
        with_timeout(METRICS_TIMEOUT, app.catalog.product_events().oldest_pending_seconds()),
        with_timeout(METRICS_TIMEOUT, app.review_events.oldest_pending_seconds()),
    );
    // A store that is unreachable was logged by its part already.
    let ages = [orders, stock, products, reviews].into_iter().filter_map(|age| age.ok()?.ok());
    if let Some(oldest) = ages.max_by(f64::total_cmp) {
        metrics::OUTBOX_AGE_SECONDS.set(oldest);
    }
    let counted = matches!(backlog, Ok(Ok(_)));
    let Backlog { stuck, oldest_untried_seconds: untried_seconds, failing_orders: failing } =
        failed.value_or_record("backlog", backlog);
    // An unknown number is not zero: the alarm must see it.
    let stuck = if counted { usize::try_from(stuck).unwrap_or_default() } else { 1 };
    metrics::STUCK_CHECKOUTS.set(stuck as f64);
    if counted {
        metrics::RECOVERY_LAG_SECONDS.set(untried_seconds);
    }
    if !failing.is_empty() {
        let ids: Vec<String> = failing.iter().map(ToString::to_string).collect();
        tracing::error!(
            order.ids = ids.join(" "),
            stuck,
            "Some orders are unfinished although recovery has tried them."
        );
    }
    stuck
}

/// Publishes the events of the last so many seconds again to these queues, after they were lost; the
/// consumers deduplicate. Returns how many.
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
