//! What an order costs: its goods, a discount, shipping and tax. Pure, and the only place that
//! computes any of them: a quote and an order are the same function.

mod percentage;
mod price;
mod problems;
mod reasons;
mod rules;

pub use percentage::Percentage;
pub use price::{Amounts, Goods, PricedGoods, PricedLine, price};
pub use rules::{
    Currency, Discount, DiscountCode, DiscountError, DiscountValue, InvoiceAddress, MethodName, PricingRules,
    ShippingError, ShippingMethod, ShopName, ShopSettings, TaxRate,
};
