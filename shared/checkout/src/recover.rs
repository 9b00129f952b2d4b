//! Recovery: finishes or undoes what a crash, a cut or a lost answer left half done. Safe to run
//! twice at once and to be killed anywhere: it takes the same keyed steps as everybody else.

use domain::orders::Status;
use domain::{Problem, Result};
use postgres::saga::{self, Ending, Journey, Under};
use postgres::{idempotency, orders, refunds, reservations};
use runtime::planted::{Bug, planted};

use runtime::telemetry;
use tracing::Instrument;

use crate::Checkout;

/// A journey that nobody moved for so long is taken over, in seconds: longer than a function may
/// run, so that its process is gone, or fenced out when it wakes up.
pub const IDLE_SECONDS: f64 = 45.0;
/// How many are taken over at once: what a minute's run can surely finish.
const AT_ONCE: i64 = 100;
/// How many old idempotency keys a run forgets: more than a minute brings.
const PURGED: i64 = 10_000;

/// What a run found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Orders brought to an end.
    pub orders: usize,
    /// Refunds brought to an end.
    pub refunds: usize,
    /// Holds that had outlived their time.
    pub expired: usize,
    /// Events that had not been published.
    pub events: usize,
    /// What could not be done now; the next run tries again.
    pub failures: usize,
    /// Orders that are half done all the same: failed now, or too many for one run.
    pub stuck: usize,
}

impl Checkout {
    /// Recovers whatever nobody has moved for `idle_seconds`, usually [`IDLE_SECONDS`].
    ///
    /// # Errors
    /// When orderdb or inventorydb cannot even be asked.
    pub async fn recover(&self, idle_seconds: f64) -> Result<Recovered> {
        let mut done = Recovered::default();
        let mut db = self.orders.acquire().await?;
        let journeys = saga::take_over(&mut db, idle_seconds, None, AT_ONCE).await?;
        let intended = refunds::take_over(&mut db, idle_seconds, None, AT_ONCE).await?;
        idempotency::purge(&mut db, PURGED).await?;
        drop(db);
        for journey in &journeys {
            let outcome = Box::pin(self.settle(journey)).instrument(telemetry::order_span(journey.order)).await;
            count(&mut done.orders, &mut done.failures, "order", &journey.order, outcome);
        }
        done.stuck = done.failures;
        for refund in &intended {
            let outcome = self.carry_out(refund).await.map(drop);
            count(&mut done.refunds, &mut done.failures, "refund", &refund.id, outcome);
        }
        self.expire(&mut done).await?;
        let mut db = self.orders.acquire().await?;
        done.stuck += usize::try_from(saga::idle(&mut db, idle_seconds).await?).unwrap_or_default();
        drop(db);
        done.events = self.order_events.sweep().await? + self.stock_events.sweep().await?;
        Ok(done)
    }

    /// How old the oldest event is that no queue has taken yet, in seconds.
    ///
    /// # Errors
    /// When an outbox cannot be read.
    pub async fn outbox_age(&self) -> Result<f64> {
        Ok(self.order_events.age().await?.max(self.stock_events.age().await?))
    }

    /// Publishes the events of the last so many seconds once more.
    ///
    /// # Errors
    /// When an outbox cannot be read.
    pub async fn replay(&self, seconds: f64) -> Result<usize> {
        Ok(self.order_events.replay(seconds).await? + self.stock_events.replay(seconds).await?)
    }

    /// Paid: finish. Not paid: see to it that it never will be, and undo.
    pub(crate) async fn settle(&self, journey: &Journey) -> Result<()> {
        if journey.under == Under::Cancel {
            return self.give_back(journey).await;
        }
        let mut db = self.orders.acquire().await?;
        let order = orders::find(&mut db, journey.order).await?;
        drop(db);
        // Forgotten meanwhile, for want of stock.
        let Some(order) = order else { return Ok(()) };
        if planted(Bug::NoFence) && self.processor.find(journey.payment).await?.is_none() {
            return self.forsake(journey).await;
        }
        let payment = self.processor.void(&self.charge_of(journey)).await?;
        self.conclude(journey, &order, &payment, Vec::new()).await.map(drop)
    }

    /// What undoing is where nobody thinks of a process that wakes up late.
    async fn forsake(&self, journey: &Journey) -> Result<()> {
        let mut db = self.inventory.acquire().await?;
        let held = reservations::lines(&mut db, journey.order, journey.attempt).await?;
        let stock = reservations::release(&mut db, journey.order, journey.attempt, &held).await?;
        drop(db);
        let ending =
            Ending { status: Status::Cancelled, detail: None, event: None, outcome: None, at: self.clock.now() };
        self.end(journey, ending, stock).await.map(drop)
    }

    /// Releases holds whose time is over. One whose order is still under way is recovered above
    /// long before; what is left are holds of processes that woke up after they were given up.
    async fn expire(&self, done: &mut Recovered) -> Result<()> {
        let mut db = self.inventory.acquire().await?;
        let by = planted(Bug::ExpiryByLocalClock).then(|| self.clock.now());
        let mut events = Vec::new();
        for (order, attempt) in reservations::expired(&mut db, AT_ONCE, by).await? {
            let lines = reservations::lines(&mut db, order, attempt).await?;
            events.extend(reservations::release(&mut db, order, attempt, &lines).await?);
            done.expired += 1;
        }
        drop(db);
        self.tell(None, events).await;
        Ok(())
    }
}

fn count(done: &mut usize, failures: &mut usize, what: &str, id: &dyn std::fmt::Display, outcome: Result<(), Problem>) {
    match outcome {
        Ok(()) => *done += 1,
        Err(problem) => {
            *failures += 1;
            tracing::error!(recovered.what = what, recovered.id = %id, %problem, "Recovery could not finish this now.");
        }
    }
}
