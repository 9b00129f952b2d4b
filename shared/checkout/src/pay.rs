//! Paying once more for an order whose card was declined.

use domain::Result;
use domain::inventory::Refused as Short;
use domain::orders::{Order, Status};
use domain::payments::{Method, Payment, Refused};
use postgres::reservations::Held;
use postgres::saga::{self, Ending};
use serde::{Deserialize, Serialize};

use crate::conclude::Concluded;
use crate::place::too_late;
use crate::{Checkout, Key};

/// What became of another attempt to pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Paid {
    /// The order is confirmed.
    Captured(Payment),
    /// Declined again; the order goes on waiting.
    Declined(Payment),
}

impl Checkout {
    /// Takes a `payment_failed` order through reserve, charge, sell and confirm once more.
    ///
    /// # Errors
    /// 409 when the order is not waiting for a payment, another attempt is under way, or stock is
    /// short; 503 as [`Checkout::place`].
    pub async fn pay(&self, order: &Order, method: &Method, key: Option<&Key>) -> Result<Paid> {
        let mut db = self.orders.acquire().await?;
        let begun = saga::begin_pay(&mut db, order.id, method, self.clock.new_uuid(), key).await?;
        drop(db);
        let Some(journey) = begun else { return Err(not_payable(order.status).into()) };

        let stock = match self.hold(&journey, &order.items).await? {
            Held::All(events) => events,
            Held::Fenced => return Err(too_late()),
            Held::Short(lines) => {
                let (status, detail) = (Status::PaymentFailed, Some("Some items were sold out."));
                let ending = Ending { status, detail, event: None, outcome: None, at: self.clock.now() };
                self.end(&journey, ending, Vec::new()).await?;
                return Err(Short::Insufficient(lines).into());
            }
        };
        let payment = self.charge(&journey).await?;
        match self.conclude(&journey, order, &payment, stock).await? {
            Concluded::Paid(paid) => Ok(paid),
            Concluded::Placed(_) | Concluded::Undone => Err(too_late()),
        }
    }
}

fn not_payable(status: Status) -> Refused {
    match status {
        Status::Confirmed | Status::Shipped | Status::Delivered => Refused::AlreadyPaid,
        // It looked payable a moment ago: somebody else is paying for it right now.
        Status::PaymentFailed | Status::Pending => Refused::NotPayable("being paid"),
        Status::Cancelled => Refused::NotPayable("cancelled"),
    }
}
