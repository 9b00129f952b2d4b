//! Reviews: one per user and product.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::text::text;
use crate::{ProductId, ReviewId, Timestamp, UserId};

text! {
    /// What a reviewer says; may be empty.
    Comment = 0..=5000,
}

/// Whole stars: 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = u8, minimum = 1, maximum = 5)]
pub struct Stars(u8);

impl Stars {
    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// # Errors
    /// Outside 1 to 5.
    pub fn new(stars: i64) -> Result<Self, &'static str> {
        u8::try_from(stars).ok().filter(|s| (1..=5).contains(s)).map(Self).ok_or("must be a whole number from 1 to 5")
    }
}

impl<'de> Deserialize<'de> for Stars {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(i64::deserialize(from)?).map_err(de::Error::custom)
    }
}

/// A review as everybody sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// The document's id.
    pub id: ReviewId,
    /// What it is about.
    pub product_id: ProductId,
    /// Who wrote it.
    pub user_id: UserId,
    /// Their name when they wrote it.
    pub user_name: String,
    /// Stars.
    pub rating: u8,
    /// What they say.
    pub comment: String,
    /// Whether they had bought it here.
    pub verified_purchase: bool,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The order of a product's reviews. Ties are broken by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Sort {
    /// Last written first.
    #[default]
    #[serde(rename = "newest")]
    Newest,
    /// Worst first.
    #[serde(rename = "rating")]
    Rating,
    /// Best first.
    #[serde(rename = "-rating")]
    RatingDescending,
}
