//! Recovery: finishes or undoes what a crash, a cut or a lost answer left half done. Safe to run
//! twice at once and to be killed anywhere: it takes the same keyed steps as everybody else.
//!
//! Each part stands alone: whoever calls them runs them beside each other, and what one of them
//! cannot do keeps none of the others from being done.

use std::fmt::Display;

use domain::orders::Status;
use domain::{OrderId, Result};
use outbox::Relay;
use postgres::refunds::{self, Intended};
use postgres::saga::{self, Ending, Journey, Standing, Under};
use postgres::{Database, orders, recovering, reservations};
use runtime::planted::{Bug, planted};
use runtime::recovering::{Work, Worked, work_through};
use runtime::telemetry;
use tracing::Instrument;

use crate::Checkout;

/// A journey that nobody moved for so long is taken over, in seconds: longer than a function may
/// run, so that its process is gone, or fenced out when it wakes up.
pub const IDLE_SECONDS: f64 = 45.0;
/// The most lines of holds that are taken up at once.
const HOLDS: i64 = 200;

impl Checkout {
    /// Brings orders to an end that nobody has moved for `idle_seconds`, usually [`IDLE_SECONDS`].
    ///
    /// # Errors
    /// When orderdb cannot even be asked.
    pub async fn recover_orders(&self, idle_seconds: f64) -> Result<Worked> {
        // Two for each connection: a journey waits for the processor longer than for orderdb.
        let at_once = 2 * self.orders.connections();
        let take = |limit| -> Work<'_, Vec<Journey>> {
            Box::pin(async move {
                let mut db = self.orders.acquire().await?;
                Ok(saga::take_over(&mut db, idle_seconds, None, limit).await?)
            })
        };
        let settle = |journey: Journey| -> Work<'_, ()> {
            let span = telemetry::order_span(journey.order);
            Box::pin(async move { self.settle(&journey).await }.instrument(span))
        };
        work_through("order", at_once, take, |journey| journey.order, settle).await
    }

    /// Brings refunds to an end that nobody has moved for `idle_seconds`.
    ///
    /// # Errors
    /// When orderdb cannot even be asked.
    pub async fn recover_refunds(&self, idle_seconds: f64) -> Result<Worked> {
        let take = |limit| -> Work<'_, Vec<Intended>> {
            Box::pin(async move {
                let mut db = self.orders.acquire().await?;
                Ok(refunds::take_over(&mut db, idle_seconds, None, limit).await?)
            })
        };
        let carry_out =
            |refund: Intended| -> Work<'_, ()> { Box::pin(async move { self.carry_out(&refund).await.map(drop) }) };
        work_through("refund", self.orders.connections(), take, |refund| refund.id, carry_out).await
    }

    /// Releases holds whose time is over. One whose order is still under way is recovered above
    /// long before; what is left are holds of processes that woke up after they were given up.
    ///
    /// # Errors
    /// When inventorydb cannot even be asked.
    pub async fn expire(&self, idle_seconds: f64) -> Result<Worked> {
        let by = planted(Bug::ExpiryByLocalClock).then(|| self.clock.now());
        let take = |_| -> Work<'_, Vec<Hold>> {
            Box::pin(async move {
                let mut db = self.inventory.acquire().await?;
                let attempts = recovering::expired(&mut db, idle_seconds, HOLDS, by).await?;
                Ok(attempts.into_iter().map(|(order, attempt)| Hold { order, attempt }).collect())
            })
        };
        let release = |hold: Hold| -> Work<'_, ()> { Box::pin(self.release_expired(hold)) };
        work_through("hold", self.inventory.connections(), take, |hold| *hold, release).await
    }

    async fn release_expired(&self, Hold { order, attempt }: Hold) -> Result<()> {
        let mut db = self.inventory.acquire().await?;
        let lines = reservations::lines(&mut db, order, attempt).await?;
        let stock = reservations::release(&mut db, order, attempt, &lines).await?;
        drop(db);
        self.tell(None, stock).await;
        Ok(())
    }

    /// What is half done after a run.
    ///
    /// # Errors
    /// When orderdb is away.
    pub async fn standing(&self, idle_seconds: f64) -> Result<Standing> {
        let mut db = self.orders.acquire().await?;
        Ok(saga::standing(&mut db, idle_seconds).await?)
    }

    /// Publishes what orderdb's outbox holds.
    pub fn order_events(&self) -> &Relay<Database> {
        &self.order_events
    }

    /// Publishes what inventorydb's outbox holds.
    pub fn stock_events(&self) -> &Relay<Database> {
        &self.stock_events
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
}

/// An order's attempt that holds stock.
#[derive(Clone, Copy)]
struct Hold {
    order: OrderId,
    attempt: i32,
}

impl Display for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} attempt {}", self.order, self.attempt)
    }
}
