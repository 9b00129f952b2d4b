//! Why money does not move, and what its client is told.

use super::MAX_REFUNDS;
use crate::{Kind, Money, Problem};

/// Why money does not move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The card was declined; the reason is the processor's.
    Declined(String),
    /// The order has been paid.
    AlreadyPaid,
    /// The amount sent is not the order's total.
    AmountMismatch {
        /// The order's total.
        total: Money,
    },
    /// The order is not waiting for a payment.
    NotPayable(&'static str),
    /// The order has had as many attempts to pay as it may have.
    TooManyAttempts {
        /// In an hour, unless configured otherwise.
        most: u32,
        /// Until the next.
        seconds: u32,
    },
    /// More than is left of the payment.
    RefundTooLarge {
        /// What is left.
        left: Money,
    },
    /// The payment has [`MAX_REFUNDS`] refunds; only all that is left may still be refunded.
    TooManyRefunds {
        /// What is left.
        left: Money,
    },
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Declined(reason) => {
                Self::new(Kind::PaymentRequired, "payment_declined", "The payment was declined.")
                    .with("declineReason", reason)
            }
            Refused::AlreadyPaid => Self::conflict("already_paid", "This order has been paid already."),
            Refused::AmountMismatch { total } => {
                Self::conflict("amount_mismatch", format!("The order's total is {total}.")).with("total", total)
            }
            Refused::NotPayable(status) => {
                Self::conflict("not_payable", format!("An order that is {status} cannot be paid."))
            }
            Refused::TooManyAttempts { most, seconds } => Self::new(
                Kind::TooManyRequests,
                "too_many_requests",
                format!("This order has had {most} attempts to pay lately. Please wait before trying again."),
            )
            .retry_after(seconds),
            Refused::RefundTooLarge { left } => {
                Self::conflict("refund_too_large", format!("At most {left} can be refunded.")).with("refundable", left)
            }
            Refused::TooManyRefunds { left } => Self::conflict(
                "too_many_refunds",
                format!(
                    "This payment has {MAX_REFUNDS} refunds: only all of the {left} that are left can be refunded."
                ),
            )
            .with("refundable", left),
        }
    }
}
