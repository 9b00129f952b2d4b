//! Calling an order off (money and stock go back), and moving it on along its way.

use domain::orders::{Order, OrderError, OrderStatus};
use domain::payments::MAX_REFUNDS;
use domain::{Money, Problem, Result};
use runtime::planted::{Bug, planted};
use store_postgres::saga::{self, Closing, SagaKind, SagaRun};
use store_postgres::{Conn, orders, reservations};

use crate::Checkout;

impl Checkout {
    /// Cancels a confirmed order, or one that waits for a payment, as the caller has seen it. One
    /// that is being cancelled is cancelled with whoever began. False when the order has changed
    /// since the caller looked: then nothing was done.
    ///
    /// # Errors
    /// 409 when the order may not be cancelled or is being paid; 503 when a step's outcome is
    /// unknown: recovery then finishes it.
    pub async fn cancel(&self, order: &Order) -> Result<bool> {
        let mut db = self.orders.acquire().await?;
        let saga_run = match saga::begin_cancel(&mut db, order).await? {
            Some(saga_run) => saga_run,
            None => match self.find_conflict(&mut db, order, OrderStatus::Cancelled).await? {
                UpdateConflict::SagaActive(saga_run) if saga_run.kind == SagaKind::Cancel => saga_run,
                UpdateConflict::SagaActive(_) => return Err(order_in_progress()),
                // With this request: it was not when the caller looked.
                UpdateConflict::Changed(OrderStatus::Cancelled) => return Ok(true),
                UpdateConflict::Changed(_) => return Ok(false),
                UpdateConflict::Rejected(refused) => return Err(refused.into()),
            },
        };
        drop(db);
        self.complete_cancel(&saga_run).await?;
        Ok(true)
    }

    /// Moves an order on along its way to the customer, as the caller has seen it. False when it
    /// has changed since the caller looked: then nothing was done.
    ///
    /// # Errors
    /// 409 when its status does not allow it, or something is under way with it.
    pub async fn update_status(&self, order: &Order, to: OrderStatus) -> Result<bool> {
        if !order.status.can_transition_to(to) {
            return Err(OrderError::IllegalTransition { from: order.status, to }.into());
        }
        let fact = domain::events::DomainEvent::OrderStatusChanged(domain::events::OrderStatusChanged {
            order_id: order.id,
            user_id: order.user_id,
            status: to,
            was: Some(order.status),
            total_cents: order.total.cents(),
            refunded_cents: 0,
            items: order.items.iter().map(Into::into).collect(),
            reason: None,
        });
        let event = self.new_event(fact);
        let mut db = self.orders.acquire().await?;
        if saga::update_status(&mut db, order, to, &event, event.at).await? {
            drop(db);
            self.publish(Some(event), Vec::new()).await;
            return Ok(true);
        }
        match self.find_conflict(&mut db, order, to).await? {
            UpdateConflict::SagaActive(_) => Err(order_in_progress()),
            UpdateConflict::Changed(_) => Ok(false),
            UpdateConflict::Rejected(_) if to == OrderStatus::Shipped => Err(OrderError::AlreadyRefunded.into()),
            UpdateConflict::Rejected(refused) => Err(refused.into()),
        }
    }

    async fn find_conflict(&self, db: &mut Conn, order: &Order, to: OrderStatus) -> Result<UpdateConflict> {
        if let Some(saga_run) = saga::find_active(db, order.id).await? {
            return Ok(UpdateConflict::SagaActive(saga_run));
        }
        let now = orders::find(db, order.id).await?.ok_or_else(|| Problem::not_found("order"))?;
        let same = (now.status, now.updated_at) == (order.status, order.updated_at);
        let refused = OrderError::IllegalTransition { from: now.status, to };
        Ok(if same { UpdateConflict::Rejected(refused) } else { UpdateConflict::Changed(now.status) })
    }

    /// The rest of a cancellation; repeated by recovery until it is through. Nothing of it can be
    /// refused: neither by a bound that limits people nor by what they do meanwhile.
    pub(crate) async fn complete_cancel(&self, saga_run: &SagaRun) -> Result<()> {
        let mut back = Money::ZERO;
        for payment in self.processor.list_payments_of_order(saga_run.order).await? {
            let refused = planted(Bug::RefusalIsDone) && payment.refunds.len() >= MAX_REFUNDS;
            if payment.was_captured() && !refused {
                let undone = self.processor.refund_remaining(payment.id, self.clock.now()).await?;
                // Of the payment that the order stood by; an earlier one was never in its revenue.
                if payment.id == saga_run.payment && saga_run.previous_status == OrderStatus::Confirmed {
                    back = undone.compensated_amount().unwrap_or(Money::ZERO);
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
        let event = self.order_event(saga_run, &order.items, OrderStatus::Cancelled, None, back);
        let at = event.at;
        let ending = Closing { status: OrderStatus::Cancelled, detail: None, event: Some(&event), outcome: None, at };
        self.close(saga_run, ending, stock).await?;
        Ok(())
    }
}

/// Why an order did not move.
enum UpdateConflict {
    /// A checkout or a cancellation of it is under way.
    SagaActive(SagaRun),
    /// It is not as the caller has seen it, and stands here now.
    Changed(OrderStatus),
    /// It is, and may not move so.
    Rejected(OrderError),
}

/// 409: an outcome that is not known yet would decide.
pub(crate) fn order_in_progress() -> Problem {
    Problem::conflict(
        "order_in_progress",
        "This order is being paid or cancelled right now. Please try again in a moment.",
    )
    .with_retry_after(1)
}
