//! Placing an order.

use domain::inventory::Refused;
use domain::orders::{Draft, Order, Status};
use domain::payments::Method;
use domain::{Kind, Problem, Result, UserId};
use postgres::reservations::{self, Held};
use postgres::saga::{self, Journey};
use runtime::metrics::{ORDERS_PLACED, SAGA_STEP_MILLIS};
use runtime::telemetry;
use serde::{Deserialize, Serialize};

use crate::conclude::Concluded;
use crate::{Checkout, Key, RESERVATION_SECONDS, pieces};

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
    pub async fn place(&self, user: UserId, draft: Draft, method: &Method, key: Option<&Key>) -> Result<Placed> {
        let placed = self.try_to_place(user, draft, method, key).await;
        ORDERS_PLACED.one_as(match &placed {
            Ok(Placed::Confirmed(_)) => "confirmed",
            Ok(Placed::Declined(..)) => "payment_failed",
            Err(problem) if problem.kind() == Kind::Conflict => "insufficient_stock",
            Err(_) => "unknown",
        });
        placed
    }

    async fn try_to_place(&self, user: UserId, draft: Draft, method: &Method, key: Option<&Key>) -> Result<Placed> {
        let placed_at = self.clock.now();
        let begin = async {
            let mut db = self.orders.acquire().await?;
            saga::begin_place(&mut db, user, &draft, method, self.clock.new_uuid(), key, placed_at).await
        };
        let journey = SAGA_STEP_MILLIS.of("begin", begin).await?;
        telemetry::about_order(journey.order);

        let stock = match self.hold(&journey, &draft.lines).await? {
            Held::All(events) => events,
            Held::Fenced => return Err(too_late()),
            Held::Short(lines) => {
                let mut db = self.orders.acquire().await?;
                saga::forget(&mut db, &journey).await?;
                return Err(Refused::Insufficient(lines).into());
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

    pub(crate) async fn hold(&self, journey: &Journey, items: &[domain::orders::Line]) -> Result<Held> {
        let (order, attempt) = (journey.order, journey.attempt);
        let hold = async {
            let mut db = self.inventory.acquire().await?;
            reservations::hold(&mut db, order, attempt, &pieces(items), RESERVATION_SECONDS).await
        };
        Ok(SAGA_STEP_MILLIS.of("reserve", hold).await?)
    }
}

/// Recovery has undone what this request was slow to finish.
pub(crate) fn too_late() -> Problem {
    Problem::unavailable("the checkout took too long and was undone")
}
