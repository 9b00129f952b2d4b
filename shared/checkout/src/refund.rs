//! Giving back money for an order that stands.

use domain::events::{DomainEvent, RefundIssued};
use domain::payments::{Payment, PaymentError, Refund};
use domain::{Money, Problem, Result};
use runtime::planted::{Bug, planted};
use store_dynamo::payments::RefundOutcome;
use store_postgres::refunds::{self, PendingRefund};

use crate::cancel::order_in_progress;
use crate::idempotency::to_stored_outcome;
use crate::{Checkout, KeyTicket};

impl Checkout {
    /// Refunds `amount`, or with `None` all that is left. The sum never passes what was captured.
    ///
    /// # Errors
    /// 409 `refund_too_large`, or `order_in_progress` while a checkout or a cancellation of the
    /// order is under way; 503 when the outcome is unknown: recovery then finishes it.
    pub async fn refund(&self, payment: &Payment, amount: Option<Money>, ticket: Option<&KeyTicket>) -> Result<Refund> {
        let left = payment.net_amount();
        let amount = amount.unwrap_or(left);
        if amount > left || left == Money::ZERO {
            return Err(PaymentError::RefundTooLarge { refundable: left }.into());
        }
        let id = self.clock.new_uuid();
        let intended = PendingRefund { id, order: payment.order_id, payment: payment.id, amount };
        let whenever = planted(Bug::InferredCompensation);
        let mut db = self.orders.acquire().await?;
        if !refunds::begin_refund(&mut db, &intended, ticket, self.clock.now(), whenever).await? {
            return Err(order_in_progress());
        }
        drop(db);
        self.execute_refund(&intended).await
    }

    /// The rest of a refund; repeated by recovery until it is through.
    pub(crate) async fn execute_refund(&self, intended: &PendingRefund) -> Result<Refund> {
        let now = self.clock.now();
        let key = if planted(Bug::RefundTwice) { self.clock.new_uuid() } else { intended.id };
        let refund = Refund { id: key.to_string(), amount: intended.amount, created_at: now };
        let refunding = self.processor.refund(intended.payment, &refund).await?;
        let (payment, refused) = match refunding {
            RefundOutcome::Refunded(payment) | RefundOutcome::Duplicate(payment) => (Some(payment), None),
            RefundOutcome::TooLarge { refundable: left } => {
                (None, Some(PaymentError::RefundTooLarge { refundable: left }.into()))
            }
            RefundOutcome::TooMany { refundable: left } => {
                (None, Some(PaymentError::TooManyRefunds { refundable: left }.into()))
            }
            RefundOutcome::NotRefundable(_) => {
                (None, Some(PaymentError::RefundTooLarge { refundable: Money::ZERO }.into()))
            }
            RefundOutcome::NotFound => (None, Some(Problem::not_found("payment"))),
        };
        // As the books have it: who repeats a refund answers what the first one did.
        let booked = payment.as_ref().and_then(|payment| payment.refunds.iter().find(|booked| booked.id == refund.id));
        let refund = booked.cloned().unwrap_or(refund);
        let fact = payment.as_ref().map(|payment| {
            let (order_id, user_id) = (payment.order_id, payment.user_id);
            DomainEvent::RefundIssued(RefundIssued { order_id, user_id, amount_cents: intended.amount.cents() })
        });
        let event = fact.map(|fact| self.new_event(fact));
        let mut db = self.orders.acquire().await?;
        let outcome = event.as_ref().map(|_| to_stored_outcome(&refund));
        let ended = refunds::close(&mut db, intended.id, event.as_ref(), outcome.as_deref()).await?;
        drop(db);
        self.publish(event.filter(|_| ended), Vec::new()).await;
        refused.map_or(Ok(refund), Err)
    }
}
