//! Refunds a payment whose order keeps its status: `begin → refund → close`. By an amount, or by the
//! pieces of the order's lines.
//!
//! `begin` is one transaction that locks the order's row first: what is left to refund is read under the
//! lock, so of two requests one waits and then sees what the other refunds. The processor is asked after
//! its commit; what it refuses is given back by the statement that closes the refund.
//!
//! The refund of a received return is completed in `returns`, and that of a cancelled order in `cancel`.

use domain::events::{DomainEvent, EventEnvelope, RefundIssued};
use domain::idempotency::encode_outcome;
use domain::orders::{Basket, Order, RefundPlan, RefundPosition};
use domain::payments::{Payment, PaymentError, Refund, RefundReason, RefundedLine};
use domain::{Money, Problem, Result, UserId};
use store_dynamo::payments::RefundOutcome;
use store_postgres::Conn;
use store_postgres::idempotency::KeyClaim;
use store_postgres::refunds::{self, PendingRefund, RefundEnd};

use crate::Checkout;
use crate::fulfil::lock_order;
use crate::status::order_in_progress;

/// What of a payment is refunded.
#[derive(Clone, Debug, PartialEq)]
pub enum RefundRequest {
    /// All that is left.
    Everything,
    Amount(Money),
    /// These pieces, with their discount and their tax.
    Lines {
        items: Basket,
        /// And the order's shipping.
        shipping: bool,
    },
}

impl Checkout {
    /// Refunds a payment in part or as a whole. The sum never exceeds what was captured, and no piece is
    /// refunded twice.
    ///
    /// # Errors
    /// 409 `refund_too_large`, `too_many_pieces` or `shipping_refunded`, or `order_in_progress` while the
    /// order is being paid or cancelled; 503 when the outcome is unknown: recovery then completes it.
    pub async fn refund(
        &self,
        payment: &Payment,
        request: RefundRequest,
        reason: Option<RefundReason>,
        claim: Option<&KeyClaim>,
    ) -> Result<Refund> {
        if payment.net_amount() == Money::ZERO {
            return Err(PaymentError::RefundTooLarge { refundable: Money::ZERO }.into());
        }
        let mut db = self.orders.begin().await?;
        let pending = match self.begin_refund(&mut db, payment, request, reason, claim).await {
            Ok(pending) => pending,
            Err(problem) => {
                db.rollback().await?;
                return Err(problem);
            }
        };
        db.commit().await?;
        self.execute_refund(&pending).await
    }

    async fn begin_refund(
        &self,
        db: &mut Conn,
        payment: &Payment,
        request: RefundRequest,
        reason: Option<RefundReason>,
        claim: Option<&KeyClaim>,
    ) -> Result<PendingRefund> {
        let order = lock_order(db, payment.order_id).await?;
        let position = refunds::find_position(db, order.id).await?;
        let plan = plan_refund(&order, &position, payment, request)?;
        let mut pending = PendingRefund {
            id: self.clock.new_uuid(),
            order: order.id,
            payment: payment.id,
            amount: plan.amount,
            currency: order.currency,
            items: refunded_lines(&plan),
            reason: reason.map(Into::into),
            return_id: None,
            email: order.email.clone(),
        };
        if !refunds::begin_refund(db, &mut pending, &plan, claim, self.clock.now()).await? {
            return Err(order_in_progress());
        }
        Ok(pending)
    }

    /// Executes a refund that has begun; may be repeated, since its id is its key at the processor.
    pub(crate) async fn execute_refund(&self, pending: &PendingRefund) -> Result<Refund> {
        if let Some(id) = pending.return_id {
            return self.complete_return(pending, id).await;
        }
        let refund = self.refund_of(pending, pending.amount);
        let refunded = match self.processor.refund(pending.payment, &refund).await? {
            RefundOutcome::Refunded(payment) | RefundOutcome::Duplicate(payment) => Ok(payment),
            RefundOutcome::TooLarge { refundable } => Err(PaymentError::RefundTooLarge { refundable }.into()),
            RefundOutcome::TooMany { refundable } => Err(PaymentError::TooManyRefunds { refundable }.into()),
            RefundOutcome::NotRefundable(_) => Err(PaymentError::RefundTooLarge { refundable: Money::ZERO }.into()),
            RefundOutcome::NotFound => Err(Problem::not_found("payment")),
        };
        match refunded {
            Ok(payment) => {
                let refund = as_stored(&payment, refund);
                let event = self.refund_event(pending, payment.user_id, refund.amount);
                self.close_refund(pending, &refund, vec![event], Vec::new()).await?;
                Ok(refund)
            }
            Err(problem) => {
                let mut db = self.orders.acquire().await?;
                refunds::close(&mut db, pending.id, RefundEnd::Refused).await?;
                Err(problem)
            }
        }
    }

    /// Closes a refund that is done, then publishes. False when another process had closed it.
    pub(crate) async fn close_refund(
        &self,
        pending: &PendingRefund,
        refund: &Refund,
        events: Vec<EventEnvelope>,
        stock: Vec<EventEnvelope>,
    ) -> Result<bool> {
        let outcome = encode_outcome(refund)?;
        let detail =
            (refund.amount != Money::ZERO).then(|| format!("Refunded {}", pending.currency.format(refund.amount)));
        let at = events.first().map_or_else(|| self.clock.now(), |event| event.at);
        let end = RefundEnd::Done { events: &events, outcome: &outcome, detail: detail.as_deref(), at };
        let mut db = self.orders.acquire().await?;
        let closed = refunds::close(&mut db, pending.id, end).await?;
        drop(db);
        self.publish_all(if closed { events } else { Vec::new() }, stock).await;
        Ok(closed)
    }

    pub(crate) fn refund_of(&self, pending: &PendingRefund, amount: Money) -> Refund {
        Refund {
            id: pending.id.to_string(),
            amount,
            items: pending.items.clone(),
            reason: pending.reason.clone(),
            return_id: pending.return_id,
            created_at: self.clock.now(),
        }
    }

    pub(crate) fn refund_event(&self, pending: &PendingRefund, user_id: UserId, amount: Money) -> EventEnvelope {
        self.new_event(DomainEvent::RefundIssued(RefundIssued {
            order_id: pending.order,
            user_id,
            amount_cents: amount.cents(),
            currency: pending.currency,
            return_id: pending.return_id,
            email: pending.email.clone(),
        }))
    }
}

/// As the processor stored it: a repeated refund has the time of the first one.
pub(crate) fn as_stored(payment: &Payment, refund: Refund) -> Refund {
    payment.refunds.iter().find(|stored| stored.id == refund.id).cloned().unwrap_or(refund)
}

pub(crate) fn refunded_lines(plan: &RefundPlan) -> Vec<RefundedLine> {
    let line =
        |line: &domain::orders::LineRefund| RefundedLine { product_id: line.product_id, quantity: line.quantity };
    plan.lines.iter().map(line).collect()
}

fn plan_refund(
    order: &Order,
    position: &RefundPosition,
    payment: &Payment,
    request: RefundRequest,
) -> Result<RefundPlan> {
    // What is being refunded has not left the payment yet.
    let refundable = position.left(order).min(payment.net_amount());
    let amount = match request {
        RefundRequest::Lines { items, shipping } => return Ok(position.plan_lines(order, &items, shipping)?),
        RefundRequest::Amount(amount) => amount,
        RefundRequest::Everything => refundable,
    };
    if amount > refundable || refundable == Money::ZERO {
        return Err(PaymentError::RefundTooLarge { refundable }.into());
    }
    Ok(RefundPlan { amount, ..RefundPlan::default() })
}
