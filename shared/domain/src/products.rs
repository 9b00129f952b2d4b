//! The products of the catalog and their lists.

mod image;

use serde::{Deserialize, Serialize};

use crate::text::text;
use crate::{DecodedCursor, Money, ProductId, Result, Timestamp};

pub use image::ImageLink;

text! {
    ProductName = 1..=255 by one_line,
    Description = 0..=10000,
    /// Two categories that differ only in case are one: productdb keeps the first spelling.
    Category = 1..=100 by one_line,
    Search = 0..=200,
}

/// The mean of a product's ratings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AverageRating {
    /// 1 to 5 with two decimals; 0 without reviews.
    pub average: f64,
    /// The number of reviews.
    pub count: i64,
}

impl AverageRating {
    /// From the sum of `count` ratings.
    pub fn from_sum(count: i64, sum: i64) -> Self {
        let average = if count > 0 { (sum as f64 * 100.0 / count as f64).round() / 100.0 } else { 0.0 };
        Self { average, count }
    }
}

/// A product as everyone sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    pub id: ProductId,
    pub name: String,
    pub description: Option<String>,
    /// The price of one unit.
    pub price: Money,
    /// What inventory has available.
    pub stock: i32,
    /// A link to its picture.
    pub image: Option<String>,
    pub category: Option<String>,
    pub rating: AverageRating,
    /// When it was added to the catalog.
    pub created_at: Timestamp,
    /// When its own data last changed.
    pub updated_at: Timestamp,
}

/// A product's data as an admin writes it; `stock` belongs to inventory and is sent beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductDraft {
    pub name: ProductName,
    pub description: Option<Description>,
    /// The price of one unit.
    pub price: Money,
    pub image: Option<ImageLink>,
    pub category: Option<Category>,
}

/// The order of a product list. Ties are broken by id, so that every order is total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ProductSort {
    /// The product added last comes first.
    #[default]
    #[serde(rename = "newest")]
    Newest,
    /// The lowest price comes first.
    #[serde(rename = "price")]
    Price,
    /// The highest price comes first.
    #[serde(rename = "-price")]
    PriceDescending,
    /// By name, in alphabetical order.
    #[serde(rename = "name")]
    Name,
    /// The highest average rating comes first.
    #[serde(rename = "-rating")]
    RatingDescending,
}

/// The filters of a product list; they combine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// Words that name or description must contain, each as a prefix; text without a word finds
    /// nothing.
    pub search: Option<Search>,
    /// The whole category name, not a part of it.
    pub category: Option<Category>,
    /// The lowest price to list, inclusive.
    pub min_price: Option<Money>,
    /// The highest price to list, inclusive.
    pub max_price: Option<Money>,
    /// Only products that are, or are not, available.
    pub in_stock: Option<bool>,
}

/// A product's position in a list: what the next page starts after. Amounts are in cents, ratings
/// in hundredths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductKeyset {
    #[serde(rename = "newest")]
    Newest(ProductId),
    #[serde(rename = "price")]
    Price(i64, ProductId),
    #[serde(rename = "-price")]
    PriceDescending(i64, ProductId),
    #[serde(rename = "name")]
    Name(String, ProductId),
    #[serde(rename = "-rating")]
    RatingDescending(i64, ProductId),
}

impl ProductKeyset {
    /// The position of `product` in a list of that order.
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

    /// The position that a client's cursor names.
    ///
    /// # Errors
    /// When no list of this order made it.
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

    /// Whether a product can be at this position: clients can invent cursors.
    fn is_valid(&self) -> bool {
        match self {
            Self::Newest(_) => true,
            Self::Price(cents, _) | Self::PriceDescending(cents, _) => (0..=Money::MAX.cents()).contains(cents),
            // Not by today's rules for names: a product keeps a name that was given under earlier
            // rules.
            Self::Name(name, _) => (1..=255).contains(&name.chars().count()) && !name.contains('\0'),
            Self::RatingDescending(hundredths, _) => (0..=500).contains(hundredths),
        }
    }
}

/// A category and the number of its products.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CategoryCount {
    pub category: String,
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
