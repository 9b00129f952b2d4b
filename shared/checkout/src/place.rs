//! Placing an order.

use domain::idempotency::in_progress;
use domain::inventory::InventoryError;
use domain::orders::{Order, OrderDraft, OrderLine, OrderStatus};
use domain::payments::PaymentMethod;
use domain::{Problem, ProblemKind, Result, UserId};
use runtime::metrics::{ORDERS_PLACED, SAGA_STEP_MILLIS};
use runtime::telemetry;
use serde::{Deserialize, Serialize};
use store_postgres::reservations::{self, ReserveOutcome};
use store_postgres::saga::{self, SagaRun};

use crate::saga::SagaOutcome;
use crate::{Checkout, KeyTicket, RESERVATION_SECONDS, line_quantities};

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlaceOutcome {
    /// Sold and paid.
    Confirmed(Order),
    /// The order stands and waits for another payment; the reason is the processor's.
    Declined(Order, String),
}

impl Checkout {
    /// Reserves, charges, sells and confirms.
    ///
    /// # Errors
    /// 409 `insufficient_stock`: then nothing was done. 503 when a step's outcome is unknown:
    /// recovery then finishes or undoes it.
    pub async fn place(
        &self,
        user: UserId,
        draft: OrderDraft,
        method: &PaymentMethod,
        ticket: Option<&KeyTicket>,
    ) -> Result<PlaceOutcome> {
        let placed = self.run_place(user, draft, method, ticket).await;
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
        ticket: Option<&KeyTicket>,
    ) -> Result<PlaceOutcome> {
        let placed_at = self.clock.now();
        let begin = async {
            let mut db = self.orders.acquire().await?;
            saga::begin_place(&mut db, user, &draft, method, self.clock.new_uuid(), ticket, placed_at).await
        };
        let saga_run = SAGA_STEP_MILLIS.observe("begin", begin).await?.ok_or_else(|| in_progress(1.0))?;
        telemetry::record_order_id(saga_run.order);

        let stock = match self.reserve(&saga_run, &draft.lines).await {
            Ok(ReserveOutcome::Reserved(events)) => events,
            Ok(ReserveOutcome::Fenced) => return Err(compensated_by_recovery()),
            Ok(ReserveOutcome::Insufficient(lines)) => {
                self.delete_pending_order(&saga_run).await?;
                return Err(InventoryError::Insufficient(lines).into());
            }
            Err(ReserveError { no_effect: certain, problem }) => {
                if certain && let Err(left) = self.delete_pending_order(&saga_run).await {
                    tracing::warn!(problem = %left, "An order that holds nothing stays half done; recovery undoes it.");
                }
                return Err(problem);
            }
        };
        let payment = self.charge(&saga_run).await?;
        let order = Order {
            id: saga_run.order,
            user_id: user,
            total: draft.total,
            status: OrderStatus::Pending,
            created_at: placed_at,
            updated_at: placed_at,
            items: draft.lines,
        };
        match self.complete(&saga_run, &order, &payment, stock).await? {
            SagaOutcome::Placed(placed) => Ok(placed),
            SagaOutcome::Paid(_) | SagaOutcome::Compensated => Err(compensated_by_recovery()),
        }
    }

    async fn delete_pending_order(&self, saga_run: &SagaRun) -> Result<()> {
        let mut db = self.orders.acquire().await?;
        saga::delete_pending(&mut db, saga_run).await?;
        Ok(())
    }

    pub(crate) async fn reserve(
        &self,
        saga_run: &SagaRun,
        items: &[OrderLine],
    ) -> Result<ReserveOutcome, ReserveError> {
        let (order, attempt) = (saga_run.order, saga_run.attempt);
        let hold = async {
            // Without a connection nothing was asked for.
            let acquired = self.inventory.acquire().await;
            let mut db = acquired.map_err(|error| ReserveError { no_effect: true, problem: error.into() })?;
            let held =
                reservations::reserve(&mut db, order, attempt, &line_quantities(items), RESERVATION_SECONDS).await;
            held.map_err(|error| ReserveError { no_effect: error.had_no_effect(), problem: error.into() })
        };
        SAGA_STEP_MILLIS.observe("reserve", hold).await
    }
}

/// Stock could not be held.
pub(crate) struct ReserveError {
    /// Nothing is held, and nothing will be: whoever asked need not leave it to recovery.
    pub(crate) no_effect: bool,
    pub(crate) problem: Problem,
}

/// Recovery has undone what this request was slow to finish.
pub(crate) fn compensated_by_recovery() -> Problem {
    Problem::unavailable("the checkout took too long and was rolled back")
}
