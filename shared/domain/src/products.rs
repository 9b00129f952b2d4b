//! The catalogue.

mod image;

use serde::{Deserialize, Serialize};

use crate::text::text;
use crate::{DecodedCursor, Money, ProductId, Result, Timestamp};

pub use image::ImageLink;

text! {
    /// What a product is called.
    ProductName = 1..=255 by one_line,
    /// What is said of it.
    Description = 0..=10000,
    /// The shelf it stands on. Two that differ in case alone are one: productdb keeps the first spelling.
    Category = 1..=100 by one_line,
    /// Words to look for.
    Search = 0..=200,
}

/// The mean of a product's ratings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AverageRating {
    /// 1 to 5 with two decimals; 0 without reviews.
    pub average: f64,
    /// How many reviews.
    pub count: i64,
}

impl AverageRating {
    /// From the sum of `count` ratings.
    pub fn from_sum(count: i64, sum: i64) -> Self {
        let average = if count > 0 { (sum as f64 * 100.0 / count as f64).round() / 100.0 } else { 0.0 };
        Self { average, count }
    }
}

/// A product as everybody sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// The row's id.
    pub id: ProductId,
    /// What it is called.
    pub name: String,
    /// What is said of it.
    pub description: Option<String>,
    /// What one costs.
    pub price: Money,
    /// What inventory has available.
    pub stock: i32,
    /// Where its picture is.
    pub image: Option<String>,
    /// The shelf it stands on.
    pub category: Option<String>,
    /// Its reviews' mean.
    pub rating: AverageRating,
    /// When it entered the catalogue.
    pub created_at: Timestamp,
    /// When its own data last changed.
    pub updated_at: Timestamp,
}

/// A product's data as an admin writes it; `stock` is inventory's and travels beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductDraft {
    /// What it is called.
    pub name: ProductName,
    /// What is said of it.
    pub description: Option<Description>,
    /// What one costs.
    pub price: Money,
    /// Where its picture is.
    pub image: Option<ImageLink>,
    /// The shelf it stands on.
    pub category: Option<Category>,
}

/// The order of a product list. Ties are broken by id, so that every order is total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ProductSort {
    /// Last added first.
    #[default]
    #[serde(rename = "newest")]
    Newest,
    /// Cheapest first.
    #[serde(rename = "price")]
    Price,
    /// Dearest first.
    #[serde(rename = "-price")]
    PriceDescending,
    /// By name.
    #[serde(rename = "name")]
    Name,
    /// Best rated first.
    #[serde(rename = "-rating")]
    RatingDescending,
}

/// What a product list is narrowed to; everything combines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// Words that name or description must have, each as a prefix; text without a word finds
    /// nothing.
    pub search: Option<Search>,
    /// The exact shelf.
    pub category: Option<Category>,
    /// Inclusive.
    pub min_price: Option<Money>,
    /// Inclusive.
    pub max_price: Option<Money>,
    /// Only what is, or only what is not, available.
    pub in_stock: Option<bool>,
}

/// A product's place in a list: what the next page starts after. Amounts are in cents, ratings in
/// hundredths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductKeyset {
    /// Under [`Sort::Newest`].
    #[serde(rename = "newest")]
    Newest(ProductId),
    /// Under [`Sort::Price`].
    #[serde(rename = "price")]
    Price(i64, ProductId),
    /// Under [`Sort::PriceDescending`].
    #[serde(rename = "-price")]
    PriceDescending(i64, ProductId),
    /// Under [`Sort::Name`].
    #[serde(rename = "name")]
    Name(String, ProductId),
    /// Under [`Sort::RatingDescending`].
    #[serde(rename = "-rating")]
    RatingDescending(i64, ProductId),
}

impl ProductKeyset {
    /// Where `product` stands in a list of that order.
    pub fn from_product(product: &Product, sort: ProductSort) -> Self {
        let id = product.id;
        match sort {
            ProductSort::Newest => Self::Newest(id),
            ProductSort::Price => Self::Price(product.price.cents(), id),
            ProductSort::PriceDescending => Self::PriceDescending(product.price.cents(), id),
            ProductSort::Name => Self::Name(product.name.clone(), id),
            ProductSort::RatingDescending => {
                Self::RatingDescending((product.rating.average * 100.0).round() as i64, id)
            }
        }
    }

    /// The place that a client's cursor names.
    ///
    /// # Errors
    /// When it was not made by a list of this order.
    pub fn from_cursor(cursor: DecodedCursor<Self>, sort: ProductSort) -> Result<Self> {
        cursor.into_key(|place| place.sort() == sort && place.is_valid())
    }

    fn sort(&self) -> ProductSort {
        match self {
            Self::Newest(_) => ProductSort::Newest,
            Self::Price(..) => ProductSort::Price,
            Self::PriceDescending(..) => ProductSort::PriceDescending,
            Self::Name(..) => ProductSort::Name,
            Self::RatingDescending(..) => ProductSort::RatingDescending,
        }
    }

    /// Whether a product can stand there: a cursor is a client's to invent.
    fn is_valid(&self) -> bool {
        match self {
            Self::Newest(_) => true,
            Self::Price(cents, _) | Self::PriceDescending(cents, _) => (0..=Money::MAX.cents()).contains(cents),
            // Not by today's rules for names: a product keeps the one that it was given under others.
            Self::Name(name, _) => (1..=255).contains(&name.chars().count()) && !name.contains('\0'),
            Self::RatingDescending(hundredths, _) => (0..=500).contains(hundredths),
        }
    }
}

/// A shelf and how many products stand on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CategoryCount {
    /// Its name.
    pub category: String,
    /// How many.
    pub count: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cursor;

    #[test]
    fn a_cursor_fits_the_order_that_made_it_and_no_other() {
        let after = |place: &ProductKeyset| serde_json::from_value(Cursor::encode(place).as_str().into()).unwrap();
        let all = [
            (ProductSort::Newest, ProductKeyset::Newest(ProductId::new(7))),
            (ProductSort::Price, ProductKeyset::Price(1999, ProductId::new(7))),
            (ProductSort::PriceDescending, ProductKeyset::PriceDescending(1999, ProductId::new(7))),
            (ProductSort::Name, ProductKeyset::Name("Tea".to_owned(), ProductId::new(7))),
            (ProductSort::RatingDescending, ProductKeyset::RatingDescending(433, ProductId::new(7))),
        ];
        for (made_by, place) in &all {
            for (asked, _) in &all {
                assert_eq!(
                    ProductKeyset::from_cursor(after(place), *asked).is_ok(),
                    made_by == asked,
                    "{made_by:?} {asked:?}"
                );
            }
        }
        let id = ProductId::new(7);
        let name = |name: &str| ProductKeyset::Name(name.to_owned(), id);
        for (sort, place) in [
            (ProductSort::Name, name("a\0")),
            (ProductSort::Name, name("")),
            (ProductSort::Name, name(&"x".repeat(256))),
            (ProductSort::Price, ProductKeyset::Price(-1, id)),
            (ProductSort::PriceDescending, ProductKeyset::PriceDescending(i64::MAX, id)),
            (ProductSort::RatingDescending, ProductKeyset::RatingDescending(501, id)),
        ] {
            assert!(ProductKeyset::from_cursor(after(&place), sort).is_err(), "{place:?}");
        }
    }
}
