//! Refunds a payment whose order keeps its status: `begin → refund → close`.
//!
//! The refund of a cancelled order is not made here: see `cancel`.

use domain::events::{DomainEvent, RefundIssued};
use domain::idempotency::encode_outcome;
use domain::payments::{Payment, PaymentError, Refund};
use domain::pricing::Currency;
use domain::{Money, Problem, Result};
use store_dynamo::payments::RefundOutcome;
use store_postgres::idempotency::KeyClaim;
use store_postgres::refunds::{self, PendingRefund};

use crate::Checkout;
use crate::status::order_in_progress;

impl Checkout {
    /// Refunds `amount`, or with `None` all that is left. The sum never exceeds what was captured.
    ///
    /// # Errors
    /// 409 `refund_too_large`, or `order_in_progress` while the order is being paid or cancelled; 503
    /// when the outcome is unknown: recovery then completes it.
    pub async fn refund(&self, payment: &Payment, amount: Option<Money>, claim: Option<&KeyClaim>) -> Result<Refund> {
        let refundable = payment.net_amount();
        let amount = amount.unwrap_or(refundable);
        if amount > refundable || refundable == Money::ZERO {
            return Err(PaymentError::RefundTooLarge { refundable }.into());
        }
        let id = self.clock.new_uuid();
        let currency = Currency::EUR; // until `begin_refund` knows the order's
        let mut pending = PendingRefund { id, order: payment.order_id, payment: payment.id, amount, currency };
        let mut db = self.orders.acquire().await?;
        if !refunds::begin_refund(&mut db, &mut pending, claim, self.clock.now()).await? {
            return Err(order_in_progress());
        }
        drop(db);
        self.execute_refund(&pending).await
    }

    /// Executes a refund that has begun; may be repeated, since its id is its key at the processor.
    pub(crate) async fn execute_refund(&self, pending: &PendingRefund) -> Result<Refund> {
        let refund = Refund { id: pending.id.to_string(), amount: pending.amount, created_at: self.clock.now() };
        let refunded = match self.processor.refund(pending.payment, &refund).await? {
            RefundOutcome::Refunded(payment) | RefundOutcome::Duplicate(payment) => Ok(payment),
            RefundOutcome::TooLarge { refundable } => Err(PaymentError::RefundTooLarge { refundable }.into()),
            RefundOutcome::TooMany { refundable } => Err(PaymentError::TooManyRefunds { refundable }.into()),
            RefundOutcome::NotRefundable(_) => Err(PaymentError::RefundTooLarge { refundable: Money::ZERO }.into()),
            RefundOutcome::NotFound => Err(Problem::not_found("payment")),
        };
        match refunded {
            Ok(payment) => {
                // As the processor stored it: a repeated refund has the time of the first one.
                let stored = payment.refunds.iter().find(|stored| stored.id == refund.id);
                let refund = stored.cloned().unwrap_or(refund);
                let event = self.new_event(DomainEvent::RefundIssued(RefundIssued {
                    order_id: payment.order_id,
                    user_id: payment.user_id,
                    amount_cents: pending.amount.cents(),
                    currency: pending.currency,
                }));
                let outcome = encode_outcome(&refund)?;
                let mut db = self.orders.acquire().await?;
                let closed = refunds::close(&mut db, pending.id, Some(&event), Some(&outcome)).await?;
                drop(db);
                self.publish(Some(event).filter(|_| closed), Vec::new()).await;
                Ok(refund)
            }
            Err(problem) => {
                let mut db = self.orders.acquire().await?;
                refunds::close(&mut db, pending.id, None, None).await?;
                Err(problem)
            }
        }
    }
}
