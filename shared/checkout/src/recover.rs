//! Recovery: finishes or undoes what a crash, a cut or a lost answer left half done. Safe to run
//! twice at once and to be killed anywhere: it takes the same keyed steps as everybody else.
//!
//! Each part stands alone: whoever calls them runs them beside each other, and what one of them
//! cannot do keeps none of the others from being done.

use std::fmt::Display;

use domain::orders::OrderStatus;
use domain::{OrderId, Result};
use queue::OutboxRelay;
use runtime::planted::{Bug, planted};
use runtime::recovery::{RecoveryCounts, RecoveryFuture, recover_stale};
use runtime::telemetry;
use store_postgres::refunds::{self, PendingRefund};
use store_postgres::saga::{self, Backlog, Closing, SagaKind, SagaRun};
use store_postgres::{Database, orders, recovery, reservations};
use tracing::Instrument;

use crate::Checkout;

/// A journey that nobody moved for so long is taken over, in seconds: longer than a function may
/// run, so that its process is gone, or fenced out when it wakes up.
pub const STALE_AFTER_SECONDS: f64 = 45.0;
/// The most lines of holds that are taken up at once.
const MAX_EXPIRED_LINES: i64 = 200;

impl Checkout {
    /// Brings orders to an end that nobody has moved for `idle_seconds`, usually [`IDLE_SECONDS`].
    ///
    /// # Errors
    /// When orderdb cannot even be asked.
    pub async fn recover_orders(&self, idle_seconds: f64) -> Result<RecoveryCounts> {
        // Two for each connection: a journey waits for the processor longer than for orderdb.
        let at_once = 2 * self.orders.max_connections();
        let take = |limit| -> RecoveryFuture<'_, Vec<SagaRun>> {
            Box::pin(async move {
                let mut db = self.orders.acquire().await?;
                Ok(saga::claim_stale(&mut db, idle_seconds, None, limit).await?)
            })
        };
        let settle = |saga_run: SagaRun| -> RecoveryFuture<'_, ()> {
            let span = telemetry::order_span(saga_run.order);
            Box::pin(async move { self.resume(&saga_run).await }.instrument(span))
        };
        recover_stale("order", at_once, take, |saga_run| saga_run.order, settle).await
    }

    /// Brings refunds to an end that nobody has moved for `idle_seconds`.
    ///
    /// # Errors
    /// When orderdb cannot even be asked.
    pub async fn recover_refunds(&self, idle_seconds: f64) -> Result<RecoveryCounts> {
        let take = |limit| -> RecoveryFuture<'_, Vec<PendingRefund>> {
            Box::pin(async move {
                let mut db = self.orders.acquire().await?;
                Ok(refunds::claim_stale(&mut db, idle_seconds, None, limit).await?)
            })
        };
        let carry_out = |refund: PendingRefund| -> RecoveryFuture<'_, ()> {
            Box::pin(async move { self.execute_refund(&refund).await.map(drop) })
        };
        recover_stale("refund", self.orders.max_connections(), take, |refund| refund.id, carry_out).await
    }

    /// Releases holds whose time is over. One whose order is still under way is recovered above
    /// long before; what is left are holds of processes that woke up after they were given up.
    ///
    /// # Errors
    /// When inventorydb cannot even be asked.
    pub async fn expire_reservations(&self, idle_seconds: f64) -> Result<RecoveryCounts> {
        let by = planted(Bug::ExpiryByLocalClock).then(|| self.clock.now());
        let take = |_| -> RecoveryFuture<'_, Vec<ReservationAttempt>> {
            Box::pin(async move {
                let mut db = self.inventory.acquire().await?;
                let attempts =
                    recovery::claim_expired_reservations(&mut db, idle_seconds, MAX_EXPIRED_LINES, by).await?;
                Ok(attempts.into_iter().map(|(order, attempt)| ReservationAttempt { order, attempt }).collect())
            })
        };
        let release =
            |hold: ReservationAttempt| -> RecoveryFuture<'_, ()> { Box::pin(self.release_expired_reservation(hold)) };
        recover_stale("hold", self.inventory.max_connections(), take, |hold| *hold, release).await
    }

    async fn release_expired_reservation(
        &self,
        ReservationAttempt { order, attempt }: ReservationAttempt,
    ) -> Result<()> {
        let mut db = self.inventory.acquire().await?;
        let lines = reservations::find_lines(&mut db, order, attempt).await?;
        let stock = reservations::release_reservation(&mut db, order, attempt, &lines).await?;
        drop(db);
        self.publish(None, stock).await;
        Ok(())
    }

    /// What is half done after a run.
    ///
    /// # Errors
    /// When orderdb is away.
    pub async fn measure_backlog(&self, idle_seconds: f64) -> Result<Backlog> {
        let mut db = self.orders.acquire().await?;
        Ok(saga::measure_backlog(&mut db, idle_seconds).await?)
    }

    /// Publishes what orderdb's outbox holds.
    pub fn order_events(&self) -> &OutboxRelay<Database> {
        &self.order_events
    }

    /// Publishes what inventorydb's outbox holds.
    pub fn stock_events(&self) -> &OutboxRelay<Database> {
        &self.stock_events
    }

    /// Paid: finish. Not paid: see to it that it never will be, and undo.
    pub(crate) async fn resume(&self, saga_run: &SagaRun) -> Result<()> {
        if saga_run.kind == SagaKind::Cancel {
            return self.complete_cancel(saga_run).await;
        }
        let mut db = self.orders.acquire().await?;
        let order = orders::find(&mut db, saga_run.order).await?;
        drop(db);
        // Forgotten meanwhile, for want of stock.
        let Some(order) = order else { return Ok(()) };
        if planted(Bug::NoFence) && self.processor.find_payment(saga_run.payment).await?.is_none() {
            return self.compensate_without_void(saga_run).await;
        }
        let payment = self.processor.void(&self.charge_request(saga_run)).await?;
        self.complete(saga_run, &order, &payment, Vec::new()).await.map(drop)
    }

    /// What undoing is where nobody thinks of a process that wakes up late.
    async fn compensate_without_void(&self, saga_run: &SagaRun) -> Result<()> {
        let mut db = self.inventory.acquire().await?;
        let held = reservations::find_lines(&mut db, saga_run.order, saga_run.attempt).await?;
        let stock = reservations::release_reservation(&mut db, saga_run.order, saga_run.attempt, &held).await?;
        drop(db);
        let ending =
            Closing { status: OrderStatus::Cancelled, detail: None, event: None, outcome: None, at: self.clock.now() };
        self.close(saga_run, ending, stock).await.map(drop)
    }
}

/// An order's attempt that holds stock.
#[derive(Clone, Copy)]
struct ReservationAttempt {
    order: OrderId,
    attempt: i32,
}

impl Display for ReservationAttempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} attempt {}", self.order, self.attempt)
    }
}
