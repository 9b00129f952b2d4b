//! What an order would cost, and what would keep it from being placed. Reserves nothing.

use serde::{Deserialize, Serialize};

use super::{Amounts, Currency, Discount, DiscountError, Goods, PricingRules, ShippingError, ShippingMethod, price};
use crate::addresses::Address;
use crate::orders::{Basket, BasketLine, InvalidLineCount, PricedProduct};
use crate::{JsonObject, Money, ProductId, ShippingMethodId, Timestamp};

/// Lines as a client sent them: problems name a line by its place among them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<JsonObject<BasketLine>>")]
pub struct QuoteLines {
    sent: Vec<ProductId>,
    basket: Basket,
}

impl TryFrom<Vec<JsonObject<BasketLine>>> for QuoteLines {
    type Error = InvalidLineCount;
    fn try_from(lines: Vec<JsonObject<BasketLine>>) -> Result<Self, InvalidLineCount> {
        let sent = lines.iter().map(|line| line.0.product_id).collect();
        Ok(Self { sent, basket: Basket::try_from(lines)? })
    }
}

impl From<&Basket> for QuoteLines {
    fn from(basket: &Basket) -> Self {
        Self { sent: basket.lines().map(|(product, _)| product).collect(), basket: basket.clone() }
    }
}

impl QuoteLines {
    /// The lines as an order has them: each product once, by ascending id.
    pub fn basket(&self) -> &Basket {
        &self.basket
    }

    /// The first line of a product.
    fn field_of(&self, product: ProductId) -> String {
        let place = self.sent.iter().position(|sent| *sent == product).unwrap_or_default();
        format!("items[{place}]")
    }
}

/// The discount that a client named.
#[derive(Clone, Copy, Debug)]
pub enum NamedDiscount<'a> {
    /// The client named none.
    None,
    /// There is no such code.
    Unknown,
    Found {
        discount: &'a Discount,
        /// How many orders of this customer hold a use of it; 0 for a stranger.
        customer_uses: i32,
    },
}

impl<'a> NamedDiscount<'a> {
    /// The discount, if goods of this price may have it now.
    fn check(self, subtotal: Money, now: Timestamp) -> Result<Option<&'a Discount>, DiscountError> {
        match self {
            Self::None => Ok(None),
            Self::Unknown => Err(DiscountError::Unknown),
            Self::Found { discount, customer_uses } => {
                discount.check(subtotal, now)?;
                let used = discount.max_uses_per_customer.is_some_and(|most| customer_uses >= most);
                if used { Err(DiscountError::UsedByCustomer) } else { Ok(Some(discount)) }
            }
        }
    }
}

/// What a client wants to know the price of.
#[derive(Clone, Copy, Debug)]
pub struct QuoteRequest<'a> {
    pub lines: &'a QuoteLines,
    pub address: Option<&'a Address>,
    pub method: Option<ShippingMethodId>,
    pub discount: NamedDiscount<'a>,
}

/// A product of a quote.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuotedItem {
    pub product_id: ProductId,
    pub name: String,
    /// Of all lines with this product.
    pub quantity: i32,
    /// The price of one unit.
    pub price: Money,
    /// Its share of the discount.
    pub discount: Money,
    /// The tax on it.
    pub tax: Money,
    /// What is paid for it.
    pub total: Money,
    /// The code of its problem, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<&'static str>,
}

/// A shipping method that delivers there.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferedMethod {
    pub id: ShippingMethodId,
    pub name: String,
    /// What it costs with these goods.
    pub price: Money,
    /// The fewest days until delivery.
    pub min_days: i32,
    /// The most days until delivery.
    pub max_days: i32,
}

/// Something that would keep the order from being placed as it is.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuoteProblem {
    /// Its path in the request: `items[0]`, `discountCode`.
    pub field: String,
    /// `unknown_product`, `insufficient_stock`, `shipping_unavailable`, `unknown_shipping_method`, or
    /// one that begins with `discount_`.
    pub code: &'static str,
    /// One sentence for a person.
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// The units that are left, of `insufficient_stock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<i32>,
}

/// The price of a basket. What has a problem counts as if it had not been sent, except goods that
/// are short, which have their price.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    pub currency: Currency,
    /// Each product that the catalog has once, by ascending id.
    pub items: Vec<QuotedItem>,
    #[serde(flatten)]
    pub amounts: Amounts,
    /// The methods that deliver there, by price. Without an address: to the shop's own country.
    pub shipping_methods: Vec<OfferedMethod>,
    /// The method that `shipping` is the price of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_method_id: Option<ShippingMethodId>,
    /// Empty if the order could be placed now.
    pub problems: Vec<QuoteProblem>,
}

/// What an order of these goods would cost now; `None` if an amount exceeds [`Money::MAX`]. `catalog`
/// has the products that exist.
pub fn quote(
    request: QuoteRequest<'_>,
    catalog: &[PricedProduct],
    rules: &PricingRules,
    now: Timestamp,
) -> Option<Quote> {
    let QuoteRequest { lines, address, method, discount } = request;
    let mut problems = Vec::new();
    let mut bought: Vec<(&PricedProduct, Goods)> = Vec::new();
    for (product_id, quantity) in lines.basket().lines() {
        let known = catalog.iter().find(|product| product.product_id == product_id);
        problems.extend(line_problem(lines.field_of(product_id), product_id, quantity, known));
        if let Some(product) = known {
            let category = product.category.clone();
            bought.push((product, Goods { product_id, quantity, price: product.price, category }));
        }
    }
    let goods: Vec<Goods> = bought.iter().map(|(_, goods)| goods.clone()).collect();

    let subtotal = price(&goods, rules, address, None, None)?.amounts.subtotal;
    let discount = discount.check(subtotal, now).unwrap_or_else(|error| {
        problems.push(discount_problem(error, rules.settings.currency));
        None
    });
    let chosen = rules.choose_method(address, method).unwrap_or_else(|error| {
        problems.push(shipping_problem(error));
        None
    });
    // Nothing is shipped when nothing is bought.
    let chosen = chosen.filter(|_| !goods.is_empty());
    let priced = price(&goods, rules, address, chosen, discount)?;

    let items = bought.iter().zip(&priced.lines).map(|((product, goods), line)| QuotedItem {
        product_id: product.product_id,
        name: product.name.clone(),
        quantity: goods.quantity,
        price: goods.price,
        discount: line.discount,
        tax: line.tax,
        total: line.total,
        problem: problems.iter().find(|p| p.product_id == Some(product.product_id)).map(|problem| problem.code),
    });
    let paid_for_goods = priced.amounts.subtotal - priced.amounts.discount;
    let methods = rules.methods_for(rules.country(address));
    Some(Quote {
        currency: rules.settings.currency,
        items: items.collect(),
        amounts: priced.amounts,
        shipping_methods: methods.into_iter().map(|method| offer(method, paid_for_goods)).collect(),
        shipping_method_id: chosen.map(|method| method.id),
        problems,
    })
}

fn offer(method: &ShippingMethod, goods: Money) -> OfferedMethod {
    OfferedMethod {
        id: method.id,
        name: method.name.as_str().to_owned(),
        price: method.price_for(goods),
        min_days: method.min_days,
        max_days: method.max_days,
    }
}

/// What is wrong with a line: the catalog does not have its product, or shows too few of it.
fn line_problem(
    field: String,
    product_id: ProductId,
    quantity: i32,
    known: Option<&PricedProduct>,
) -> Option<QuoteProblem> {
    let (code, detail, available) = match known {
        None => ("unknown_product", format!("Product {product_id} does not exist."), None),
        Some(product) if product.stock < quantity => {
            let detail = format!("Only {} of {} are available.", product.stock, product.name);
            ("insufficient_stock", detail, Some(product.stock))
        }
        Some(_) => return None,
    };
    Some(QuoteProblem { field, code, detail, product_id: Some(product_id), available })
}

fn discount_problem(error: DiscountError, currency: Currency) -> QuoteProblem {
    let field = "discountCode".to_owned();
    QuoteProblem { field, code: error.code(), detail: error.detail(currency), product_id: None, available: None }
}

fn shipping_problem(error: ShippingError) -> QuoteProblem {
    let field = error.field().to_owned();
    QuoteProblem { field, code: error.code(), detail: error.detail(), product_id: None, available: None }
}
