//! A simulated payment processor. The method token alone decides its reply, never chance; what it
//! has done is stored in DynamoDB, under the payment's id.
//!
//! Takes no real money and no card numbers.

use std::time::Duration;

use domain::payments::{Payment, PaymentStatus, Refund};
use domain::{OrderId, Page, PageSize, PaymentId, Problem, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use store_dynamo::payments::{Payments, RecordOutcome, RefundOutcome};

use crate::processor::{Charge, Processor, ProcessorError};

/// How long `tok_slow` takes: noticeable, and far below a request's deadline.
const SLOW_REPLY_DELAY: Duration = Duration::from_millis(1500);

/// Captures, declines, fails, delays or loses its reply, as the token says.
#[derive(Clone)]
pub struct SimulatedProcessor {
    payments: Payments,
}

impl SimulatedProcessor {
    pub fn new(payments: Payments) -> Self {
        Self { payments }
    }

    async fn charge_by_token(&self, charge: &Charge) -> Result<Payment, ProcessorError> {
        match charge.method.as_str() {
            "tok_visa" | "tok_mastercard" | "tok_amex" => self.capture(charge).await,
            "tok_insufficient_funds" => self.decline(charge, "insufficient_funds").await,
            "tok_timeout" => {
                // The money is taken, and the caller does not learn of it.
                self.capture(charge).await?;
                Err(ProcessorError::ReplyLost)
            }
            "tok_error_once" => {
                let first = self.payments.mark_error_once(charge.payment).await.map_err(unavailable)?;
                if first { Err(ProcessorError::FailedBeforeEffect) } else { self.capture(charge).await }
            }
            "tok_slow" => {
                tokio::time::sleep(SLOW_REPLY_DELAY).await;
                self.capture(charge).await
            }
            "tok_declined" => self.decline(charge, "card_declined").await,
            _ => self.decline(charge, "unknown_method").await,
        }
    }

    async fn capture(&self, charge: &Charge) -> Result<Payment, ProcessorError> {
        self.record(new_payment(charge, PaymentStatus::Captured, None)).await
    }

    async fn decline(&self, charge: &Charge, reason: &str) -> Result<Payment, ProcessorError> {
        self.record(new_payment(charge, PaymentStatus::Declined, Some(reason))).await
    }

    async fn record(&self, payment: Payment) -> Result<Payment, ProcessorError> {
        match self.payments.record_charge(&payment).await.map_err(unavailable)? {
            RecordOutcome::Inserted(payment) | RecordOutcome::AlreadyExists(payment) => Ok(payment),
        }
    }
}

impl Processor for SimulatedProcessor {
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Payment, ProcessorError>> {
        self.charge_by_token(charge).boxed()
    }

    fn find_payment(&self, payment: PaymentId) -> BoxFuture<'_, Result<Option<Payment>, ProcessorError>> {
        async move { self.payments.find(payment).await.map_err(unavailable) }.boxed()
    }

    fn list_payments_of_order(&self, order: OrderId) -> BoxFuture<'_, Result<Vec<Payment>, ProcessorError>> {
        async move { self.payments.list_of_order(order).await.map_err(unavailable) }.boxed()
    }

    fn list_payments_page(
        &self,
        order: OrderId,
        after: Option<PaymentId>,
        limit: PageSize,
    ) -> BoxFuture<'_, Result<Page<Payment>, ProcessorError>> {
        async move { self.payments.list_page_of_order(order, after, limit).await.map_err(unavailable) }.boxed()
    }

    fn void<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Payment, ProcessorError>> {
        self.record(new_payment(charge, PaymentStatus::Voided, None)).boxed()
    }

    fn refund<'a>(
        &'a self,
        payment: PaymentId,
        refund: &'a Refund,
    ) -> BoxFuture<'a, Result<RefundOutcome, ProcessorError>> {
        async move { self.payments.refund(payment, refund).await.map_err(unavailable) }.boxed()
    }

    fn refund_remaining(&self, payment: PaymentId, at: Timestamp) -> BoxFuture<'_, Result<Payment, ProcessorError>> {
        async move {
            let refunded = self.payments.refund_remaining(payment, at).await.map_err(unavailable)?;
            refunded.ok_or_else(|| {
                ProcessorError::Unavailable(Problem::internal("a payment that is to be refunded does not exist"))
            })
        }
        .boxed()
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), Problem>> {
        async move { self.payments.ping().await.map_err(Problem::from) }.boxed()
    }
}

fn new_payment(charge: &Charge, status: PaymentStatus, decline_reason: Option<&str>) -> Payment {
    let captured = status == PaymentStatus::Captured;
    Payment {
        id: charge.payment,
        order_id: charge.order,
        user_id: charge.user,
        amount: charge.amount,
        status,
        method: charge.method.clone(),
        transaction_id: captured.then(|| format!("sim_{}", charge.payment.get().simple())),
        decline_reason: decline_reason.map(str::to_owned),
        refunds: Vec::new(),
        created_at: charge.at,
    }
}

fn unavailable(error: store_dynamo::Error) -> ProcessorError {
    ProcessorError::Unavailable(error.into())
}
