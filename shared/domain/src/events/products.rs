//! Events about a product's state: its stock, its rating, its page.

use serde::{Deserialize, Serialize};

use crate::ProductId;

/// The available stock of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockChanged {
    pub product_id: ProductId,
    /// Quantity less what is reserved.
    pub available: i32,
    /// Grows with every change of the inventory row; an older version never overwrites a newer one.
    pub version: i64,
}

/// A product's rating, as a sum so that nothing is rounded in transit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RatingChanged {
    pub product_id: ProductId,
    /// The number of reviews.
    pub count: i64,
    /// The sum of their ratings.
    pub sum: i64,
    /// Grows with every change; an older version never overwrites a newer one.
    pub version: i64,
}

/// A product whose cached copies are stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductChanged {
    pub product_id: ProductId,
}
