//! Stock. Its one owner is inventorydb; the catalogue's `stock` is a projection of it.

use serde::{Deserialize, Serialize};

use crate::{Problem, ProductId, Timestamp};

/// The most that one row may hold: far from the end of an INTEGER, so that sums cannot overflow.
pub const MAX_QUANTITY: i32 = 1_000_000_000;

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

/// How an admin moves stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// Counted anew.
    Set(i32),
    /// Goods came in, or went out otherwise than by an order.
    Move(i32),
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
                Self::conflict("insufficient_stock", "Some items are not available in that quantity.").with("items", lines)
            }
        }
    }
}
