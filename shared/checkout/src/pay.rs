//! Retries the payment of an order whose payment failed: begins the saga again, then runs it.

use domain::orders::{Order, OrderStatus};
use domain::payments::{Payment, PaymentError, PaymentMethod};
use domain::{Problem, Result};
use runtime::SecurityEvent;
use serde::{Deserialize, Serialize};
use store_postgres::idempotency::KeyClaim;
use store_postgres::saga::{self, BeginPayOutcome};

use crate::Checkout;
use crate::saga::{Flow, Saga};

/// The outcome of another attempt to pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PayOutcome {
    /// The order is confirmed.
    Captured(Payment),
    /// Declined again; the order may be paid again.
    Declined(Payment),
}

/// The saga of an order's second and later attempts.
pub(crate) struct Pay;

impl Flow for Pay {
    type Outcome = PayOutcome;
    const COMPENSATED: OrderStatus = OrderStatus::PaymentFailed;
    const PUBLISHES_DECLINE: bool = false;
    const DELETES_ABANDONED: bool = false;

    fn outcome(order: Order, payment: &Payment) -> PayOutcome {
        match order.status {
            OrderStatus::Confirmed => PayOutcome::Captured(payment.clone()),
            _ => PayOutcome::Declined(payment.clone()),
        }
    }
}

impl Checkout {
    /// Reserves, charges, commits and confirms an order whose payment failed.
    ///
    /// # Errors
    /// 409 when the order is not waiting for a payment, when another attempt is running, or when
    /// stock is insufficient; 429 after too many attempts; 503 as [`Checkout::place`].
    pub async fn pay(&self, order: &Order, method: &PaymentMethod, claim: Option<&KeyClaim>) -> Result<PayOutcome> {
        let mut db = self.orders.acquire().await?;
        let begun =
            saga::begin_pay(&mut db, order.id, method, self.clock.new_uuid(), claim, self.payment_attempts).await?;
        drop(db);
        match begun {
            BeginPayOutcome::Started(saga_run) => Saga::<Pay>::new(self, saga_run, order.clone()).run().await,
            BeginPayOutcome::NotPayable => Err(not_payable(order.status).into()),
            BeginPayOutcome::TooManyAttempts(seconds) => Err(self.too_many_attempts(seconds)),
        }
    }

    fn too_many_attempts(&self, seconds: f64) -> Problem {
        SecurityEvent::RateLimited.record(None, "pay per order");
        // Rounded up: a client that waits for it must not be early.
        PaymentError::TooManyAttempts {
            max_attempts: self.payment_attempts.requests,
            retry_after_seconds: seconds.ceil().max(1.0) as u32,
        }
        .into()
    }
}

fn not_payable(status: OrderStatus) -> PaymentError {
    match status {
        OrderStatus::Confirmed | OrderStatus::PartiallyShipped | OrderStatus::Shipped | OrderStatus::Delivered => {
            PaymentError::AlreadyPaid
        }
        // It was payable when it was read: another request is paying for it right now.
        OrderStatus::PaymentFailed | OrderStatus::Pending => PaymentError::NotPayable("being paid"),
        OrderStatus::Cancelled => PaymentError::NotPayable("cancelled"),
    }
}
