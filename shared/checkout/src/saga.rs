//! The checkout saga: `reserve → charge → commit → confirm`, each step beside its compensation.
//!
//! | step | what it does | compensation |
//! |---|---|---|
//! | `reserve` | inventorydb holds the stock, all lines or none | `release`; `abandon` if nothing was reserved |
//! | `charge` | the processor takes the money, under the payment's id | `refund_payment` |
//! | `commit` | inventorydb takes the reserved stock out of the warehouse | `restock`, in a cancellation |
//! | `confirm`, `decline` | orderdb closes the run: status, timeline, event, key's outcome | none: it is last |
//!
//! Stock is keyed by (order, attempt), money by the payment's id: a step that is repeated changes
//! nothing. If the outcome of a step is unknown, the saga stops with 503 and leaves the order's
//! `step` set; recovery finds it and calls [`Saga::resume`].
//!
//! Placing an order and retrying its payment run this saga ([`Flow`] is their difference).
//! Cancelling and refunding do not: see `cancel` and `refund`.

use std::marker::PhantomData;

use domain::events::EventEnvelope;
use domain::idempotency::{decode_outcome, encode_outcome};
use domain::inventory::InventoryError;
use domain::orders::{Order, OrderStatus};
use domain::payments::{Payment, PaymentStatus};
use domain::{Money, PaymentId, Problem, Result};
use runtime::metrics::{PAYMENT_DECLINED, SAGA_STEP_MILLIS};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store_postgres::reservations::{self, CommitOutcome, ReserveOutcome};
use store_postgres::saga::{self, Closing, SagaRun};
use store_postgres::{Error as StoreError, idempotency};

use crate::processor::{Charge, ProcessorError};
use crate::{Checkout, RESERVATION_SECONDS, line_quantities};

/// What differs between the sagas that reserve and charge.
pub(crate) trait Flow {
    /// What the request returns. Stored for its idempotency key, so the variants' names are data.
    type Outcome: Serialize + DeserializeOwned;
    /// The order's status when nothing was paid in the end.
    const COMPENSATED: OrderStatus;
    /// Whether a declined payment is published: only an order's first one is.
    const PUBLISHES_DECLINE: bool;
    /// Whether the order is deleted if its stock could not be reserved.
    const DELETES_ABANDONED: bool;

    /// The outcome of a run that closed with this order (its status is the new one) and payment.
    fn outcome(order: Order, payment: &Payment) -> Self::Outcome;
}

/// One run of the saga. Consumed by the end of it: a closed run takes no further step.
pub(crate) struct Saga<'a, F> {
    checkout: &'a Checkout,
    saga_run: SagaRun,
    order: Order,
    /// Committed by the steps so far, published when the run closes.
    stock_events: Vec<EventEnvelope>,
    flow: PhantomData<F>,
}

/// How a run that knows its payment's outcome was closed.
enum Closed<T> {
    /// The order is confirmed or declined.
    Done(T),
    /// Everything it did was compensated.
    Compensated,
}

impl<'a, F: Flow> Saga<'a, F> {
    pub(crate) fn new(checkout: &'a Checkout, saga_run: SagaRun, order: Order) -> Self {
        Self { checkout, saga_run, order, stock_events: Vec::new(), flow: PhantomData }
    }

    /// Runs a saga that has just begun.
    pub(crate) async fn run(mut self) -> Result<F::Outcome> {
        self.reserve().await?;
        let payment = self.charge().await?;
        match self.complete(&payment).await? {
            Closed::Done(outcome) => Ok(outcome),
            Closed::Compensated => Err(compensated_by_recovery()),
        }
    }

    /// Completes a saga whose process died. `void` makes sure that its payment can no longer be
    /// charged, or returns what was charged.
    pub(crate) async fn resume(self) -> Result<()> {
        let payment = self.checkout.processor.void(&self.charge_request()).await?;
        self.complete(&payment).await.map(drop)
    }

    /// Commits and confirms what was paid, compensates what was not.
    async fn complete(mut self, payment: &Payment) -> Result<Closed<F::Outcome>> {
        // Refunds of an admin do not count: the money was taken, so the stock is sold.
        let paid = payment.was_captured() && payment.compensated_amount().is_none();
        if paid && self.commit().await? == CommitOutcome::Committed {
            return self.confirm(payment).await;
        }
        match payment.status {
            // Paid too late: the reservation was released before the money came.
            PaymentStatus::Captured | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
                self.checkout.refund_payment(payment.id).await?;
                self.compensate("The items were no longer reserved when the payment went through, so it was refunded.")
                    .await
            }
            PaymentStatus::Declined => {
                self.release().await?;
                self.decline(payment).await
            }
            PaymentStatus::Voided => self.compensate("The checkout did not complete.").await,
        }
    }

    // --- reserve, and its compensations: release and abandon

    async fn reserve(&mut self) -> Result<()> {
        let reserve = async {
            // Without a connection nothing was sent.
            let acquired = self.checkout.inventory.acquire().await;
            let mut db = acquired.map_err(|error| ReserveError { no_effect: true, error })?;
            let (order, attempt) = (self.saga_run.order, self.saga_run.attempt);
            let lines = line_quantities(&self.order.items);
            let reserved = reservations::reserve(&mut db, order, attempt, &lines, RESERVATION_SECONDS).await;
            reserved.map_err(|error| ReserveError { no_effect: error.had_no_effect(), error })
        };
        match SAGA_STEP_MILLIS.observe("reserve", reserve).await {
            Ok(ReserveOutcome::Reserved(events)) => {
                self.stock_events.extend(events);
                Ok(())
            }
            Ok(ReserveOutcome::Fenced) => Err(compensated_by_recovery()),
            Ok(ReserveOutcome::Insufficient(lines)) => {
                self.abandon("Some items were sold out.").await?;
                Err(InventoryError::Insufficient(lines).into())
            }
            Err(ReserveError { no_effect, error }) => {
                if no_effect && let Err(problem) = self.abandon("The payment was not attempted.").await {
                    tracing::warn!(%problem, "A checkout that reserved nothing was not closed; recovery compensates it.");
                }
                Err(error.into())
            }
        }
    }

    async fn release(&mut self) -> Result<()> {
        let release = async {
            let mut db = self.checkout.inventory.acquire().await?;
            let (order, attempt) = (self.saga_run.order, self.saga_run.attempt);
            reservations::release_reservation(&mut db, order, attempt, &line_quantities(&self.order.items)).await
        };
        let events = SAGA_STEP_MILLIS.observe("release", release).await?;
        self.stock_events.extend(events);
        Ok(())
    }

    /// Closes a run that certainly reserved nothing, and frees its idempotency key.
    async fn abandon(&self, detail: &str) -> Result<()> {
        if F::DELETES_ABANDONED {
            let mut db = self.checkout.orders.acquire().await?;
            saga::delete_pending(&mut db, &self.saga_run).await?;
            return Ok(());
        }
        let at = self.checkout.clock.now();
        let closing = Closing { status: F::COMPENSATED, detail: Some(detail), event: None, outcome: None, at };
        self.checkout.close(&self.saga_run, closing, Vec::new()).await.map(drop)
    }

    // --- charge; its compensation is Checkout::refund_payment

    async fn charge(&self) -> Result<Payment> {
        let payment = SAGA_STEP_MILLIS.observe("charge", self.charge_with_retry()).await?;
        if payment.status == PaymentStatus::Declined {
            PAYMENT_DECLINED.increment();
        }
        Ok(payment)
    }

    /// Resolves what can be resolved at once: a failure before any effect is retried, a lost reply is
    /// looked up by its key. Whatever stays unknown is left to recovery.
    async fn charge_with_retry(&self) -> Result<Payment> {
        let (processor, charge) = (&self.checkout.processor, self.charge_request());
        match processor.charge(&charge).await {
            Ok(payment) => Ok(payment),
            Err(ProcessorError::FailedBeforeEffect) => Ok(processor.charge(&charge).await?),
            Err(ProcessorError::ReplyLost) => {
                let found = processor.find_payment(charge.payment).await?;
                found.ok_or_else(|| {
                    Problem::unavailable("the processor has no payment for a charge whose reply was lost")
                })
            }
            Err(error @ ProcessorError::Unavailable(_)) => Err(error.into()),
        }
    }

    fn charge_request(&self) -> Charge {
        Charge {
            payment: self.saga_run.payment,
            order: self.saga_run.order,
            user: self.saga_run.user,
            amount: self.saga_run.total,
            method: self.saga_run.method.clone(),
            at: self.checkout.clock.now(),
        }
    }

    // --- commit; its compensation is restock, which only a cancellation needs

    async fn commit(&self) -> Result<CommitOutcome> {
        let commit = async {
            let mut db = self.checkout.inventory.acquire().await?;
            let (order, attempt) = (self.saga_run.order, self.saga_run.attempt);
            reservations::commit_reservation(&mut db, order, attempt, self.checkout.commit_durability).await
        };
        Ok(SAGA_STEP_MILLIS.observe("sell", commit).await?)
    }

    // --- the three ends of a run: confirm, decline, compensate

    async fn confirm(self, payment: &Payment) -> Result<Closed<F::Outcome>> {
        self.record_outcome(payment, OrderStatus::Confirmed).await.map(Closed::Done)
    }

    async fn decline(self, payment: &Payment) -> Result<Closed<F::Outcome>> {
        self.record_outcome(payment, OrderStatus::PaymentFailed).await.map(Closed::Done)
    }

    /// Nothing is published of a run that was compensated, and its idempotency key is free again.
    async fn compensate(mut self, detail: &str) -> Result<Closed<F::Outcome>> {
        self.release().await?;
        let at = self.checkout.clock.now();
        let closing = Closing { status: F::COMPENSATED, detail: Some(detail), event: None, outcome: None, at };
        self.checkout.close(&self.saga_run, closing, self.stock_events).await?;
        Ok(Closed::Compensated)
    }

    async fn record_outcome(self, payment: &Payment, status: OrderStatus) -> Result<F::Outcome> {
        let Self { checkout, saga_run, order, stock_events, .. } = self;
        let (at, reason) = (checkout.clock.now(), payment.decline_reason.as_deref());
        let published = status == OrderStatus::Confirmed || F::PUBLISHES_DECLINE;
        let event = published.then(|| checkout.order_event(&saga_run, &order, status, reason, Money::ZERO));
        let outcome = F::outcome(Order { status, updated_at: at, ..order }, payment);
        let stored = encode_outcome(&outcome)?;
        let closing = Closing { status, detail: reason, event: event.as_ref(), outcome: Some(&stored), at };
        if checkout.close(&saga_run, closing, stock_events).await? {
            return Ok(outcome);
        }
        // Another process found the same payment and closed the run, at another time. The client gets
        // the bytes that are stored for its key.
        tracing::info!(order.id = %saga_run.order, "Another process had closed this checkout already.");
        let mut db = checkout.orders.acquire().await?;
        let stored = idempotency::find_outcome(&mut db, saga_run.payment.get()).await?;
        stored.map_or(Ok(outcome), |stored| decode_outcome(&stored))
    }
}

impl Checkout {
    /// The compensation of a charge: refunds whatever is left of the payment.
    pub(crate) async fn refund_payment(&self, payment: PaymentId) -> Result<Payment> {
        Ok(self.processor.refund_remaining(payment, self.clock.now()).await?)
    }

    /// Closes a run in one statement, then publishes. False when another process had closed it.
    pub(crate) async fn close(&self, run: &SagaRun, closing: Closing<'_>, stock: Vec<EventEnvelope>) -> Result<bool> {
        let close = async {
            let mut db = self.orders.acquire().await?;
            saga::close(&mut db, run, closing).await
        };
        let closed = SAGA_STEP_MILLIS.observe("end", close).await?;
        self.publish(closing.event.filter(|_| closed).cloned(), stock).await;
        Ok(closed)
    }
}

/// Stock could not be reserved.
struct ReserveError {
    /// Certainly nothing is reserved, and nothing will be: recovery is not needed.
    no_effect: bool,
    error: StoreError,
}

/// 503: recovery has compensated a run that this request was too slow to complete.
fn compensated_by_recovery() -> Problem {
    Problem::unavailable("the checkout took too long and was compensated")
}
