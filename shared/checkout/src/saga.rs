//! The part of the saga that placing, paying again and recovery share: from a charge whose
//! outcome is known to an order that stands.

use domain::events::EventEnvelope;
use domain::orders::{Order, OrderLine, OrderStatus};
use domain::payments::{Payment, PaymentStatus};
use domain::{Money, PaymentId, Problem, Result};
use runtime::metrics::{PAYMENT_DECLINED, SAGA_STEP_MILLIS};
use runtime::planted::{Bug, planted};
use store_postgres::idempotency;
use store_postgres::reservations::{self, CommitOutcome};
use store_postgres::saga::{self, Closing, SagaKind, SagaRun};

use crate::idempotency::to_stored_outcome;
use crate::processor::{Charge, ProcessorError};
use crate::{Checkout, PayOutcome, PlaceOutcome, line_quantities};

/// How a journey ended; in the two shapes that the routes answer, since the outcome is kept for
/// the request's idempotency key by whoever ends the journey, recovery too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SagaOutcome {
    /// An order was placed.
    Placed(PlaceOutcome),
    /// An order was paid for once more, or tried to be.
    Paid(PayOutcome),
    /// It came too late: undone, whatever had been done.
    Compensated,
}

impl Checkout {
    pub(crate) fn charge_request(&self, saga_run: &SagaRun) -> Charge {
        Charge {
            payment: saga_run.payment,
            order: saga_run.order,
            user: saga_run.user,
            amount: saga_run.total,
            method: saga_run.method.clone(),
            at: self.clock.now(),
        }
    }

    /// Charges, and resolves what it can: a lost reply by asking with the key, a failure before
    /// any effect by one more try. What stays unknown is recovery's.
    pub(crate) async fn charge(&self, saga_run: &SagaRun) -> Result<Payment> {
        let payment = SAGA_STEP_MILLIS.observe("charge", self.charge_with_retry(saga_run)).await?;
        if payment.status == PaymentStatus::Declined {
            PAYMENT_DECLINED.increment();
        }
        Ok(payment)
    }

    async fn charge_with_retry(&self, saga_run: &SagaRun) -> Result<Payment> {
        let charge = self.charge_request(saga_run);
        match self.processor.charge(&charge).await {
            Ok(payment) => Ok(payment),
            Err(ProcessorError::FailedBeforeEffect) => Ok(self.processor.charge(&charge).await?),
            Err(ProcessorError::ReplyLost) if planted(Bug::BlindRetry) => {
                let anew = Charge { payment: PaymentId::for_order(saga_run.order, self.clock.new_uuid()), ..charge };
                Ok(self.processor.charge(&Charge { method: "tok_visa".to_owned(), ..anew }).await?)
            }
            Err(ProcessorError::ReplyLost) => {
                let found = self.processor.find_payment(saga_run.payment).await?;
                found
                    .ok_or_else(|| Problem::unavailable("the processor knows nothing of a charge whose reply was lost"))
            }
            Err(away) => Err(away.into()),
        }
    }

    /// Brings a journey to its end. `stock` are events that its earlier steps have written;
    /// all events are published here.
    pub(crate) async fn complete(
        &self,
        saga_run: &SagaRun,
        order: &Order,
        payment: &Payment,
        mut stock: Vec<EventEnvelope>,
    ) -> Result<SagaOutcome> {
        let refunded = planted(Bug::InferredCompensation) && payment.status == PaymentStatus::Refunded;
        if payment.was_captured() && payment.compensated_amount().is_none() && !refunded {
            // Whatever an admin has refunded since: the money was taken, so the goods are sold.
            let sell = async {
                let mut db = self.inventory.acquire().await?;
                reservations::commit_reservation(&mut db, saga_run.order, saga_run.attempt).await
            };
            if SAGA_STEP_MILLIS.observe("sell", sell).await? == CommitOutcome::Committed {
                return self.record_outcome(saga_run, order, payment, OrderStatus::Confirmed, stock).await;
            }
        }
        match payment.status {
            PaymentStatus::Captured | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
                // Paid too late: the stock has gone back to the shop, the money goes back too.
                self.processor.refund_remaining(payment.id, self.clock.now()).await?;
                let detail = "The items were no longer reserved when the payment went through, so it was refunded.";
                self.compensate(saga_run, order, detail, stock).await
            }
            PaymentStatus::Declined => {
                if !planted(Bug::DroppedCompensation) {
                    stock.extend(self.release_reservation(saga_run, &order.items).await?);
                }
                self.record_outcome(saga_run, order, payment, OrderStatus::PaymentFailed, stock).await
            }
            PaymentStatus::Voided => self.compensate(saga_run, order, "The checkout did not complete.", stock).await,
        }
    }

    /// Ends a journey whose payment has an outcome, and keeps that for its idempotency key.
    async fn record_outcome(
        &self,
        saga_run: &SagaRun,
        order: &Order,
        payment: &Payment,
        status: OrderStatus,
        stock: Vec<EventEnvelope>,
    ) -> Result<SagaOutcome> {
        let at = self.clock.now();
        let reason = payment.decline_reason.as_deref();
        let concluded = match saga_run.kind {
            SagaKind::Pay if status == OrderStatus::Confirmed => {
                SagaOutcome::Paid(PayOutcome::Captured(payment.clone()))
            }
            SagaKind::Pay => SagaOutcome::Paid(PayOutcome::Declined(payment.clone())),
            SagaKind::Place | SagaKind::Cancel => {
                let order = Order { status, updated_at: at, ..order.clone() };
                let reason = reason.map(str::to_owned);
                SagaOutcome::Placed(reason.map_or_else(
                    || PlaceOutcome::Confirmed(order.clone()),
                    |r| PlaceOutcome::Declined(order.clone(), r),
                ))
            }
        };
        let outcome = match &concluded {
            SagaOutcome::Placed(placed) => Some(to_stored_outcome(placed)),
            SagaOutcome::Paid(paid) => Some(to_stored_outcome(paid)),
            SagaOutcome::Compensated => None,
        };
        // That a payment failed is told once, by the first attempt.
        let told = status == OrderStatus::Confirmed || saga_run.kind == SagaKind::Place;
        let event = told.then(|| self.order_event(saga_run, &order.items, status, reason, Money::ZERO));
        let ending = Closing { status, detail: reason, event: event.as_ref(), outcome: outcome.as_deref(), at };
        if self.close(saga_run, ending, stock).await? {
            return Ok(concluded);
        }
        // By somebody who found the same payment, with the same outcome, at another moment.
        tracing::info!(order.id = %saga_run.order, "An order had been concluded already.");
        self.load_stored_outcome(saga_run, concluded).await
    }

    /// The outcome as the request's key has it: whoever comes second answers the same bytes.
    async fn load_stored_outcome(&self, saga_run: &SagaRun, ours: SagaOutcome) -> Result<SagaOutcome> {
        let mut db = self.orders.acquire().await?;
        let Some(kept) = idempotency::find_outcome(&mut db, saga_run.payment.get()).await? else { return Ok(ours) };
        Ok(match ours {
            SagaOutcome::Placed(_) => SagaOutcome::Placed(serde_json::from_str(&kept).map_err(Problem::internal)?),
            SagaOutcome::Paid(_) => SagaOutcome::Paid(serde_json::from_str(&kept).map_err(Problem::internal)?),
            SagaOutcome::Compensated => SagaOutcome::Compensated,
        })
    }

    /// Releases what is held; an order that never was paid ends where it can stay. Nobody is
    /// told of an order that was rolled back, and its idempotency key is free again.
    async fn compensate(
        &self,
        saga_run: &SagaRun,
        order: &Order,
        detail: &str,
        mut stock: Vec<EventEnvelope>,
    ) -> Result<SagaOutcome> {
        stock.extend(self.release_reservation(saga_run, &order.items).await?);
        let status = if saga_run.kind == SagaKind::Pay { OrderStatus::PaymentFailed } else { OrderStatus::Cancelled };
        let ending = Closing { status, detail: Some(detail), event: None, outcome: None, at: self.clock.now() };
        self.close(saga_run, ending, stock).await?;
        Ok(SagaOutcome::Compensated)
    }

    pub(crate) async fn release_reservation(
        &self,
        saga_run: &SagaRun,
        items: &[OrderLine],
    ) -> Result<Vec<EventEnvelope>> {
        let release = async {
            let mut db = self.inventory.acquire().await?;
            reservations::release_reservation(&mut db, saga_run.order, saga_run.attempt, &line_quantities(items)).await
        };
        Ok(SAGA_STEP_MILLIS.observe("release", release).await?)
    }

    /// Ends the journey and publishes; false when somebody else had ended it.
    pub(crate) async fn close(
        &self,
        saga_run: &SagaRun,
        closing: Closing<'_>,
        stock: Vec<EventEnvelope>,
    ) -> Result<bool> {
        let written = if planted(Bug::NoOutbox) { Closing { event: None, ..closing } } else { closing };
        let end = async {
            let mut db = self.orders.acquire().await?;
            saga::close(&mut db, saga_run, written).await
        };
        let ended = SAGA_STEP_MILLIS.observe("end", end).await?;
        self.publish(closing.event.filter(|_| ended).cloned(), stock).await;
        Ok(ended)
    }
}
