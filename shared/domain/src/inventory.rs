//! Stock. Its one owner is inventorydb; the catalogue's `stock` is a projection of it.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::orders::Basket;
use crate::text::text;
use crate::whole::whole;
use crate::{OrderId, Problem, ProductId, Timestamp, UserId};

/// The most that one row may hold: far from the end of an INTEGER, so that sums cannot overflow.
pub const MAX_QUANTITY: i32 = 1_000_000_000;

text! {
    /// Why stock was moved, for the ledger.
    Reason = 1..=200 by one_line,
}

/// Pieces in a warehouse: 0 to [`MAX_QUANTITY`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = 0, maximum = 1000000000)]
pub struct Pieces(i32);

impl Pieces {
    /// How many.
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Pieces {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        pieces(from, 0).map(Self)
    }
}

/// Pieces that came in, or, below zero, went out; at most [`MAX_QUANTITY`] either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = -1000000000, maximum = 1000000000)]
pub struct Delta(i32);

impl<'de> Deserialize<'de> for Delta {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        pieces(from, -MAX_QUANTITY).map(Self)
    }
}

fn pieces<'de, D: Deserializer<'de>>(from: D, min: i32) -> Result<i32, D::Error> {
    let pieces = whole(from)?;
    let pieces = i32::try_from(pieces).ok().filter(|p| (min..=MAX_QUANTITY).contains(p));
    pieces.ok_or_else(|| de::Error::custom(format!("must be a whole number from {min} to {MAX_QUANTITY}")))
}

/// A product's stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stock {
    /// The product.
    pub product_id: ProductId,
    /// Pieces in the warehouse.
    pub quantity: i32,
    /// Of these, held for orders that are not yet paid.
    pub reserved: i32,
    /// What can be sold: quantity less reserved.
    pub available: i32,
    /// When any of it last changed.
    pub updated_at: Timestamp,
}

impl Stock {
    /// The quantity after an adjustment.
    ///
    /// # Errors
    /// When it would fall below what is reserved, or grow past [`MAX_QUANTITY`]: never a silent
    /// clamp. Returned pieces may have taken it past that: then it can still be taken down.
    pub fn adjusted(&self, by: Adjustment) -> Result<i32, Refused> {
        let quantity = match by {
            Adjustment::Set(pieces) => i64::from(pieces.0),
            Adjustment::Move(delta) => i64::from(self.quantity) + i64::from(delta.0),
        };
        if quantity < i64::from(self.reserved) {
            return Err(Refused::BelowReserved);
        }
        i32::try_from(quantity).ok().filter(|q| *q <= MAX_QUANTITY.max(self.quantity)).ok_or(Refused::TooMuch)
    }
}

/// How an admin moves stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// Counted anew.
    Set(Pieces),
    /// Goods came in, or went out otherwise than by an order.
    Move(Delta),
}

/// One change of a product's quantity. Reserving changes none, so it has no entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// Grows with time.
    pub id: i64,
    /// Pieces that came in, or, below zero, went out.
    pub delta: i32,
    /// Pieces in the warehouse afterwards.
    pub quantity_after: i32,
    /// What the admin said, or `sold` and `returned` by an order.
    pub reason: String,
    /// The order that moved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The admin who moved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// One line that is wanted, and whether it can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// The product.
    pub product_id: ProductId,
    /// How many are wanted.
    pub requested: i32,
    /// How many can be had; 0 for an unknown product.
    pub available: i32,
    /// Whether that is enough.
    pub ok: bool,
}

/// Whether each line of a basket can be had; unknown products cannot.
pub fn check(basket: &Basket, stocks: &[Stock]) -> Vec<Availability> {
    let available: HashMap<ProductId, i32> = stocks.iter().map(|stock| (stock.product_id, stock.available)).collect();
    let line = |(product_id, requested)| {
        let known = available.get(&product_id).copied();
        let ok = known.is_some_and(|available| available >= requested);
        Availability { product_id, requested, available: known.unwrap_or(0), ok }
    };
    basket.lines().map(line).collect()
}

/// A line that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shortage {
    /// The product.
    pub product_id: ProductId,
    /// How many are wanted.
    pub requested: i32,
    /// How many can be had.
    pub available: i32,
}

/// Why stock does not move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The quantity would fall below what is held for orders.
    BelowReserved,
    /// The quantity would pass [`MAX_QUANTITY`].
    TooMuch,
    /// Some lines cannot be had.
    Insufficient(Vec<Shortage>),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::BelowReserved => {
                Self::conflict("below_reserved", "The quantity would fall below what is reserved for orders.")
            }
            Refused::TooMuch => Self::field("quantity", format!("must stay at or below {MAX_QUANTITY}")),
            Refused::Insufficient(lines) => {
                Self::conflict("insufficient_stock", "Some items are not available in that quantity.")
                    .with("items", lines)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_never_falls_below_what_is_reserved_nor_grows_past_its_bound() {
        let stock = |quantity, reserved| Stock {
            product_id: ProductId::new(1),
            quantity,
            reserved,
            available: quantity - reserved,
            updated_at: Timestamp::from_millis(0),
        };
        let set = |pieces| Adjustment::Set(Pieces(pieces));
        let by = |delta| Adjustment::Move(Delta(delta));
        for (quantity, reserved, adjustment, expected) in [
            (10, 4, set(4), Ok(4)),
            (10, 4, set(3), Err(Refused::BelowReserved)),
            (10, 4, by(-6), Ok(4)),
            (10, 4, by(-7), Err(Refused::BelowReserved)),
            (10, 0, by(-11), Err(Refused::BelowReserved)),
            (10, 0, by(0), Ok(10)),
            (0, 0, set(MAX_QUANTITY), Ok(MAX_QUANTITY)),
            (1, 0, by(MAX_QUANTITY), Err(Refused::TooMuch)),
            (MAX_QUANTITY, 0, by(MAX_QUANTITY), Err(Refused::TooMuch)),
            (0, 0, by(-MAX_QUANTITY), Err(Refused::BelowReserved)),
            (MAX_QUANTITY + 5, 0, by(-1), Ok(MAX_QUANTITY + 4)),
            (MAX_QUANTITY + 5, 0, by(1), Err(Refused::TooMuch)),
        ] {
            assert_eq!(
                stock(quantity, reserved).adjusted(adjustment),
                expected,
                "{quantity} {reserved} {adjustment:?}"
            );
        }
    }
}
