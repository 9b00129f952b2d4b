//! Placing an order.

use domain::idempotency::in_progress;
use domain::inventory::Refused;
use domain::orders::{Draft, Line, Order, Status};
use domain::payments::Method;
use domain::{Kind, Problem, Result, UserId};
use postgres::reservations::{self, Held};
use postgres::saga::{self, Journey};
use runtime::metrics::{ORDERS_PLACED, SAGA_STEP_MILLIS};
use runtime::telemetry;
use serde::{Deserialize, Serialize};

use crate::conclude::Concluded;
use crate::{Checkout, KeyTicket, RESERVATION_SECONDS, pieces};

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Placed {
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
        draft: Draft,
        method: &Method,
        ticket: Option<&KeyTicket>,
    ) -> Result<Placed> {
        let placed = self.try_to_place(user, draft, method, ticket).await;
        ORDERS_PLACED.one_as(match &placed {
            Ok(Placed::Confirmed(_)) => "confirmed",
            Ok(Placed::Declined(..)) => "payment_failed",
            Err(problem) if problem.kind() == Kind::Conflict => "insufficient_stock",
            Err(_) => "unknown",
        });
        placed
    }

    async fn try_to_place(
        &self,
        user: UserId,
        draft: Draft,
        method: &Method,
        ticket: Option<&KeyTicket>,
    ) -> Result<Placed> {
        let placed_at = self.clock.now();
        let begin = async {
            let mut db = self.orders.acquire().await?;
            saga::begin_place(&mut db, user, &draft, method, self.clock.new_uuid(), ticket, placed_at).await
        };
        let journey = SAGA_STEP_MILLIS.of("begin", begin).await?.ok_or_else(|| in_progress(1.0))?;
        telemetry::about_order(journey.order);

        let stock = match self.hold(&journey, &draft.lines).await {
            Ok(Held::All(events)) => events,
            Ok(Held::Fenced) => return Err(too_late()),
            Ok(Held::Short(lines)) => {
                self.forget(&journey).await?;
                return Err(Refused::Insufficient(lines).into());
            }
            Err(NotHeld { certain, problem }) => {
                if certain && let Err(left) = self.forget(&journey).await {
                    tracing::warn!(problem = %left, "An order that holds nothing stays half done; recovery undoes it.");
                }
                return Err(problem);
            }
        };
        let payment = self.charge(&journey).await?;
        let order = Order {
            id: journey.order,
            user_id: user,
            total: draft.total,
            status: Status::Pending,
            created_at: placed_at,
            updated_at: placed_at,
            items: draft.lines,
        };
        match self.conclude(&journey, &order, &payment, stock).await? {
            Concluded::Placed(placed) => Ok(placed),
            Concluded::Paid(_) | Concluded::Undone => Err(too_late()),
        }
    }

    async fn forget(&self, journey: &Journey) -> Result<()> {
        let mut db = self.orders.acquire().await?;
        saga::forget(&mut db, journey).await?;
        Ok(())
    }

    pub(crate) async fn hold(&self, journey: &Journey, items: &[Line]) -> Result<Held, NotHeld> {
        let (order, attempt) = (journey.order, journey.attempt);
        let hold = async {
            // Without a connection nothing was asked for.
            let acquired = self.inventory.acquire().await;
            let mut db = acquired.map_err(|error| NotHeld { certain: true, problem: error.into() })?;
            let held = reservations::hold(&mut db, order, attempt, &pieces(items), RESERVATION_SECONDS).await;
            held.map_err(|error| NotHeld { certain: error.had_no_effect(), problem: error.into() })
        };
        SAGA_STEP_MILLIS.of("reserve", hold).await
    }
}

/// Stock could not be held.
pub(crate) struct NotHeld {
    /// Nothing is held, and nothing will be: whoever asked need not leave it to recovery.
    pub(crate) certain: bool,
    pub(crate) problem: Problem,
}

/// Recovery has undone what this request was slow to finish.
pub(crate) fn too_late() -> Problem {
    Problem::unavailable("the checkout took too long and was undone")
}
