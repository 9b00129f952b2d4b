//! Whoever takes the money.

use domain::payments::{Payment, Refund};
use domain::{Money, OrderId, Page, PageSize, PaymentId, Problem, Timestamp, UserId};
use futures::future::BoxFuture;
use store_dynamo::payments::RefundOutcome;

/// One attempt to take money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The idempotency key: a repeated charge answers what the first one did.
    pub payment: PaymentId,
    /// What is paid for.
    pub order: OrderId,
    /// Who pays.
    pub user: UserId,
    /// How much.
    pub amount: Money,
    /// The token that is charged.
    pub method: String,
    /// When it is tried.
    pub at: Timestamp,
}

/// A processor did not answer as it should.
#[derive(Debug, thiserror::Error)]
pub enum ProcessorError {
    /// It failed before it did anything: charging again is safe.
    #[error("the processor failed before any effect")]
    FailedBeforeEffect,
    /// The reply is lost: whether money moved is unknown, and asking by key tells.
    #[error("the processor's reply is lost")]
    ReplyLost,
    /// It cannot be reached; its own client has tried again already.
    #[error("{0}")]
    Unavailable(Problem),
}

impl From<ProcessorError> for Problem {
    fn from(trouble: ProcessorError) -> Self {
        match trouble {
            ProcessorError::Unavailable(problem) => problem,
            other => Self::unavailable(other),
        }
    }
}

/// A payment processor: every call has a key, and a repeated call changes nothing.
pub trait Processor: Send + Sync {
    /// Takes the money, or declines, or finds what this key did before.
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Payment, ProcessorError>>;

    /// What a key has done so far.
    fn find_payment(&self, payment: PaymentId) -> BoxFuture<'_, Result<Option<Payment>, ProcessorError>>;

    /// Every attempt for an order, oldest first.
    fn list_payments_of_order(&self, order: OrderId) -> BoxFuture<'_, Result<Vec<Payment>, ProcessorError>>;

    /// The same page by page, after the attempt that the page before ended with.
    fn list_payments_page(
        &self,
        order: OrderId,
        after: Option<PaymentId>,
        limit: PageSize,
    ) -> BoxFuture<'_, Result<Page<Payment>, ProcessorError>>;

    /// Keeps a key from ever being charged; answers what it did if it was used before.
    fn void<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Payment, ProcessorError>>;

    /// Gives money back, once per refund id.
    fn refund<'a>(
        &'a self,
        payment: PaymentId,
        refund: &'a Refund,
    ) -> BoxFuture<'a, Result<RefundOutcome, ProcessorError>>;

    /// Gives back whatever is left of a payment whose order does not stand. Never refused: answers
    /// the payment, of which nothing is left then.
    fn refund_remaining(&self, payment: PaymentId, at: Timestamp) -> BoxFuture<'_, Result<Payment, ProcessorError>>;

    /// Asks for a sign of life.
    fn ping(&self) -> BoxFuture<'_, Result<(), Problem>>;
}
