//! Cancels an order: refunds its payments, restocks what it had bought, closes it.
//!
//! Cannot be rejected once it has begun: neither by limits on what people do, nor by what they do
//! meanwhile. If a step fails, recovery repeats it until it succeeds.

use domain::orders::{Order, OrderStatus};
use domain::{Money, Problem, Result};
use store_postgres::saga::{self, Closing, SagaKind, SagaRun};
use store_postgres::{orders, reservations};

use crate::Checkout;
use crate::status::{UpdateConflict, order_in_progress};

impl Checkout {
    /// Cancels an order as the caller has read it: a confirmed one, or one whose payment failed. A
    /// cancellation that another request has begun is completed. False when the order has changed
    /// since the caller read it: then it had no effect.
    ///
    /// # Errors
    /// 409 when the order may not be cancelled or is being paid; 503 when the outcome of a step is
    /// unknown: recovery then completes it.
    pub async fn cancel(&self, order: &Order) -> Result<bool> {
        let mut db = self.orders.acquire().await?;
        let saga_run = match saga::begin_cancel(&mut db, order).await? {
            Some(saga_run) => saga_run,
            None => match self.find_conflict(&mut db, order, OrderStatus::Cancelled).await? {
                UpdateConflict::SagaActive(saga_run) if saga_run.kind == SagaKind::Cancel => saga_run,
                UpdateConflict::SagaActive(_) => return Err(order_in_progress()),
                // By another request, since the caller read it.
                UpdateConflict::Changed(OrderStatus::Cancelled) => return Ok(true),
                UpdateConflict::Changed(_) => return Ok(false),
                UpdateConflict::Rejected(error) => return Err(error.into()),
            },
        };
        drop(db);
        self.complete_cancel(&saga_run).await?;
        Ok(true)
    }

    /// `refund → restock → close`; every step may be repeated.
    pub(crate) async fn complete_cancel(&self, saga_run: &SagaRun) -> Result<()> {
        let mut refunded = Money::ZERO;
        for payment in self.processor.list_payments_of_order(saga_run.order).await? {
            if payment.was_captured() {
                let compensated = self.refund_payment(payment.id).await?;
                // Only the payment that confirmed the order was ever part of its revenue.
                if payment.id == saga_run.payment && saga_run.previous_status == OrderStatus::Confirmed {
                    refunded = compensated.compensated_amount().unwrap_or(Money::ZERO);
                }
            }
        }
        let mut db = self.inventory.acquire().await?;
        let stock = reservations::restock(&mut db, saga_run.order).await?;
        drop(db);
        let mut db = self.orders.acquire().await?;
        let order = orders::find(&mut db, saga_run.order).await?;
        drop(db);
        let order = order.ok_or_else(|| Problem::internal("an order vanished while it was cancelled"))?;
        let event = self.order_event(saga_run, &order, OrderStatus::Cancelled, None, refunded);
        let at = event.at;
        let closing = Closing { status: OrderStatus::Cancelled, detail: None, event: Some(&event), outcome: None, at };
        self.close(saga_run, closing, stock).await.map(drop)
    }
}
