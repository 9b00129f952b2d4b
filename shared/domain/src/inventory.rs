//! Stock. Its one owner is inventorydb; the catalog's `stock` is a projection of it.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::orders::Basket;
use crate::text::text;
use crate::whole_number::deserialize_whole_number;
use crate::{OrderId, Problem, ProductId, Timestamp, UserId};

/// The maximum of one row: far from the end of an INTEGER, so that sums cannot overflow.
pub const MAX_STOCK: i32 = 1_000_000_000;

text! {
    /// Why stock changed, for the ledger.
    Reason = 1..=200 by one_line,
}

/// Units in the warehouse: 0 to [`MAX_STOCK`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = 0, maximum = 1000000000)]
pub struct StockQuantity(i32);

impl StockQuantity {
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl<'de> Deserialize<'de> for StockQuantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        deserialize_units(from, 0).map(Self)
    }
}

/// Units that came in, or, if negative, went out; at most [`MAX_STOCK`] either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = -1000000000, maximum = 1000000000)]
pub struct StockDelta(i32);

impl<'de> Deserialize<'de> for StockDelta {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        deserialize_units(from, -MAX_STOCK).map(Self)
    }
}

fn deserialize_units<'de, D: Deserializer<'de>>(from: D, min: i32) -> Result<i32, D::Error> {
    let pieces = deserialize_whole_number(from)?;
    let pieces = i32::try_from(pieces).ok().filter(|p| (min..=MAX_STOCK).contains(p));
    pieces.ok_or_else(|| de::Error::custom(format!("must be a whole number from {min} to {MAX_STOCK}")))
}

/// The stock of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stock {
    pub product_id: ProductId,
    /// Units in the warehouse.
    pub quantity: i32,
    /// Of these, reserved for orders that are not yet paid.
    pub reserved: i32,
    /// What can be sold: quantity minus reserved.
    pub available: i32,
    /// When any of it last changed.
    pub updated_at: Timestamp,
}

impl Stock {
    /// The quantity after an adjustment.
    ///
    /// # Errors
    /// When it would fall below the reserved quantity, or grow past [`MAX_STOCK`]: it is never
    /// clamped silently. Returned units may already have taken it past the maximum: then it can
    /// still be reduced.
    pub fn adjust(&self, by: StockAdjustment) -> Result<i32, InventoryError> {
        let quantity = match by {
            StockAdjustment::SetTo(pieces) => i64::from(pieces.0),
            StockAdjustment::ChangeBy(delta) => i64::from(self.quantity) + i64::from(delta.0),
        };
        if quantity < i64::from(self.reserved) {
            return Err(InventoryError::BelowReserved);
        }
        i32::try_from(quantity).ok().filter(|q| *q <= MAX_STOCK.max(self.quantity)).ok_or(InventoryError::AboveMaximum)
    }
}

/// How an admin changes stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockAdjustment {
    /// After a stock count: replaces the current quantity.
    SetTo(StockQuantity),
    /// Units came in, or went out other than by an order.
    ChangeBy(StockDelta),
}

/// One change of a product's quantity. A reservation changes none, so it has no entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StockLedgerEntry {
    /// Grows with time: a later entry has a higher id.
    pub id: i64,
    /// Units that came in, or, if negative, went out.
    pub delta: i32,
    /// Units in the warehouse afterwards.
    pub quantity_after: i32,
    /// The admin's reason, or `sold` and `returned` for an order.
    pub reason: String,
    /// The order that caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The admin who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    pub at: Timestamp,
}

/// One requested line, and whether it is available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    pub product_id: ProductId,
    /// The number of requested units.
    pub requested: i32,
    /// The available quantity; 0 for an unknown product.
    pub available: i32,
    /// Whether that is enough.
    pub ok: bool,
}

/// Whether each line of a basket is available; unknown products are not.
pub fn check_availability(basket: &Basket, stocks: &[Stock]) -> Vec<Availability> {
    let available: HashMap<ProductId, i32> = stocks.iter().map(|stock| (stock.product_id, stock.available)).collect();
    let line = |(product_id, requested)| {
        let known = available.get(&product_id).copied();
        let ok = known.is_some_and(|available| available >= requested);
        Availability { product_id, requested, available: known.unwrap_or(0), ok }
    };
    basket.lines().map(line).collect()
}

/// A line with too little stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shortage {
    pub product_id: ProductId,
    /// The number of requested units.
    pub requested: i32,
    /// The number of available units.
    pub available: i32,
}

/// Why a change of stock is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InventoryError {
    /// The quantity would fall below what is reserved for orders.
    BelowReserved,
    /// The quantity would pass [`MAX_STOCK`].
    AboveMaximum,
    /// Some lines are not available.
    Insufficient(Vec<Shortage>),
}

impl From<InventoryError> for Problem {
    fn from(rejected: InventoryError) -> Self {
        match rejected {
            InventoryError::BelowReserved => {
                Self::conflict("below_reserved", "The quantity would fall below the units reserved for orders.")
            }
            InventoryError::AboveMaximum => Self::invalid_field("quantity", format!("must not exceed {MAX_STOCK}")),
            InventoryError::Insufficient(lines) => {
                Self::conflict("insufficient_stock", "Some items are not available in the requested quantity.")
                    .with_extension("items", lines)
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
        let set = |pieces| StockAdjustment::SetTo(StockQuantity(pieces));
        let by = |delta| StockAdjustment::ChangeBy(StockDelta(delta));
        for (quantity, reserved, adjustment, expected) in [
            (10, 4, set(4), Ok(4)),
            (10, 4, set(3), Err(InventoryError::BelowReserved)),
            (10, 4, by(-6), Ok(4)),
            (10, 4, by(-7), Err(InventoryError::BelowReserved)),
            (10, 0, by(-11), Err(InventoryError::BelowReserved)),
            (10, 0, by(0), Ok(10)),
            (0, 0, set(MAX_STOCK), Ok(MAX_STOCK)),
            (1, 0, by(MAX_STOCK), Err(InventoryError::AboveMaximum)),
            (MAX_STOCK, 0, by(MAX_STOCK), Err(InventoryError::AboveMaximum)),
            (0, 0, by(-MAX_STOCK), Err(InventoryError::BelowReserved)),
            (MAX_STOCK + 5, 0, by(-1), Ok(MAX_STOCK + 4)),
            (MAX_STOCK + 5, 0, by(1), Err(InventoryError::AboveMaximum)),
        ] {
            assert_eq!(stock(quantity, reserved).adjust(adjustment), expected, "{quantity} {reserved} {adjustment:?}");
        }
    }
}
