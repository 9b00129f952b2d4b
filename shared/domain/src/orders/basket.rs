//! What is wanted: lines as a client asks for them, and the basket that they make.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::whole::whole;
use crate::{Object, ProductId};

/// The most of one product in one line of a request.
pub const MAX_QUANTITY: i32 = 100;
/// The most lines in one request.
pub const MAX_LINES: usize = 50;

/// How many of a product: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = 1, maximum = 100)]
pub struct Quantity(i32);

impl Quantity {
    /// Pieces.
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl TryFrom<i64> for Quantity {
    type Error = String;
    fn try_from(pieces: i64) -> Result<Self, String> {
        let pieces = i32::try_from(pieces).ok().filter(|p| (1..=MAX_QUANTITY).contains(p));
        pieces.map(Self).ok_or_else(|| format!("must be a whole number from 1 to {MAX_QUANTITY}"))
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::try_from(whole(from)?).map_err(de::Error::custom)
    }
}

/// A line as a client asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wanted {
    /// What.
    pub product_id: ProductId,
    /// How many.
    pub quantity: Quantity,
}

/// What is wanted: distinct products in ascending order, which is also the order in which rows
/// are locked, so that two baskets can never wait for each other.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Object<Wanted>>")]
pub struct Basket(BTreeMap<ProductId, i32>);

/// No lines, or too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {MAX_LINES} lines")]
pub struct InvalidLines;

impl TryFrom<Vec<Object<Wanted>>> for Basket {
    type Error = InvalidLines;
    fn try_from(lines: Vec<Object<Wanted>>) -> Result<Self, InvalidLines> {
        let lines: Vec<Wanted> = lines.into_iter().map(|line| line.0).collect();
        Self::of(&lines)
    }
}

impl Basket {
    /// Sums duplicate lines.
    ///
    /// # Errors
    /// When there is no line, or more than [`MAX_LINES`].
    pub fn of(lines: &[Wanted]) -> Result<Self, InvalidLines> {
        if lines.is_empty() || lines.len() > MAX_LINES {
            return Err(InvalidLines);
        }
        let mut basket = BTreeMap::new();
        for line in lines {
            *basket.entry(line.product_id).or_insert(0) += line.quantity.get();
        }
        Ok(Self(basket))
    }

    /// Product and pieces, by ascending id.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = (ProductId, i32)> {
        self.0.iter().map(|(product, pieces)| (*product, *pieces))
    }
}
