//! Lines as a client sends them, and the basket that they make.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::whole_number::deserialize_whole_number;
use crate::{JsonObject, ProductId};

/// The maximum quantity of one product in one line of a request.
pub const MAX_LINE_QUANTITY: i32 = 100;
/// The maximum number of lines in one request.
pub const MAX_BASKET_LINES: usize = 50;

/// The quantity of a product: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = 1, maximum = 100)]
pub struct Quantity(i32);

impl Quantity {
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl TryFrom<i64> for Quantity {
    type Error = String;
    fn try_from(pieces: i64) -> Result<Self, String> {
        let pieces = i32::try_from(pieces).ok().filter(|p| (1..=MAX_LINE_QUANTITY).contains(p));
        pieces.map(Self).ok_or_else(|| format!("must be a whole number from 1 to {MAX_LINE_QUANTITY}"))
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::try_from(deserialize_whole_number(from)?).map_err(de::Error::custom)
    }
}

/// A line as a client sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BasketLine {
    pub product_id: ProductId,
    pub quantity: Quantity,
}

/// A basket: distinct products in ascending order, which is also the order in which rows are
/// locked, so that two baskets can never deadlock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<JsonObject<BasketLine>>")]
pub struct Basket(BTreeMap<ProductId, i32>);

/// No lines, or too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {MAX_BASKET_LINES} lines")]
pub struct InvalidLineCount;

impl TryFrom<Vec<JsonObject<BasketLine>>> for Basket {
    type Error = InvalidLineCount;
    fn try_from(lines: Vec<JsonObject<BasketLine>>) -> Result<Self, InvalidLineCount> {
        let lines: Vec<BasketLine> = lines.into_iter().map(|line| line.0).collect();
        Self::from_lines(&lines)
    }
}

impl Basket {
    /// Sums duplicate lines.
    ///
    /// # Errors
    /// When there is no line, or more than [`MAX_BASKET_LINES`].
    pub fn from_lines(lines: &[BasketLine]) -> Result<Self, InvalidLineCount> {
        if lines.is_empty() || lines.len() > MAX_BASKET_LINES {
            return Err(InvalidLineCount);
        }
        let mut basket = BTreeMap::new();
        for line in lines {
            *basket.entry(line.product_id).or_insert(0) += line.quantity.get();
        }
        Ok(Self(basket))
    }

    /// Products and quantities, by ascending id.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = (ProductId, i32)> {
        self.0.iter().map(|(product, pieces)| (*product, *pieces))
    }
}
