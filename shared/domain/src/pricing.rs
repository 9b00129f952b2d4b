//! What an order costs: its goods, a discount, shipping and tax. Pure, and the only place that
//! computes any of them: a quote and an order are the same function.

mod conflicts;
mod discount;
mod drafts;
mod error;
mod percentage;
mod price;
mod quote;
mod rules;

pub use conflicts::{MAX_SHIPPING_METHODS, MAX_TAX_RATES, PricingConflict};
pub use discount::{Discount, DiscountCode, DiscountError, DiscountRecord, DiscountValue};
pub use drafts::{Days, DiscountDraft, DiscountTerms, ShippingMethodDraft, ShopSettingsDraft, TaxRateDraft, UseLimit};
pub use percentage::Percentage;
pub use price::{Amounts, Goods, PricedGoods, PricedLine, price};
pub use quote::{NamedDiscount, OfferedMethod, Quote, QuoteLines, QuoteProblem, QuoteRequest, QuotedItem, quote};
pub use rules::{
    Currency, InvoiceAddress, MethodName, PricingRules, ShippingError, ShippingMethod, Shop, ShopName, ShopSettings,
    TaxRate,
};
