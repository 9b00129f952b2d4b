//! A product as an admin writes it.

use domain::Money;
use domain::inventory::StockQuantity;
use domain::products::{Category, Description, ImageLink, ProductDraft, ProductName};
use serde::Deserialize;
use utoipa::ToSchema;

/// A whole product: what is left out is empty, except for the stock.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProductData {
    name: ProductName,
    #[schema(maximum = 99999999.99)]
    price: Money,
    description: Option<Description>,
    /// Pieces in the warehouse, those reserved for orders included. Left out: stays as it is.
    stock: Option<StockQuantity>,
    image: Option<ImageLink>,
    category: Option<Category>,
}

impl ProductData {
    /// The catalogue's part and inventory's.
    pub(crate) fn into_parts(self) -> (ProductDraft, Option<StockQuantity>) {
        let Self { name, price, description, stock, image, category } = self;
        (ProductDraft { name, description, price, image, category }, stock)
    }
}
