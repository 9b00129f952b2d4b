//! Why a charge or refund is rejected, and the problem that the client gets.

use super::MAX_REFUNDS;
use crate::pricing::Currency;
use crate::{Money, Problem, ProblemKind};

/// Why a charge or refund is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentError {
    /// The card was declined; the reason is the processor's.
    Declined(String),
    /// The order is already paid.
    AlreadyPaid,
    /// The amount sent differs from the order's total.
    AmountMismatch { total: Money, currency: Currency },
    /// The order is not waiting for a payment.
    NotPayable(&'static str),
    /// The order has reached its limit of payment attempts.
    TooManyAttempts {
        /// Per hour, unless configured otherwise.
        max_attempts: u32,
        /// Until the next attempt is allowed.
        retry_after_seconds: u32,
    },
    /// More than is left of the payment.
    RefundTooLarge {
        /// The amount that can still be refunded.
        refundable: Money,
    },
    /// The payment has [`MAX_REFUNDS`] refunds; only everything that is left may still be refunded.
    TooManyRefunds {
        /// The amount that can still be refunded.
        refundable: Money,
    },
}

impl From<PaymentError> for Problem {
    fn from(rejected: PaymentError) -> Self {
        match rejected {
            PaymentError::Declined(reason) => {
                Self::new(ProblemKind::PaymentDeclined, "payment_declined", "The payment was declined.")
                    .with_extension("declineReason", reason)
            }
            PaymentError::AlreadyPaid => Self::conflict("already_paid", "This order has already been paid."),
            PaymentError::AmountMismatch { total, currency } => {
                Self::conflict("amount_mismatch", format!("The order's total is {}.", currency.format(total)))
                    .with_extension("total", total)
            }
            PaymentError::NotPayable(status) => {
                Self::conflict("not_payable", format!("An order with status {status} cannot be paid."))
            }
            PaymentError::TooManyAttempts { max_attempts: most, retry_after_seconds: seconds } => Self::new(
                ProblemKind::TooManyRequests,
                "too_many_requests",
                format!("This order has had {most} payment attempts recently. Please wait before trying again."),
            )
            .with_retry_after(seconds),
            PaymentError::RefundTooLarge { refundable: left } => {
                Self::conflict("refund_too_large", format!("At most {left} can be refunded."))
                    .with_extension("refundable", left)
            }
            PaymentError::TooManyRefunds { refundable: left } => Self::conflict(
                "too_many_refunds",
                format!(
                    "This payment has had {MAX_REFUNDS} refunds: only the entire remaining {left} can be refunded."
                ),
            )
            .with_extension("refundable", left),
        }
    }
}
