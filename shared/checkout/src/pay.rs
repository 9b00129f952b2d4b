//! Paying once more for an order whose card was declined.

use domain::inventory::Refused as Short;
use domain::orders::{Order, Status};
use domain::payments::{Method, Payment, Refused};
use domain::{Problem, Result};
use postgres::reservations::Held;
use postgres::saga::{self, Ending, Journey, PayBegun};
use runtime::SecurityEvent;
use serde::{Deserialize, Serialize};

use crate::conclude::Concluded;
use crate::place::{NotHeld, too_late};
use crate::{Checkout, KeyTicket};

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
    /// short; 429 when it has had too many attempts; 503 as [`Checkout::place`].
    pub async fn pay(&self, order: &Order, method: &Method, ticket: Option<&KeyTicket>) -> Result<Paid> {
        let mut db = self.orders.acquire().await?;
        let begun = saga::begin_pay(&mut db, order.id, method, self.clock.new_uuid(), ticket, self.attempts).await?;
        drop(db);
        let journey = match begun {
            PayBegun::Begun(journey) => journey,
            PayBegun::NotPayable => return Err(not_payable(order.status).into()),
            PayBegun::TooMany(seconds) => return Err(self.too_many(seconds)),
        };

        let stock = match self.hold(&journey, &order.items).await {
            Ok(Held::All(events)) => events,
            Ok(Held::Fenced) => return Err(too_late()),
            Ok(Held::Short(lines)) => {
                self.give_up(&journey, "Some items were sold out.").await?;
                return Err(Short::Insufficient(lines).into());
            }
            Err(NotHeld { certain, problem }) => {
                if certain && let Err(left) = self.give_up(&journey, "The payment was not tried.").await {
                    tracing::warn!(problem = %left, "A payment that was not tried stays half done; recovery undoes it.");
                }
                return Err(problem);
            }
        };
        let payment = self.charge(&journey).await?;
        match self.conclude(&journey, order, &payment, stock).await? {
            Concluded::Paid(paid) => Ok(paid),
            Concluded::Placed(_) | Concluded::Undone => Err(too_late()),
        }
    }

    fn too_many(&self, seconds: f64) -> Problem {
        SecurityEvent::LimitHit.record(None, "pay per order");
        // Rounded up: whoever comes back in time must not be early.
        Refused::TooManyAttempts { most: self.attempts.requests, seconds: seconds.ceil().max(1.0) as u32 }.into()
    }

    /// Ends an attempt to pay that holds nothing: the order goes on waiting.
    async fn give_up(&self, journey: &Journey, detail: &str) -> Result<()> {
        let (status, detail) = (Status::PaymentFailed, Some(detail));
        let ending = Ending { status, detail, event: None, outcome: None, at: self.clock.now() };
        self.end(journey, ending, Vec::new()).await.map(drop)
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
