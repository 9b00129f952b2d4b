//! Recovery: completes or compensates what a crash, a cut connection or a lost reply left unfinished.
//!
//! Safe to run twice at once and to be killed anywhere: its steps are those of the sagas, by the
//! same keys. Each part is independent: the caller runs them side by side, and one that fails does
//! not stop the others.

use std::fmt::Display;

use domain::{OrderId, Result};
use queue::OutboxRelay;
use runtime::recovery::{RecoveryCounts, RecoveryFuture, recover_stale};
use runtime::telemetry;
use store_postgres::refunds::{self, PendingRefund};
use store_postgres::saga::{self, Backlog, SagaKind, SagaRun};
use store_postgres::{Database, orders, recovery, reservations};
use tracing::Instrument;

use crate::Checkout;
use crate::pay::Pay;
use crate::place::Place;
use crate::saga::{Flow, Saga};

/// A saga that made no progress for so long is taken over, in seconds: longer than a function may
/// run, so its process is dead, or fenced out when it wakes up.
pub const STALE_AFTER_SECONDS: f64 = 45.0;
/// The most reservation lines that are claimed at once.
const MAX_EXPIRED_LINES: i64 = 200;

impl Checkout {
    /// Completes sagas that made no progress for `idle_seconds`, usually [`STALE_AFTER_SECONDS`].
    ///
    /// # Errors
    /// When orderdb is unreachable.
    pub async fn recover_orders(&self, idle_seconds: f64) -> Result<RecoveryCounts> {
        // Two for each connection: a saga waits longer for the processor than for orderdb.
        let at_once = 2 * self.orders.max_connections();
        let claim = |limit| -> RecoveryFuture<'_, Vec<SagaRun>> {
            Box::pin(async move {
                let mut db = self.orders.acquire().await?;
                Ok(saga::claim_stale(&mut db, idle_seconds, None, limit).await?)
            })
        };
        let resume = |saga_run: SagaRun| -> RecoveryFuture<'_, ()> {
            let span = telemetry::order_span(saga_run.order);
            Box::pin(self.resume(saga_run).instrument(span))
        };
        recover_stale("order", at_once, claim, |saga_run| saga_run.order, resume).await
    }

    /// Executes refunds that made no progress for `idle_seconds`.
    ///
    /// # Errors
    /// When orderdb is unreachable.
    pub async fn recover_refunds(&self, idle_seconds: f64) -> Result<RecoveryCounts> {
        let claim = |limit| -> RecoveryFuture<'_, Vec<PendingRefund>> {
            Box::pin(async move {
                let mut db = self.orders.acquire().await?;
                Ok(refunds::claim_stale(&mut db, idle_seconds, None, limit).await?)
            })
        };
        let execute = |refund: PendingRefund| -> RecoveryFuture<'_, ()> {
            Box::pin(async move { self.execute_refund(&refund).await.map(drop) })
        };
        recover_stale("refund", self.orders.max_connections(), claim, |refund| refund.id, execute).await
    }

    /// Releases expired reservations. Those of a saga that is not closed are released by
    /// [`Checkout::recover_orders`] long before; these are of processes that woke up too late.
    ///
    /// # Errors
    /// When inventorydb is unreachable.
    pub async fn expire_reservations(&self, idle_seconds: f64) -> Result<RecoveryCounts> {
        let claim = |_| -> RecoveryFuture<'_, Vec<ReservationAttempt>> {
            Box::pin(async move {
                let mut db = self.inventory.acquire().await?;
                let attempts = recovery::claim_expired_reservations(&mut db, idle_seconds, MAX_EXPIRED_LINES).await?;
                Ok(attempts.into_iter().map(|(order, attempt)| ReservationAttempt { order, attempt }).collect())
            })
        };
        let release = |expired: ReservationAttempt| -> RecoveryFuture<'_, ()> {
            Box::pin(self.release_expired_reservation(expired))
        };
        recover_stale("reservation", self.inventory.max_connections(), claim, |expired| *expired, release).await
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

    /// What is unfinished after a run.
    ///
    /// # Errors
    /// When orderdb is unreachable.
    pub async fn measure_backlog(&self, idle_seconds: f64) -> Result<Backlog> {
        let mut db = self.orders.acquire().await?;
        Ok(saga::measure_backlog(&mut db, idle_seconds).await?)
    }

    /// Publishes the outbox of orderdb.
    pub fn order_events(&self) -> &OutboxRelay<Database> {
        &self.order_events
    }

    /// Publishes the outbox of inventorydb.
    pub fn stock_events(&self) -> &OutboxRelay<Database> {
        &self.stock_events
    }

    /// Completes or compensates one saga.
    pub(crate) async fn resume(&self, saga_run: SagaRun) -> Result<()> {
        match saga_run.kind {
            SagaKind::Place => self.resume_checkout::<Place>(saga_run).await,
            SagaKind::Pay => self.resume_checkout::<Pay>(saga_run).await,
            SagaKind::Cancel => self.complete_cancel(&saga_run).await,
        }
    }

    async fn resume_checkout<F: Flow>(&self, saga_run: SagaRun) -> Result<()> {
        let mut db = self.orders.acquire().await?;
        let order = orders::find(&mut db, saga_run.order).await?;
        drop(db);
        // None: its own process has abandoned and deleted it since.
        let Some(order) = order else { return Ok(()) };
        Saga::<F>::new(self, saga_run, order).resume().await
    }
}

/// An attempt whose reservation has expired.
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
