//! Places an order: begins the saga, then runs it.
//!
//! Decides no price: `domain::orders::price_order` made the draft.

use domain::idempotency::{IdempotencyKey, Idempotent, Start, in_progress};
use domain::orders::{Order, OrderDraft, OrderStatus};
use domain::payments::{Payment, PaymentMethod};
use domain::{ProblemKind, Result, UserId};
use runtime::metrics::{ORDERS_PLACED, SAGA_STEP_MILLIS};
use runtime::telemetry;
use serde::{Deserialize, Serialize};
use store_postgres::saga::{self, BeginPlaceOutcome};

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
    /// the first one's outcome, and completes what a dead process began. `None` when the rules that
    /// priced the draft have changed since: it had no effect, and the order is to be priced again.
    ///
    /// # Errors
    /// 422 when the key was used with another body, 409 while its first request is running. 409
    /// `insufficient_stock` and `discount_…`: it had no effect. 503 when the outcome of a step is
    /// unknown: recovery then completes or compensates the order.
    pub async fn place(
        &self,
        key: Option<&IdempotencyKey>,
        user: UserId,
        draft: &OrderDraft,
        method: &PaymentMethod,
    ) -> Result<Option<Idempotent<PlaceOutcome>>> {
        // Twice: after what a dead process began is completed, the key has an outcome or is free.
        for _ in 0..2 {
            let placed_at = self.clock.now();
            let begin = async {
                let mut db = self.orders.acquire().await?;
                saga::begin_place(&mut db, key, user, draft, method, self.clock.new_uuid(), placed_at).await
            };
            let begun = match SAGA_STEP_MILLIS.observe("begin", begin).await? {
                BeginPlaceOutcome::Begun(begun) => begun,
                BeginPlaceOutcome::StaleRules => return Ok(None),
            };
            match begun.start()? {
                Start::First(saga_run) => {
                    telemetry::record_order_id(saga_run.order);
                    let order = draft.placed(saga_run.order, user, placed_at);
                    let placed = Saga::<Place>::new(self, saga_run, order).run().await;
                    count_outcome(&placed);
                    return placed.map(Idempotent::first).map(Some);
                }
                Start::Replay(done) => return Ok(Some(done)),
                Start::Resume(subject) => self.resume_abandoned(subject).await?,
            }
        }
        Err(in_progress(1.0))
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
