//! The part of the saga that placing, paying again and recovery share: from a charge whose
//! outcome is known to an order that stands.

use domain::events::Event;
use domain::orders::{Line, Status};
use domain::payments::{Payment, PaymentStatus, Refund};
use domain::{Problem, Result};
use postgres::reservations::{self, Sold};
use postgres::saga::{self, Journey, Under};

use crate::processor::{Charge, Trouble};
use crate::{Checkout, pieces};

/// How a journey ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Concluded {
    /// Sold and paid.
    Confirmed,
    /// The card was declined, for this reason.
    Declined(String),
    /// It came too late: undone, whatever had been done.
    Undone,
}

impl Checkout {
    pub(crate) fn charge_of(&self, journey: &Journey) -> Charge {
        Charge {
            payment: journey.payment,
            order: journey.order,
            user: journey.user,
            amount: journey.total,
            method: journey.method.clone(),
            at: self.clock.now(),
        }
    }

    /// Charges, and resolves what it can: a lost reply by asking with the key, a failure before
    /// any effect by one more try. What stays unknown is recovery's.
    pub(crate) async fn charge(&self, journey: &Journey) -> Result<Payment> {
        let charge = self.charge_of(journey);
        match self.processor.charge(&charge).await {
            Ok(payment) => Ok(payment),
            Err(Trouble::Failed) => Ok(self.processor.charge(&charge).await?),
            Err(Trouble::ReplyLost) => {
                let found = self.processor.find(journey.payment).await?;
                found.ok_or_else(|| Problem::unavailable("the processor knows nothing of a charge whose reply was lost"))
            }
            Err(away) => Err(away.into()),
        }
    }

    /// Brings a journey to its end. `stock` are events that its earlier steps have written;
    /// all events are published here.
    pub(crate) async fn conclude(
        &self, journey: &Journey, items: &[Line], payment: &Payment, mut stock: Vec<Event>,
    ) -> Result<Concluded> {
        match payment.status {
            PaymentStatus::Captured | PaymentStatus::PartiallyRefunded => {
                let mut db = self.inventory.acquire().await?;
                let sold = reservations::sell(&mut db, journey.order, journey.attempt).await?;
                drop(db);
                if sold == Sold::Yes {
                    return self.confirm(journey, items, stock).await;
                }
                // Paid too late: the stock has gone back to the shop, the money goes back too.
                self.refund_all(payment).await?;
                let detail = "The items were no longer held when the payment came through; it was refunded.";
                self.undo(journey, items, detail, stock).await
            }
            PaymentStatus::Declined => {
                stock.extend(self.release(journey, items).await?);
                let reason = payment.decline_reason.clone().unwrap_or_default();
                let event = (journey.under == Under::Place)
                    .then(|| self.order_event(journey, items, Status::PaymentFailed, Some(&reason)));
                self.end(journey, Status::PaymentFailed, Some(&reason), event, stock).await?;
                Ok(Concluded::Declined(reason))
            }
            PaymentStatus::Voided | PaymentStatus::Refunded => {
                self.undo(journey, items, "The checkout did not complete.", stock).await
            }
        }
    }

    async fn confirm(&self, journey: &Journey, items: &[Line], stock: Vec<Event>) -> Result<Concluded> {
        let event = self.order_event(journey, items, Status::Confirmed, None);
        let ended = self.end(journey, Status::Confirmed, None, Some(event), stock).await?;
        // Not ended by us: then by somebody who found the same payment, with the same outcome.
        if !ended {
            tracing::info!(order.id = %journey.order, "An order had been concluded already.");
        }
        Ok(Concluded::Confirmed)
    }

    /// Releases what is held; an order that never was paid ends where it can stay. Nobody is
    /// told of an order that was rolled back.
    async fn undo(&self, journey: &Journey, items: &[Line], detail: &str, mut stock: Vec<Event>) -> Result<Concluded> {
        stock.extend(self.release(journey, items).await?);
        let status = if journey.under == Under::Pay { Status::PaymentFailed } else { Status::Cancelled };
        self.end(journey, status, Some(detail), None, stock).await?;
        Ok(Concluded::Undone)
    }

    pub(crate) async fn release(&self, journey: &Journey, items: &[Line]) -> Result<Vec<Event>> {
        let mut db = self.inventory.acquire().await?;
        Ok(reservations::release(&mut db, journey.order, journey.attempt, &pieces(items)).await?)
    }

    /// Ends the journey and publishes; false when somebody else had ended it.
    pub(crate) async fn end(
        &self, journey: &Journey, status: Status, detail: Option<&str>, event: Option<Event>, stock: Vec<Event>,
    ) -> Result<bool> {
        let mut db = self.orders.acquire().await?;
        let ended = saga::end(&mut db, journey, status, detail, event.as_ref(), self.clock.now()).await?;
        drop(db);
        self.tell(event.filter(|_| ended), stock).await;
        Ok(ended)
    }

    /// Gives back whatever is left of a payment, once.
    pub(crate) async fn refund_all(&self, payment: &Payment) -> Result<()> {
        use dynamo::payments::Refunding;
        let left = payment.kept();
        if left.cents() == 0 {
            return Ok(());
        }
        let refund = Refund { id: format!("undo-{}", payment.id), amount: left, created_at: self.clock.now() };
        match self.processor.refund(payment.id, &refund).await? {
            Refunding::Done(_) | Refunding::Repeated(_) | Refunding::NotRefundable(_) => Ok(()),
            // Another refund came in between: recovery looks again and gives back what is left then.
            Refunding::TooLarge { .. } | Refunding::Missing => Err(Problem::unavailable("a payment changed while it was refunded")),
        }
    }
}
