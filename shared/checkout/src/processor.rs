//! The payment processor: what a checkout demands of it.
//!
//! One implementation, `simulated`; a real one has the same calls and keys.

use domain::payments::{Payment, Refund};
use domain::{Money, OrderId, Page, PageSize, PaymentId, Problem, Timestamp, UserId};
use futures::future::BoxFuture;
use store_dynamo::payments::RefundOutcome;

/// One attempt to charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The idempotency key: a repeated charge returns what the first one did.
    pub payment: PaymentId,
    pub order: OrderId,
    pub user: UserId,
    pub amount: Money,
    /// The token that is charged.
    pub method: String,
    pub at: Timestamp,
}

/// A call to the processor failed.
#[derive(Debug, thiserror::Error)]
pub enum ProcessorError {
    /// It failed before any effect: charging again is safe.
    #[error("the processor failed before any effect")]
    FailedBeforeEffect,
    /// The reply is lost: whether money moved is unknown; look it up by its key.
    #[error("the processor's reply is lost")]
    ReplyLost,
    /// It is unreachable; its client has retried already.
    #[error("{0}")]
    Unavailable(Problem),
}

impl From<ProcessorError> for Problem {
    fn from(error: ProcessorError) -> Self {
        match error {
            ProcessorError::Unavailable(problem) => problem,
            other => Self::unavailable(other),
        }
    }
}

/// A payment processor: every call has a key, and a repeated call changes nothing.
pub trait Processor: Send + Sync {
    /// Takes the money, or declines, or returns what this key did before.
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Payment, ProcessorError>>;

    /// `None` when the key was never used.
    fn find_payment(&self, payment: PaymentId) -> BoxFuture<'_, Result<Option<Payment>, ProcessorError>>;

    /// Every payment of an order, oldest first.
    fn list_payments_of_order(&self, order: OrderId) -> BoxFuture<'_, Result<Vec<Payment>, ProcessorError>>;

    /// One page of an order's payments, after the last one of the page before.
    fn list_payments_page(
        &self,
        order: OrderId,
        after: Option<PaymentId>,
        limit: PageSize,
    ) -> BoxFuture<'_, Result<Page<Payment>, ProcessorError>>;

    /// Makes sure that a key is never charged; returns what it did if it was used before.
    fn void<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Payment, ProcessorError>>;

    /// Refunds once per refund id.
    fn refund<'a>(
        &'a self,
        payment: PaymentId,
        refund: &'a Refund,
    ) -> BoxFuture<'a, Result<RefundOutcome, ProcessorError>>;

    /// Refunds whatever is left of a payment, as a compensation. Never rejected: returns the payment,
    /// of which nothing is left then.
    fn refund_remaining(&self, payment: PaymentId, at: Timestamp) -> BoxFuture<'_, Result<Payment, ProcessorError>>;

    fn ping(&self) -> BoxFuture<'_, Result<(), Problem>>;
}
