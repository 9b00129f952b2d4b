//! The seed's simulated processor. What it answers is decided by the method token alone, never
//! by chance; what it has done is in DynamoDB, under the payment's id.

use std::time::Duration;

use domain::payments::{Payment, PaymentStatus, Refund};
use domain::{Limit, OrderId, Page, PaymentId, Problem, Timestamp};
use dynamo::payments::{Payments, Recorded, Refunding};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::processor::{Charge, Processor, Trouble};

/// How long `tok_slow` takes: noticeable, and far within a request's time.
const SLOW: Duration = Duration::from_millis(1500);

/// Approves, declines, errs, dawdles or loses its reply, as the token says.
#[derive(Clone)]
pub struct Simulated {
    payments: Payments,
}

impl Simulated {
    /// A processor whose ledger is `payments`.
    pub fn new(payments: Payments) -> Self {
        Self { payments }
    }

    async fn decide(&self, charge: &Charge) -> Result<Payment, Trouble> {
        match charge.method.as_str() {
            "tok_visa" | "tok_mastercard" | "tok_amex" => self.capture(charge).await,
            "tok_insufficient_funds" => self.decline(charge, "insufficient_funds").await,
            "tok_timeout" => {
                // The money is taken; the one who asked never hears of it.
                self.capture(charge).await?;
                Err(Trouble::ReplyLost)
            }
            "tok_error_once" => {
                let first = self.payments.mark_error_once(charge.payment).await.map_err(away)?;
                if first { Err(Trouble::Failed) } else { self.capture(charge).await }
            }
            "tok_slow" => {
                tokio::time::sleep(SLOW).await;
                self.capture(charge).await
            }
            "tok_declined" => self.decline(charge, "card_declined").await,
            _ => self.decline(charge, "unknown_method").await,
        }
    }

    async fn capture(&self, charge: &Charge) -> Result<Payment, Trouble> {
        self.record(payment(charge, PaymentStatus::Captured, None)).await
    }

    async fn decline(&self, charge: &Charge, reason: &str) -> Result<Payment, Trouble> {
        self.record(payment(charge, PaymentStatus::Declined, Some(reason))).await
    }

    async fn record(&self, payment: Payment) -> Result<Payment, Trouble> {
        match self.payments.record(&payment).await.map_err(away)? {
            Recorded::New(payment) | Recorded::Already(payment) => Ok(payment),
        }
    }
}

impl Processor for Simulated {
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Payment, Trouble>> {
        self.decide(charge).boxed()
    }

    fn find(&self, payment: PaymentId) -> BoxFuture<'_, Result<Option<Payment>, Trouble>> {
        async move { self.payments.find(payment).await.map_err(away) }.boxed()
    }

    fn of_order(&self, order: OrderId) -> BoxFuture<'_, Result<Vec<Payment>, Trouble>> {
        async move { self.payments.of_order(order).await.map_err(away) }.boxed()
    }

    fn page_of_order(
        &self,
        order: OrderId,
        after: Option<PaymentId>,
        limit: Limit,
    ) -> BoxFuture<'_, Result<Page<Payment>, Trouble>> {
        async move { self.payments.page_of_order(order, after, limit).await.map_err(away) }.boxed()
    }

    fn void<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Payment, Trouble>> {
        self.record(payment(charge, PaymentStatus::Voided, None)).boxed()
    }

    fn refund<'a>(&'a self, payment: PaymentId, refund: &'a Refund) -> BoxFuture<'a, Result<Refunding, Trouble>> {
        async move { self.payments.refund(payment, refund).await.map_err(away) }.boxed()
    }

    fn undo(&self, payment: PaymentId, at: Timestamp) -> BoxFuture<'_, Result<Payment, Trouble>> {
        async move {
            let undone = self.payments.undo(payment, at).await.map_err(away)?;
            undone.ok_or_else(|| Trouble::Away(Problem::internal("a payment that is to be undone is not there")))
        }
        .boxed()
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), Problem>> {
        async move { self.payments.ping().await.map_err(Problem::from) }.boxed()
    }
}

fn payment(charge: &Charge, status: PaymentStatus, decline_reason: Option<&str>) -> Payment {
    let reached = status == PaymentStatus::Captured;
    Payment {
        id: charge.payment,
        order_id: charge.order,
        user_id: charge.user,
        amount: charge.amount,
        status,
        method: charge.method.clone(),
        transaction_id: reached.then(|| format!("sim_{}", charge.payment.get().simple())),
        decline_reason: decline_reason.map(str::to_owned),
        refunds: Vec::new(),
        created_at: charge.at,
    }
}

fn away(error: dynamo::Error) -> Trouble {
    Trouble::Away(error.into())
}
