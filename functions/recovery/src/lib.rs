//! Recovery, each minute: finishes or undoes half-done checkouts, refunds and writes of products,
//! releases holds that outlived their time, publishes what was left in an outbox, folds the events
//! that nobody has counted, and sends the messages by hand that did not go out, and the digests of
//! what was too much for a mail of its own. Safe to run twice at once.
//!
//! Each part stands alone: one that fails, hangs or is slow keeps none of the others from their
//! work. Half-done checkouts come first, forgetting what is old comes last.

mod forget;

use std::time::Duration;

use catalog::Catalog;
use checkout::{Checkout, IDLE_SECONDS};
use domain::events::Queue;
use domain::{Problem, Result};
use dynamo::{Dynamo, Notifications};
use mail::Courier;
use mongo::Mongo;
use outbox::Relay;
use postgres::saga::Standing;
use queue::Queues;
use runtime::{Check, Clock, Elapsed, Missing, Ready, Vars, metrics, within};

/// How long a run counts events; what is left then, the next run counts.
const FOLDING: Duration = Duration::from_secs(5);
/// How long a run sends messages; what waits then, the next run sends.
const SENDING: Duration = Duration::from_secs(10);
/// The longest for any part, whatever hangs: its own budget and a few calls more, within the time
/// that the function has.
const PART: Duration = Duration::from_secs(35);
/// The longest for a look at what stands.
const LOOKING: Duration = Duration::from_secs(4);

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
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Missing> {
        let queues = Queues::new(queue::Config::read(vars, &Queue::ALL)?);
        let mongo = Mongo::new(mongo::Config::read(vars)?, clock);
        let dynamo = Dynamo::new(dynamo::Config::read(vars)?);
        let notifications = Notifications::new(dynamo, dynamo::Config::notifications(vars)?);
        Ok(Self {
            checkout: Checkout::read(vars, postgres::Role::RECOVERY, clock)?,
            catalog: Catalog::read(vars, postgres::Role::RECOVERY, clock)?,
            review_events: Relay::new(mongo.clone(), queues),
            mongo,
            courier: Courier::read(vars, postgres::Role::RECOVERY, notifications, clock)?,
        })
    }
}

impl Ready for App {
    fn checks(&self) -> Vec<Check> {
        let (checkout, mongo) = (self.checkout.clone(), self.mongo.clone());
        let databases = [
            ("orderdb", self.checkout.orders()),
            ("inventorydb", self.checkout.inventory()),
            ("productdb", self.catalog.products()),
        ];
        let database = |(name, database): (&'static str, &postgres::Database)| -> Check {
            let database = database.clone();
            (name, Box::pin(async move { Ok(database.ping().await?) }))
        };
        let mut all: Vec<Check> = databases.map(database).into();
        all.push(("reviewdb", Box::pin(async move { Ok(mongo.ping().await?) })));
        all.push(("payments", Box::pin(async move { checkout.processor().ping().await })));
        all
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
    let recovered = mend(app, idle_seconds).await;
    // Last, since nobody waits for it, and with what is left of the run's time.
    let purged = Box::pin(forget::run(app)).await;
    recovered.and_then(|done| purged.map(|()| done))
}

/// As [`run`] without forgetting anything, while what is old is still being sent again.
///
/// # Errors
/// As [`run`].
pub async fn run_and_keep(app: &App) -> Result<Done> {
    mend(app, IDLE_SECONDS).await
}

async fn mend(app: &App, idle_seconds: f64) -> Result<Done> {
    let mut failed = Failed::default();
    let mut done = Box::pin(recover(app, idle_seconds, &mut failed)).await;
    done.stuck = Box::pin(tell(app, idle_seconds, &mut failed)).await;
    done.failures += failed.parts;
    metrics::RECOVERY_FAILURES.many(done.failures);
    if done != Done::default() {
        tracing::info!(?done, "Recovery found something to do.");
    }
    failed.first.map_or(Ok(done), Err)
}

/// Parts that could not do their work at all.
#[derive(Default)]
struct Failed {
    parts: usize,
    first: Option<Problem>,
}

impl Failed {
    /// What a part came to; nothing where it failed or did not end in time.
    fn judge<T: Default>(&mut self, part: &'static str, outcome: Result<Result<T>, Elapsed>) -> T {
        let problem = match outcome {
            Ok(Ok(value)) => return value,
            Ok(Err(problem)) => problem,
            Err(late) => Problem::unavailable(late),
        };
        tracing::error!(recovery.part = part, %problem, "A part of recovery failed; the others went on.");
        self.parts += 1;
        self.first.get_or_insert(problem);
        T::default()
    }
}

/// All parts beside each other, each with its own end.
async fn recover(app: &App, idle_seconds: f64, failed: &mut Failed) -> Done {
    let checkout = &app.checkout;
    let fold = async { mongo::fold(&app.mongo, FOLDING).await.map_err(Problem::from) };
    // The SDKs' futures nest deeply: boxed here, they stay out of every caller's own.
    let (orders, refunds, writes, holds, order_events, stock_events, product_events, review_events, sent, folded) = tokio::join!(
        within(PART, Box::pin(checkout.recover_orders(idle_seconds))),
        within(PART, Box::pin(checkout.recover_refunds(idle_seconds))),
        within(PART, Box::pin(app.catalog.recover(idle_seconds))),
        within(PART, Box::pin(checkout.expire(idle_seconds))),
        within(PART, Box::pin(checkout.order_events().sweep())),
        within(PART, Box::pin(checkout.stock_events().sweep())),
        within(PART, Box::pin(app.catalog.product_events().sweep())),
        within(PART, Box::pin(app.review_events.sweep())),
        within(PART, Box::pin(app.courier.sweep(SENDING))),
        within(PART, Box::pin(fold)),
    );
    let orders = failed.judge("orders", orders);
    let refunds = failed.judge("refunds", refunds);
    let writes = failed.judge("writes of products", writes);
    let holds = failed.judge("holds", holds);
    let events = [
        failed.judge("events of orderdb", order_events),
        failed.judge("events of inventorydb", stock_events),
        failed.judge("events of productdb", product_events),
        failed.judge("events of reviewdb", review_events),
    ];
    let notifications = failed.judge("notifications", sent);
    failed.judge("counting", folded);
    Done {
        orders: orders.done,
        refunds: refunds.done,
        writes: writes.done,
        expired: holds.done,
        events: events.iter().sum(),
        notifications,
        failures: orders.failures + refunds.failures + writes.failures + holds.failures,
        stuck: 0,
    }
}

/// Tells what stands after a run, also after one that failed: of each store that answers. Answers
/// how much is half done.
async fn tell(app: &App, idle_seconds: f64, failed: &mut Failed) -> usize {
    let checkout = &app.checkout;
    let (standing, orders, stock, products, reviews) = tokio::join!(
        within(LOOKING, checkout.standing(idle_seconds)),
        within(LOOKING, checkout.order_events().age()),
        within(LOOKING, checkout.stock_events().age()),
        within(LOOKING, app.catalog.product_events().age()),
        within(LOOKING, app.review_events.age()),
    );
    // A store that is away has been told of already.
    let ages = [orders, stock, products, reviews].into_iter().filter_map(|age| age.ok()?.ok());
    if let Some(oldest) = ages.max_by(f64::total_cmp) {
        metrics::OUTBOX_AGE_SECONDS.stands_at(oldest);
    }
    let counted = matches!(standing, Ok(Ok(_)));
    let Standing { stuck, untried_seconds, failing } = failed.judge("looking at what is half done", standing);
    // What cannot be counted is not nothing.
    let stuck = if counted { usize::try_from(stuck).unwrap_or_default() } else { 1 };
    metrics::STUCK_CHECKOUTS.stands_at(stuck as f64);
    if counted {
        metrics::RECOVERY_LAG_SECONDS.stands_at(untried_seconds);
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
pub async fn replay(app: &App, seconds: f64, queues: &[Queue]) -> Result<usize> {
    let (orders, stock, products, reviews) = tokio::join!(
        app.checkout.order_events().replay(seconds, queues),
        app.checkout.stock_events().replay(seconds, queues),
        app.catalog.product_events().replay(seconds, queues),
        app.review_events.replay(seconds, queues)
    );
    Ok(orders? + stock? + products? + reviews?)
}
