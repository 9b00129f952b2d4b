//! Paying once more for an order whose card was declined.

use domain::inventory::InventoryError as Short;
use domain::orders::{Order, OrderStatus};
use domain::payments::{Payment, PaymentError, PaymentMethod};
use domain::{Problem, Result};
use runtime::SecurityEvent;
use serde::{Deserialize, Serialize};
use store_postgres::reservations::ReserveOutcome;
use store_postgres::saga::{self, BeginPayOutcome, Closing, SagaRun};

use crate::place::{ReserveError, compensated_by_recovery};
use crate::saga::SagaOutcome;
use crate::{Checkout, KeyTicket};

/// What became of another attempt to pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PayOutcome {
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
    pub async fn pay(&self, order: &Order, method: &PaymentMethod, ticket: Option<&KeyTicket>) -> Result<PayOutcome> {
        let mut db = self.orders.acquire().await?;
        let begun =
            saga::begin_pay(&mut db, order.id, method, self.clock.new_uuid(), ticket, self.payment_attempts).await?;
        drop(db);
        let saga_run = match begun {
            BeginPayOutcome::Started(saga_run) => saga_run,
            BeginPayOutcome::NotPayable => return Err(not_payable(order.status).into()),
            BeginPayOutcome::TooManyAttempts(seconds) => return Err(self.too_many_attempts(seconds)),
        };

        let stock = match self.reserve(&saga_run, &order.items).await {
            Ok(ReserveOutcome::Reserved(events)) => events,
            Ok(ReserveOutcome::Fenced) => return Err(compensated_by_recovery()),
            Ok(ReserveOutcome::Insufficient(lines)) => {
                self.abandon_attempt(&saga_run, "Some items were sold out.").await?;
                return Err(Short::Insufficient(lines).into());
            }
            Err(ReserveError { no_effect: certain, problem }) => {
                if certain && let Err(left) = self.abandon_attempt(&saga_run, "The payment was not attempted.").await {
                    tracing::warn!(problem = %left, "A payment that was not tried stays half done; recovery undoes it.");
                }
                return Err(problem);
            }
        };
        let payment = self.charge(&saga_run).await?;
        match self.complete(&saga_run, order, &payment, stock).await? {
            SagaOutcome::Paid(paid) => Ok(paid),
            SagaOutcome::Placed(_) | SagaOutcome::Compensated => Err(compensated_by_recovery()),
        }
    }

    fn too_many_attempts(&self, seconds: f64) -> Problem {
        SecurityEvent::RateLimited.record(None, "pay per order");
        // Rounded up: whoever comes back in time must not be early.
        PaymentError::TooManyAttempts {
            max_attempts: self.payment_attempts.requests,
            retry_after_seconds: seconds.ceil().max(1.0) as u32,
        }
        .into()
    }

    /// Ends an attempt to pay that holds nothing: the order goes on waiting.
    async fn abandon_attempt(&self, saga_run: &SagaRun, detail: &str) -> Result<()> {
        let (status, detail) = (OrderStatus::PaymentFailed, Some(detail));
        let ending = Closing { status, detail, event: None, outcome: None, at: self.clock.now() };
        self.close(saga_run, ending, Vec::new()).await.map(drop)
    }
}

fn not_payable(status: OrderStatus) -> PaymentError {
    match status {
        OrderStatus::Confirmed | OrderStatus::Shipped | OrderStatus::Delivered => PaymentError::AlreadyPaid,
        // It looked payable a moment ago: somebody else is paying for it right now.
        OrderStatus::PaymentFailed | OrderStatus::Pending => PaymentError::NotPayable("being paid"),
        OrderStatus::Cancelled => PaymentError::NotPayable("cancelled"),
    }
}
