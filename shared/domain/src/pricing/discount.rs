//! Discounts: what a code takes off, and whether it may.

use serde::{Deserialize, Serialize};

use super::Percentage;
use crate::text::InvalidText;
use crate::{DiscountId, Money, Timestamp};

/// A discount's code in upper case: letters, digits, hyphens and underscores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, min_length = 3, max_length = 32, pattern = "^[A-Za-z0-9_-]{3,32}$", example = "WELCOME10")]
pub struct DiscountCode(String);

impl DiscountCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DiscountCode {
    type Error = InvalidText;
    fn try_from(code: String) -> Result<Self, InvalidText> {
        let code = code.trim().to_ascii_uppercase();
        let plain = code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if plain && (3..=32).contains(&code.len()) {
            return Ok(Self(code));
        }
        Err(InvalidText("must be 3 to 32 letters, digits, hyphens and underscores".to_owned()))
    }
}

impl From<DiscountCode> for String {
    fn from(code: DiscountCode) -> Self {
        code.0
    }
}

/// How much a discount takes off: exactly one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscountValue {
    /// Of the goods.
    Percentage(Percentage),
    /// At most what the goods cost.
    Amount(Money),
}

impl DiscountValue {
    /// What it takes off goods of this price.
    pub fn of(self, subtotal: Money) -> Money {
        match self {
            Self::Percentage(percentage) => percentage.of(subtotal),
            Self::Amount(amount) => amount.min(subtotal),
        }
    }
}

/// A discount, as far as a price depends on it. Its limits are checked where its uses are counted: in
/// the transaction of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    pub id: DiscountId,
    pub code: DiscountCode,
    pub value: DiscountValue,
    /// The goods must cost at least so much.
    pub minimum_subtotal: Money,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub max_uses: Option<i32>,
    pub max_uses_per_customer: Option<i32>,
    /// By orders that are neither cancelled nor failed.
    pub uses: i32,
    pub active: bool,
}

/// Why a code takes nothing off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscountError {
    /// There is no such code, or it is switched off.
    Unknown,
    NotStarted,
    Ended,
    BelowMinimum {
        /// What the goods must cost.
        minimum: Money,
    },
    /// As often as it may be used at all.
    UsedUp,
    /// As often as this customer may use it.
    UsedByCustomer,
}

impl Discount {
    /// Whether goods of this price may have the discount now.
    ///
    /// # Errors
    /// All but [`DiscountError::UsedByCustomer`], which the transaction of the order finds out.
    pub fn check(&self, subtotal: Money, now: Timestamp) -> Result<(), DiscountError> {
        if !self.active {
            return Err(DiscountError::Unknown);
        }
        if self.starts_at.is_some_and(|start| now < start) {
            return Err(DiscountError::NotStarted);
        }
        if self.ends_at.is_some_and(|end| now >= end) {
            return Err(DiscountError::Ended);
        }
        if subtotal < self.minimum_subtotal {
            return Err(DiscountError::BelowMinimum { minimum: self.minimum_subtotal });
        }
        if self.max_uses.is_some_and(|most| self.uses >= most) {
            return Err(DiscountError::UsedUp);
        }
        Ok(())
    }
}

/// A discount as an admin sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscountRecord {
    pub id: DiscountId,
    pub code: DiscountCode,
    /// Of the goods; `null` if it takes off an amount.
    pub percentage: Option<Percentage>,
    /// Off the goods, at most their price; `null` if it takes off a percentage.
    pub amount: Option<Money>,
    /// What the goods must cost at least.
    pub minimum_subtotal: Money,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    /// How many orders may use it.
    pub max_uses: Option<i32>,
    /// How many orders of one customer may use it.
    pub max_uses_per_customer: Option<i32>,
    /// How many orders hold a use: those that are neither cancelled nor failed.
    pub uses: i32,
    pub active: bool,
    pub created_at: Timestamp,
    /// When an admin last changed it.
    pub updated_at: Timestamp,
}

impl DiscountRecord {
    /// With what the shop records about it.
    pub fn new(discount: Discount, created_at: Timestamp, updated_at: Timestamp) -> Self {
        let (percentage, amount) = match discount.value {
            DiscountValue::Percentage(percentage) => (Some(percentage), None),
            DiscountValue::Amount(amount) => (None, Some(amount)),
        };
        Self {
            id: discount.id,
            code: discount.code,
            percentage,
            amount,
            minimum_subtotal: discount.minimum_subtotal,
            starts_at: discount.starts_at,
            ends_at: discount.ends_at,
            max_uses: discount.max_uses,
            max_uses_per_customer: discount.max_uses_per_customer,
            uses: discount.uses,
            active: discount.active,
            created_at,
            updated_at,
        }
    }
}
