//! Places an order: begins the saga, then runs it.
//!
//! Decides no price: `domain::orders::price_basket` made the draft.

use domain::idempotency::{IdempotencyKey, Idempotent, Start, in_progress};
use domain::orders::{Order, OrderDraft, OrderStatus};
use domain::payments::{Payment, PaymentMethod};
use domain::{ProblemKind, Result, Timestamp, UserId};
use runtime::metrics::{ORDERS_PLACED, SAGA_STEP_MILLIS};
use runtime::telemetry;
use serde::{Deserialize, Serialize};
use store_postgres::saga::{self, SagaRun};

use crate::Checkout;
use crate::saga::{Flow, Saga};

/// The outcome of placing an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlaceOutcome {
    /// The units are reserved and the payment is captured.
    Confirmed(Order),
    /// The payment was declined, for the processor's reason; the order may be paid again.
    Declined(Order, String),
}

/// The saga of an order's first attempt.
pub(crate) struct Place;

impl Flow for Place {
    type Outcome = PlaceOutcome;
    const COMPENSATED: OrderStatus = OrderStatus::Cancelled;
    const PUBLISHES_DECLINE: bool = true;
    const DELETES_ABANDONED: bool = true;

    fn outcome(order: Order, payment: &Payment) -> PlaceOutcome {
        match &payment.decline_reason {
            None => PlaceOutcome::Confirmed(order),
            Some(reason) => PlaceOutcome::Declined(order, reason.clone()),
        }
    }
}

impl Checkout {
    /// Reserves, charges, commits and confirms, once for the idempotency key: a repeated request gets
    /// the first one's outcome, and completes what a dead process began.
    ///
    /// # Errors
    /// 422 when the key was used with another body, 409 while its first request is running. 409
    /// `insufficient_stock`: it had no effect. 503 when the outcome of a step is unknown: recovery
    /// then completes or compensates the order.
    pub async fn place(
        &self,
        key: Option<&IdempotencyKey>,
        user: UserId,
        draft: &OrderDraft,
        method: &PaymentMethod,
    ) -> Result<Idempotent<PlaceOutcome>> {
        // Twice: after what a dead process began is completed, the key has an outcome or is free.
        for _ in 0..2 {
            let placed_at = self.clock.now();
            let begin = async {
                let mut db = self.orders.acquire().await?;
                saga::begin_place(&mut db, key, user, draft, method, self.clock.new_uuid(), placed_at).await
            };
            match SAGA_STEP_MILLIS.observe("begin", begin).await?.start()? {
                Start::First(saga_run) => {
                    let placed = self.run_place(saga_run, draft, placed_at).await;
                    count_outcome(&placed);
                    return placed.map(Idempotent::first);
                }
                Start::Replay(done) => return Ok(done),
                Start::Resume(subject) => self.resume_abandoned(subject).await?,
            }
        }
        Err(in_progress(1.0))
    }

    async fn run_place(&self, saga_run: SagaRun, draft: &OrderDraft, placed_at: Timestamp) -> Result<PlaceOutcome> {
        telemetry::record_order_id(saga_run.order);
        let order = Order {
            id: saga_run.order,
            user_id: saga_run.user,
            total: draft.total,
            status: OrderStatus::Pending,
            created_at: placed_at,
            updated_at: placed_at,
            items: draft.lines.clone(),
        };
        Saga::<Place>::new(self, saga_run, order).run().await
    }
}

fn count_outcome(placed: &Result<PlaceOutcome>) {
    ORDERS_PLACED.increment_labeled(match placed {
        Ok(PlaceOutcome::Confirmed(_)) => "confirmed",
        Ok(PlaceOutcome::Declined(..)) => "payment_failed",
        Err(problem) if problem.kind() == ProblemKind::Conflict => "insufficient_stock",
        Err(_) => "unknown",
    });
}
