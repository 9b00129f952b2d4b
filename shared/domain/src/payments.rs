//! Payments: the answers of a processor, and the state of a payment that follows from them.

mod error;

use serde::{Deserialize, Serialize};

use crate::text::{InvalidText, text};
use crate::{Money, OrderId, PaymentId, ProductId, ReturnId, Timestamp, UserId};

pub use error::PaymentError;

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum PaymentStatus {
    /// The money was received.
    Captured,
    /// The card was declined; no money was received.
    Declined,
    /// The refunds add up to the whole amount.
    Refunded,
    /// The refunds add up to a part of the amount.
    PartiallyRefunded,
    /// Cancelled before it was ever charged; it can no longer be charged.
    Voided,
}

impl PaymentStatus {
    /// As stores carry it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Parses a stored value; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A processor's token for a payment method. Never a card number: those are rejected here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^tok_[a-z0-9_]{1,60}$", example = "tok_visa")]
pub struct PaymentMethod(String);

impl PaymentMethod {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for PaymentMethod {
    fn default() -> Self {
        Self("tok_visa".to_owned())
    }
}

impl TryFrom<String> for PaymentMethod {
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

impl From<PaymentMethod> for String {
    fn from(method: PaymentMethod) -> String {
        method.0
    }
}

/// The amount of a refund: more than zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Money")]
pub struct RefundAmount(Money);

impl RefundAmount {
    pub const fn get(self) -> Money {
        self.0
    }
}

impl TryFrom<Money> for RefundAmount {
    type Error = &'static str;
    fn try_from(amount: Money) -> Result<Self, Self::Error> {
        if amount == Money::ZERO { Err("must be more than 0") } else { Ok(Self(amount)) }
    }
}

text! {
    /// Why money is refunded.
    RefundReason = 1..=200 by one_line,
}

/// Pieces of a product that were refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefundedLine {
    pub product_id: ProductId,
    pub quantity: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    /// Unique within its payment; a repeated request with the same id refunds once.
    pub id: String,
    pub amount: Money,
    /// What it was for, by ascending product id; absent if an amount was refunded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<RefundedLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The return that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_id: Option<ReturnId>,
    pub created_at: Timestamp,
}

impl Refund {
    /// A refund of an amount, for no pieces in particular.
    pub fn of_amount(id: impl Into<String>, amount: Money, created_at: Timestamp) -> Self {
        Self { id: id.into(), amount, items: Vec::new(), reason: None, return_id: None, created_at }
    }
}

/// One attempt to charge for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Also the processor's idempotency key.
    pub id: PaymentId,
    pub order_id: OrderId,
    /// The customer who paid the order.
    pub user_id: UserId,
    /// The total of the paid order.
    pub amount: Money,
    pub status: PaymentStatus,
    /// The token that was charged.
    pub method: String,
    /// The processor's own reference.
    pub transaction_id: Option<String>,
    /// Why the card was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decline_reason: Option<String>,
    pub refunds: Vec<Refund>,
    /// When it was attempted.
    pub created_at: Timestamp,
}

impl Payment {
    /// The captured amount minus all refunds.
    pub fn net_amount(&self) -> Money {
        match self.status {
            PaymentStatus::Captured | PaymentStatus::PartiallyRefunded => {
                self.amount - self.refunds.iter().map(|r| r.amount).sum()
            }
            PaymentStatus::Declined | PaymentStatus::Refunded | PaymentStatus::Voided => Money::ZERO,
        }
    }

    /// The payment after `refund` is added to it.
    ///
    /// # Errors
    /// When the refund exists already, when the status of the payment allows no refund, or when the
    /// amount exceeds what is left.
    pub fn apply_refund(&self, refund: &Refund) -> Result<Self, RefundError> {
        if self.refunds.iter().any(|r| r.id == refund.id) {
            return Err(RefundError::Duplicate);
        }
        let refundable = matches!(self.status, PaymentStatus::Captured | PaymentStatus::PartiallyRefunded);
        if !refundable {
            return Err(RefundError::NotRefundable(self.status));
        }
        let left = self.net_amount();
        if !(Money::ZERO..=left).contains(&refund.amount) {
            return Err(RefundError::TooLarge { refundable: left });
        }
        // A refund of everything that is left is the last one anyway; returns have a limit of their own.
        let by_request = self.refunds.iter().filter(|refund| refund.return_id.is_none()).count();
        if by_request >= MAX_REFUNDS && refund.amount != left && refund.return_id.is_none() {
            return Err(RefundError::TooMany { refundable: left });
        }
        Ok(self.append_refund(refund.clone()))
    }

    /// The payment after everything that is left has been refunded, because its order is cancelled;
    /// `None` if nothing is left. The limits for users do not apply: a compensation is never
    /// rejected.
    pub fn compensate(&self, at: Timestamp) -> Option<Self> {
        let left = self.net_amount();
        (left != Money::ZERO).then(|| self.append_refund(Refund::of_amount(compensation_refund_id(self.id), left, at)))
    }

    /// What was refunded because the order was cancelled: `None` if that has not been done.
    pub fn compensated_amount(&self) -> Option<Money> {
        let id = compensation_refund_id(self.id);
        self.refunds.iter().find(|refund| refund.id == id).map(|refund| refund.amount)
    }

    /// Whether the money was received, whatever has been refunded since.
    pub const fn was_captured(&self) -> bool {
        matches!(self.status, PaymentStatus::Captured | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded)
    }

    fn append_refund(&self, refund: Refund) -> Self {
        let all = refund.amount == self.net_amount();
        let mut after = self.clone();
        after.status = if all { PaymentStatus::Refunded } else { PaymentStatus::PartiallyRefunded };
        after.refunds.push(refund);
        after
    }
}

/// The id of the refund of everything that is left of a payment whose order is cancelled. It is not
/// stored in orderdb: the order's own state says that it must be made.
pub fn compensation_refund_id(payment: PaymentId) -> String {
    format!("undo-{payment}")
}

/// The maximum number of partial refunds of one payment, besides those of returns, of which an order has
/// at most [`MAX_RETURNS`](crate::orders::MAX_RETURNS): keeps it below the 400 KB of a DynamoDB item.
/// Only refunding cent by cent reaches it, which no shop does.
pub const MAX_REFUNDS: usize = 100;

/// Why a refund is not added to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundError {
    /// A refund with that id exists.
    Duplicate,
    /// The payment was never captured, or has been refunded completely.
    NotRefundable(PaymentStatus),
    /// The payment has [`MAX_REFUNDS`] refunds; only everything that is left may still be refunded.
    TooMany {
        /// What is left of it.
        refundable: Money,
    },
    /// More than is left of the payment.
    TooLarge {
        /// The amount that can still be refunded.
        refundable: Money,
    },
}

#[cfg(test)]
mod tests;
