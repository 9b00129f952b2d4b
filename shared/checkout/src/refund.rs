//! Giving back money for an order that stands.

use domain::events::{Fact, RefundFact};
use domain::payments::{Payment, Refund, Refused};
use domain::{Money, Problem, Result};
use dynamo::payments::Refunding;
use postgres::refunds::{self, Intended};
use runtime::planted::{Bug, planted};

use crate::cancel::in_progress;
use crate::once::keep;
use crate::{Checkout, KeyTicket};

impl Checkout {
    /// Refunds `amount`, or with `None` all that is left. The sum never passes what was captured.
    ///
    /// # Errors
    /// 409 `refund_too_large`, or `order_in_progress` while a checkout or a cancellation of the
    /// order is under way; 503 when the outcome is unknown: recovery then finishes it.
    pub async fn refund(&self, payment: &Payment, amount: Option<Money>, ticket: Option<&KeyTicket>) -> Result<Refund> {
        let left = payment.kept();
        let amount = amount.unwrap_or(left);
        if amount > left || left == Money::ZERO {
            return Err(Refused::RefundTooLarge { left }.into());
        }
        let id = self.clock.new_uuid();
        let intended = Intended { id, order: payment.order_id, payment: payment.id, amount };
        let whenever = planted(Bug::InferredCompensation);
        let mut db = self.orders.acquire().await?;
        if !refunds::intend(&mut db, &intended, ticket, self.clock.now(), whenever).await? {
            return Err(in_progress());
        }
        drop(db);
        self.carry_out(&intended).await
    }

    /// The rest of a refund; repeated by recovery until it is through.
    pub(crate) async fn carry_out(&self, intended: &Intended) -> Result<Refund> {
        let now = self.clock.now();
        let key = if planted(Bug::RefundTwice) { self.clock.new_uuid() } else { intended.id };
        let refund = Refund { id: key.to_string(), amount: intended.amount, created_at: now };
        let refunding = self.processor.refund(intended.payment, &refund).await?;
        let (payment, refused) = match refunding {
            Refunding::Done(payment) | Refunding::Repeated(payment) => (Some(payment), None),
            Refunding::TooLarge { left } => (None, Some(Refused::RefundTooLarge { left }.into())),
            Refunding::TooMany { left } => (None, Some(Refused::TooManyRefunds { left }.into())),
            Refunding::NotRefundable(_) => (None, Some(Refused::RefundTooLarge { left: Money::ZERO }.into())),
            Refunding::Missing => (None, Some(Problem::not_found("payment"))),
        };
        // As the books have it: who repeats a refund answers what the first one did.
        let booked = payment.as_ref().and_then(|payment| payment.refunds.iter().find(|booked| booked.id == refund.id));
        let refund = booked.cloned().unwrap_or(refund);
        let fact = payment.as_ref().map(|payment| {
            let (order_id, user_id) = (payment.order_id, payment.user_id);
            Fact::Refunded(RefundFact { order_id, user_id, amount_cents: intended.amount.cents() })
        });
        let event = fact.map(|fact| self.event(fact));
        let mut db = self.orders.acquire().await?;
        let outcome = event.as_ref().map(|_| keep(&refund));
        let ended = refunds::end(&mut db, intended.id, event.as_ref(), outcome.as_deref()).await?;
        drop(db);
        self.tell(event.filter(|_| ended), Vec::new()).await;
        refused.map_or(Ok(refund), Err)
    }
}
