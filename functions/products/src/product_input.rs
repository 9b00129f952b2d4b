//! A product as an admin writes it.

use domain::Money;
use domain::inventory::StockQuantity;
use domain::products::{Category, Description, ImageLink, ProductDraft, ProductName};
use serde::Deserialize;
use utoipa::ToSchema;

/// A complete product: omitted members are empty, except for the stock.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProductData {
    name: ProductName,
    #[schema(maximum = 99999999.99)]
    price: Money,
    description: Option<Description>,
    /// Units in the warehouse, including those reserved for orders. Omitted: unchanged.
    stock: Option<StockQuantity>,
    image: Option<ImageLink>,
    category: Option<Category>,
}

impl ProductData {
    /// The part of the catalog and that of inventory.
    pub(crate) fn into_parts(self) -> (ProductDraft, Option<StockQuantity>) {
        let Self { name, price, description, stock, image, category } = self;
        (ProductDraft { name, description, price, image, category }, stock)
    }
}
