//! Payments: what a processor may answer, and what a payment then is.

use serde::{Deserialize, Serialize};

use crate::text::InvalidText;
use crate::{Kind, Money, OrderId, PaymentId, Problem, Timestamp, UserId};

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The money is ours.
    Captured,
    /// It never was.
    Declined,
    /// All of it went back.
    Refunded,
    /// A part of it went back.
    PartiallyRefunded,
    /// Called off before it was ever charged; it cannot be charged any more.
    Voided,
}

/// A processor's token for a way to pay. Never a card number: those are refused here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^tok_[a-z0-9_]{1,60}$", example = "tok_visa")]
pub struct Method(String);

impl Method {
    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Method {
    fn default() -> Self {
        Self("tok_visa".to_owned())
    }
}

impl TryFrom<String> for Method {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        let rest = text.strip_prefix("tok_").unwrap_or_default();
        let plain = rest.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if (1..=60).contains(&rest.len()) && plain {
            return Ok(Self(text));
        }
        Err(InvalidText("must be a payment token such as tok_visa".to_owned()))
    }
}

impl From<Method> for String {
    fn from(method: Method) -> String {
        method.0
    }
}

/// What goes back of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    /// Unique within its payment; a repeated request with the same id refunds once.
    pub id: String,
    /// How much.
    pub amount: Money,
    /// When.
    pub created_at: Timestamp,
}

/// One attempt to take money for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Also the processor's idempotency key.
    pub id: PaymentId,
    /// What was paid for.
    pub order_id: OrderId,
    /// Who paid.
    pub user_id: UserId,
    /// The order's total.
    pub amount: Money,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The token that was charged.
    pub method: String,
    /// The processor's own reference.
    pub transaction_id: Option<String>,
    /// Why the card was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decline_reason: Option<String>,
    /// What went back.
    pub refunds: Vec<Refund>,
    /// When it was tried.
    pub created_at: Timestamp,
}

impl Payment {
    /// Captured less refunded.
    pub fn kept(&self) -> Money {
        match self.status {
            PaymentStatus::Captured | PaymentStatus::PartiallyRefunded => {
                self.amount - self.refunds.iter().map(|r| r.amount).sum()
            }
            PaymentStatus::Declined | PaymentStatus::Refunded | PaymentStatus::Voided => Money::ZERO,
        }
    }
}

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
    /// More than is left of the payment.
    RefundTooLarge {
        /// What is left.
        left: Money,
    },
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Declined(reason) => {
                Self::new(Kind::PaymentRequired, "payment_declined", "The payment was declined.").with("declineReason", reason)
            }
            Refused::AlreadyPaid => Self::conflict("already_paid", "This order has been paid already."),
            Refused::AmountMismatch { total } => {
                Self::conflict("amount_mismatch", format!("The order's total is {total}.")).with("total", total)
            }
            Refused::NotPayable(status) => {
                Self::conflict("not_payable", format!("An order that is {status} cannot be paid."))
            }
            Refused::RefundTooLarge { left } => {
                Self::conflict("refund_too_large", format!("At most {left} can be refunded.")).with("refundable", left)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_no_method() {
        for bad in ["4242424242424242", "4242 4242 4242 4242", "tok_", "tok_VISA", "visa", "tok_4242-4242", ""] {
            assert!(Method::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert!(Method::try_from("tok_insufficient_funds".to_owned()).is_ok());
    }
}
