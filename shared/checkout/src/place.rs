//! Places an order: begins the saga, then runs it.
//!
//! Decides no price: `domain::orders::price_basket` made the draft.

use domain::idempotency::in_progress;
use domain::orders::{Order, OrderDraft, OrderStatus};
use domain::payments::{Payment, PaymentMethod};
use domain::{ProblemKind, Result, UserId};
use runtime::metrics::{ORDERS_PLACED, SAGA_STEP_MILLIS};
use runtime::telemetry;
use serde::{Deserialize, Serialize};
use store_postgres::idempotency::KeyClaim;
use store_postgres::saga;

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
    /// Reserves, charges, commits and confirms.
    ///
    /// # Errors
    /// 409 `insufficient_stock`: it had no effect. 503 when the outcome of a step is unknown:
    /// recovery then completes or compensates the order.
    pub async fn place(
        &self,
        user: UserId,
        draft: OrderDraft,
        method: &PaymentMethod,
        claim: Option<&KeyClaim>,
    ) -> Result<PlaceOutcome> {
        let placed = self.run_place(user, draft, method, claim).await;
        ORDERS_PLACED.increment_labeled(match &placed {
            Ok(PlaceOutcome::Confirmed(_)) => "confirmed",
            Ok(PlaceOutcome::Declined(..)) => "payment_failed",
            Err(problem) if problem.kind() == ProblemKind::Conflict => "insufficient_stock",
            Err(_) => "unknown",
        });
        placed
    }

    async fn run_place(
        &self,
        user: UserId,
        draft: OrderDraft,
        method: &PaymentMethod,
        claim: Option<&KeyClaim>,
    ) -> Result<PlaceOutcome> {
        let placed_at = self.clock.now();
        let begin = async {
            let mut db = self.orders.acquire().await?;
            saga::begin_place(&mut db, user, &draft, method, self.clock.new_uuid(), claim, placed_at).await
        };
        // None: another request has claimed the key since.
        let saga_run = SAGA_STEP_MILLIS.observe("begin", begin).await?.ok_or_else(|| in_progress(1.0))?;
        telemetry::record_order_id(saga_run.order);
        let order = Order {
            id: saga_run.order,
            user_id: user,
            total: draft.total,
            status: OrderStatus::Pending,
            created_at: placed_at,
            updated_at: placed_at,
            items: draft.lines,
        };
        Saga::<Place>::new(self, saga_run, order).run().await
    }
}
