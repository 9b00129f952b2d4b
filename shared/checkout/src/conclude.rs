//! The part of the saga that placing, paying again and recovery share: from a charge whose
//! outcome is known to an order that stands.

use domain::events::Event;
use domain::orders::{Line, Order, Status};
use domain::payments::{Payment, PaymentStatus};
use domain::{Money, PaymentId, Problem, Result};
use postgres::idempotency;
use postgres::reservations::{self, Sold};
use postgres::saga::{self, Ending, Journey, Under};
use runtime::metrics::{PAYMENT_DECLINED, SAGA_STEP_MILLIS};
use runtime::planted::{Bug, planted};

use crate::once::keep;
use crate::processor::{Charge, Trouble};
use crate::{Checkout, Paid, Placed, pieces};

/// How a journey ended; in the two shapes that the routes answer, since the outcome is kept for
/// the request's idempotency key by whoever ends the journey, recovery too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Concluded {
    /// An order was placed.
    Placed(Placed),
    /// An order was paid for once more, or tried to be.
    Paid(Paid),
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
        let payment = SAGA_STEP_MILLIS.of("charge", self.try_to_charge(journey)).await?;
        if payment.status == PaymentStatus::Declined {
            PAYMENT_DECLINED.one();
        }
        Ok(payment)
    }

    async fn try_to_charge(&self, journey: &Journey) -> Result<Payment> {
        let charge = self.charge_of(journey);
        match self.processor.charge(&charge).await {
            Ok(payment) => Ok(payment),
            Err(Trouble::Failed) => Ok(self.processor.charge(&charge).await?),
            Err(Trouble::ReplyLost) if planted(Bug::BlindRetry) => {
                let anew = Charge { payment: PaymentId::for_order(journey.order, self.clock.new_uuid()), ..charge };
                Ok(self.processor.charge(&Charge { method: "tok_visa".to_owned(), ..anew }).await?)
            }
            Err(Trouble::ReplyLost) => {
                let found = self.processor.find(journey.payment).await?;
                found
                    .ok_or_else(|| Problem::unavailable("the processor knows nothing of a charge whose reply was lost"))
            }
            Err(away) => Err(away.into()),
        }
    }

    /// Brings a journey to its end. `stock` are events that its earlier steps have written;
    /// all events are published here.
    pub(crate) async fn conclude(
        &self,
        journey: &Journey,
        order: &Order,
        payment: &Payment,
        mut stock: Vec<Event>,
    ) -> Result<Concluded> {
        let refunded = planted(Bug::InferredCompensation) && payment.status == PaymentStatus::Refunded;
        if payment.was_captured() && payment.undone().is_none() && !refunded {
            // Whatever an admin has refunded since: the money was taken, so the goods are sold.
            let sell = async {
                let mut db = self.inventory.acquire().await?;
                reservations::sell(&mut db, journey.order, journey.attempt).await
            };
            if SAGA_STEP_MILLIS.of("sell", sell).await? == Sold::Yes {
                return self.finish(journey, order, payment, Status::Confirmed, stock).await;
            }
        }
        match payment.status {
            PaymentStatus::Captured | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
                // Paid too late: the stock has gone back to the shop, the money goes back too.
                self.processor.undo(payment.id, self.clock.now()).await?;
                let detail = "The items were no longer held when the payment came through; it was refunded.";
                self.undo(journey, order, detail, stock).await
            }
            PaymentStatus::Declined => {
                if !planted(Bug::DroppedCompensation) {
                    stock.extend(self.release(journey, &order.items).await?);
                }
                self.finish(journey, order, payment, Status::PaymentFailed, stock).await
            }
            PaymentStatus::Voided => self.undo(journey, order, "The checkout did not complete.", stock).await,
        }
    }

    /// Ends a journey whose payment has an outcome, and keeps that for its idempotency key.
    async fn finish(
        &self,
        journey: &Journey,
        order: &Order,
        payment: &Payment,
        status: Status,
        stock: Vec<Event>,
    ) -> Result<Concluded> {
        let at = self.clock.now();
        let reason = payment.decline_reason.as_deref();
        let concluded = match journey.under {
            Under::Pay if status == Status::Confirmed => Concluded::Paid(Paid::Captured(payment.clone())),
            Under::Pay => Concluded::Paid(Paid::Declined(payment.clone())),
            Under::Place | Under::Cancel => {
                let order = Order { status, updated_at: at, ..order.clone() };
                let reason = reason.map(str::to_owned);
                Concluded::Placed(
                    reason.map_or_else(|| Placed::Confirmed(order.clone()), |r| Placed::Declined(order.clone(), r)),
                )
            }
        };
        let outcome = match &concluded {
            Concluded::Placed(placed) => Some(keep(placed)),
            Concluded::Paid(paid) => Some(keep(paid)),
            Concluded::Undone => None,
        };
        // That a payment failed is told once, by the first attempt.
        let told = status == Status::Confirmed || journey.under == Under::Place;
        let event = told.then(|| self.order_event(journey, &order.items, status, reason, Money::ZERO));
        let ending = Ending { status, detail: reason, event: event.as_ref(), outcome: outcome.as_deref(), at };
        if self.end(journey, ending, stock).await? {
            return Ok(concluded);
        }
        // By somebody who found the same payment, with the same outcome, at another moment.
        tracing::info!(order.id = %journey.order, "An order had been concluded already.");
        self.as_kept(journey, concluded).await
    }

    /// The outcome as the request's key has it: whoever comes second answers the same bytes.
    async fn as_kept(&self, journey: &Journey, ours: Concluded) -> Result<Concluded> {
        let mut db = self.orders.acquire().await?;
        let Some(kept) = idempotency::outcome_of(&mut db, journey.payment.get()).await? else { return Ok(ours) };
        Ok(match ours {
            Concluded::Placed(_) => Concluded::Placed(serde_json::from_str(&kept).map_err(Problem::internal)?),
            Concluded::Paid(_) => Concluded::Paid(serde_json::from_str(&kept).map_err(Problem::internal)?),
            Concluded::Undone => Concluded::Undone,
        })
    }

    /// Releases what is held; an order that never was paid ends where it can stay. Nobody is
    /// told of an order that was rolled back, and its idempotency key is free again.
    async fn undo(&self, journey: &Journey, order: &Order, detail: &str, mut stock: Vec<Event>) -> Result<Concluded> {
        stock.extend(self.release(journey, &order.items).await?);
        let status = if journey.under == Under::Pay { Status::PaymentFailed } else { Status::Cancelled };
        let ending = Ending { status, detail: Some(detail), event: None, outcome: None, at: self.clock.now() };
        self.end(journey, ending, stock).await?;
        Ok(Concluded::Undone)
    }

    pub(crate) async fn release(&self, journey: &Journey, items: &[Line]) -> Result<Vec<Event>> {
        let release = async {
            let mut db = self.inventory.acquire().await?;
            reservations::release(&mut db, journey.order, journey.attempt, &pieces(items)).await
        };
        Ok(SAGA_STEP_MILLIS.of("release", release).await?)
    }

    /// Ends the journey and publishes; false when somebody else had ended it.
    pub(crate) async fn end(&self, journey: &Journey, ending: Ending<'_>, stock: Vec<Event>) -> Result<bool> {
        let written = if planted(Bug::NoOutbox) { Ending { event: None, ..ending } } else { ending };
        let end = async {
            let mut db = self.orders.acquire().await?;
            saga::end(&mut db, journey, written).await
        };
        let ended = SAGA_STEP_MILLIS.of("end", end).await?;
        self.tell(ending.event.filter(|_| ended).cloned(), stock).await;
        Ok(ended)
    }
}
