//! What a customer asks for, and the order that becomes of it: named, priced and ready to be placed.

use super::{Basket, Order, OrderError, OrderLine, OrderStatus, PricedProduct};
use crate::addresses::Address;
use crate::pricing::{
    self, Amounts, Currency, Discount, DiscountCode, DiscountError, Goods, MethodName, NamedDiscount, PricingRules,
    QuoteLines, QuoteRequest,
};
use crate::users::Email;
use crate::{DiscountId, Money, OrderId, Result, ShippingMethodId, Timestamp, UserId};

/// What a customer asks for.
#[derive(Clone, Copy, Debug)]
pub struct OrderRequest<'a> {
    pub basket: &'a Basket,
    pub address: Option<&'a Address>,
    pub email: Option<&'a Email>,
    /// `None`: the cheapest one to the address.
    pub shipping_method: Option<ShippingMethodId>,
    pub discount_code: Option<&'a DiscountCode>,
    /// The total that the client showed.
    pub client_total: Option<Money>,
}

impl<'a> OrderRequest<'a> {
    /// Goods without anything else, as the first clients order them.
    pub const fn goods(basket: &'a Basket) -> Self {
        Self { basket, address: None, email: None, shipping_method: None, discount_code: None, client_total: None }
    }
}

/// An order that is ready to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderDraft {
    pub currency: Currency,
    /// By ascending product id.
    pub lines: Vec<OrderLine>,
    pub amounts: Amounts,
    pub shipping_address: Option<Address>,
    pub email: Option<Email>,
    /// The method, and its name: the order keeps a copy.
    pub shipping_method: Option<(ShippingMethodId, MethodName)>,
    /// The discount that the order uses once.
    pub discount: Option<(DiscountId, DiscountCode)>,
    /// Of the rules that it was priced by. It is placed only while they are the latest.
    pub rules_version: i64,
}

impl OrderDraft {
    /// The order once it is stored: pending.
    pub fn placed(&self, id: OrderId, user_id: UserId, at: Timestamp) -> Order {
        let Amounts { subtotal, discount, shipping, shipping_tax, tax, tax_included, total } = self.amounts;
        Order {
            id,
            user_id,
            currency: self.currency,
            subtotal,
            discount,
            shipping,
            shipping_tax,
            tax,
            tax_included,
            total,
            status: OrderStatus::Pending,
            shipping_address: self.shipping_address.clone(),
            email: self.email.clone(),
            shipping_method: self.shipping_method.as_ref().map(|(_, name)| name.clone()),
            discount_code: self.discount.as_ref().map(|(_, code)| code.clone()),
            created_at: at,
            updated_at: at,
            items: self.lines.clone(),
        }
    }
}

/// Names and prices an order, and compares it with the total that the client saw. `discount` is what
/// the request's code stands for, `None` if there is no such code.
///
/// # Errors
/// [`OrderError`]: nothing has been done then.
pub fn price_order(
    request: &OrderRequest<'_>,
    catalog: &[PricedProduct],
    rules: &PricingRules,
    discount: Option<&Discount>,
    now: Timestamp,
) -> Result<OrderDraft, OrderError> {
    if rules.settings.address_required && request.address.is_none() {
        return Err(OrderError::AddressRequired);
    }
    let currency = rules.settings.currency;
    let products = find_products(request.basket, catalog)?;
    let goods: Vec<Goods> = products.iter().map(|(product, quantity)| goods_of(product, *quantity)).collect();
    let method = rules.choose_method(request.address, request.shipping_method).map_err(OrderError::Shipping)?;
    let subtotal = subtotal(&goods).ok_or(OrderError::TotalTooLarge(currency))?;
    let discount = match request.discount_code {
        Some(_) => Some(usable(discount, subtotal, now).map_err(|error| OrderError::Discount { error, currency })?),
        None => None,
    };
    let priced = pricing::price(&goods, rules, request.address, method, discount);
    let priced = priced.ok_or(OrderError::TotalTooLarge(currency))?;
    let lines = products.iter().zip(&priced.lines).map(|((product, quantity), line)| OrderLine {
        product_id: product.product_id,
        name: product.name.clone(),
        quantity: *quantity,
        price: product.price,
        discount: line.discount,
        tax: line.tax,
        tax_rate: line.tax_rate,
        total: line.total,
    });
    let draft = OrderDraft {
        currency,
        lines: lines.collect(),
        amounts: priced.amounts,
        shipping_address: request.address.cloned(),
        email: request.email.cloned(),
        shipping_method: method.map(|method| (method.id, method.name.clone())),
        discount: discount.map(|discount| (discount.id, discount.code.clone())),
        rules_version: rules.version,
    };
    if request.client_total.is_none_or(|seen| seen == draft.amounts.total) {
        return Ok(draft);
    }
    let discount = discount.map_or(NamedDiscount::None, |discount| NamedDiscount::Found { discount, customer_uses: 0 });
    let (lines, address, method) = (&QuoteLines::from(request.basket), request.address, request.shipping_method);
    let fresh = pricing::quote(QuoteRequest { lines, address, method, discount }, catalog, rules, now);
    Err(fresh.map_or(OrderError::TotalTooLarge(currency), |quote| OrderError::PriceChanged(Box::new(quote))))
}

/// The products of a basket with their quantities, by ascending id.
fn find_products<'c>(
    basket: &Basket,
    catalog: &'c [PricedProduct],
) -> Result<Vec<(&'c PricedProduct, i32)>, OrderError> {
    let find = |(product_id, quantity)| {
        let found = catalog.iter().find(|product| product.product_id == product_id);
        found.map(|product| (product, quantity)).ok_or(OrderError::UnknownProduct(product_id))
    };
    basket.lines().map(find).collect()
}

fn goods_of(product: &PricedProduct, quantity: i32) -> Goods {
    let PricedProduct { product_id, price, ref category, .. } = *product;
    Goods { product_id, quantity, price, category: category.clone() }
}

fn subtotal(goods: &[Goods]) -> Option<Money> {
    let line = |line: &Goods| line.price.checked_mul(i64::from(line.quantity));
    goods.iter().try_fold(Money::ZERO, |sum, goods| sum.checked_add(line(goods)?))
}

fn usable(discount: Option<&Discount>, subtotal: Money, now: Timestamp) -> Result<&Discount, DiscountError> {
    let discount = discount.ok_or(DiscountError::Unknown)?;
    discount.check(subtotal, now)?;
    Ok(discount)
}
