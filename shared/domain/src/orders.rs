//! Orders: their lines and prices, and the allowed changes of status.

use serde::{Deserialize, Serialize};

use crate::addresses::Address;
use crate::pricing::{Currency, DiscountCode, MethodName, Percentage};
use crate::users::Email;
use crate::{Money, OrderId, ProductId, Result, Timestamp, UserId};

mod basket;
mod compat;
mod draft;
mod error;
mod fulfilments;
mod line_refunds;
mod returns;

pub use basket::{Basket, BasketLine, InvalidLineCount, MAX_BASKET_LINES, MAX_LINE_QUANTITY, Quantity};
pub use draft::{OrderDraft, OrderRequest, price_order};
pub use error::OrderError;
pub use fulfilments::{
    Carrier, ExcessPieces, Fulfilment, FulfilmentError, FulfilmentLine, FulfilmentStatus, Tracking, TrackingNumber,
    TrackingUrl, left_to_ship, plan_shipment, status_after_delivery,
};
pub use line_refunds::{LinePosition, LineRefund, LineRefundError, RefundPlan, RefundPosition, refund_share};
pub use returns::{
    MAX_RETURNS, Return, ReturnError, ReturnLine, ReturnNote, ReturnReason, ReturnStatus, ReturnWindow, Returnable,
    left_to_return, plan_restock, plan_return, returnable_until,
};

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum OrderStatus {
    /// Being reserved and charged; a client sees it only while that runs.
    Pending,
    /// The units are reserved and the payment is captured.
    Confirmed,
    /// Some of its pieces have left.
    PartiallyShipped,
    /// All of its pieces have left.
    Shipped,
    Delivered,
    /// The card was declined; it may be paid again.
    PaymentFailed,
    /// Stock and money were returned.
    Cancelled,
}

impl OrderStatus {
    /// As SQL carries it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Parses a stored value; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// Whether a user may request the change from this status to `to`. Changes out of `pending`,
    /// and from `payment_failed` to `confirmed`, are made by the checkout only. A fulfilment makes an
    /// order `partially_shipped`; such an order cannot be cancelled.
    pub const fn can_transition_to(self, to: Self) -> bool {
        matches!(
            (self, to),
            (Self::Confirmed, Self::Shipped | Self::Cancelled)
                | (Self::PartiallyShipped, Self::Shipped)
                | (Self::Shipped, Self::Delivered)
                | (Self::PaymentFailed, Self::Cancelled)
        )
    }
}

/// What the catalog has of a product now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedProduct {
    pub product_id: ProductId,
    pub name: String,
    /// The price of one unit.
    pub price: Money,
    /// Decides its tax rate.
    pub category: Option<String>,
    /// The units that the catalog shows. Inventory decides when an order reserves them.
    pub stock: i32,
}

/// A line of an order: name and price are the catalog's at the time of purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", from = "compat::OrderLineCompat")]
pub struct OrderLine {
    pub product_id: ProductId,
    pub name: String,
    pub quantity: i32,
    /// The price of one unit.
    pub price: Money,
    /// Its share of the order's discount.
    pub discount: Money,
    /// The tax on it, whether or not its price includes tax.
    pub tax: Money,
    /// The rate of that tax, in percent.
    pub tax_rate: Percentage,
    /// What is paid for it: price times quantity, less the discount, and its tax if prices do not
    /// include tax.
    pub total: Money,
}

impl OrderLine {
    /// A line that costs its goods only.
    pub fn goods(product_id: ProductId, name: String, quantity: i32, price: Money) -> Self {
        let total = Money::from_cents(price.cents() * i64::from(quantity));
        let (discount, tax, tax_rate) = (Money::ZERO, Money::ZERO, Percentage::ZERO);
        Self { product_id, name, quantity, price, discount, tax, tax_rate, total }
    }
}

/// A line as events carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderEventLine {
    pub product_id: ProductId,
    pub name: String,
    pub quantity: i32,
    /// Price per unit, in cents.
    pub price_cents: i64,
}

impl From<&OrderLine> for OrderEventLine {
    fn from(line: &OrderLine) -> Self {
        Self {
            product_id: line.product_id,
            name: line.name.clone(),
            quantity: line.quantity,
            price_cents: line.price.cents(),
        }
    }
}

/// An order as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", from = "compat::OrderCompat")]
pub struct Order {
    pub id: OrderId,
    /// The customer who placed the order.
    pub user_id: UserId,
    /// The shop's when the order was placed.
    pub currency: Currency,
    /// Quantity times price of all lines.
    pub subtotal: Money,
    /// The sum of the lines' discounts.
    pub discount: Money,
    pub shipping: Money,
    /// The tax on shipping, which is part of `tax`.
    pub shipping_tax: Money,
    /// The tax on all lines and on shipping.
    pub tax: Money,
    /// Whether prices and shipping include their tax.
    pub tax_included: bool,
    /// What is paid: subtotal − discount + shipping, and the tax if it is not included.
    pub total: Money,
    pub status: OrderStatus,
    /// A copy, as the request had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// A copy, as the request had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The name that the method had when the order was placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_method: Option<MethodName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_code: Option<DiscountCode>,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
    pub items: Vec<OrderLine>,
}

/// One status in the history of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// The status that the order reached.
    pub status: OrderStatus,
    pub at: Timestamp,
    /// The reason, or what happened while it kept its status: a refund, a change of a return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How long an order that waits for a payment keeps its prices, in seconds: long enough to find
/// another card, short enough that a price change takes effect.
pub const PRICE_GUARANTEE_SECONDS: i64 = 24 * 3600;

/// Whether an order that waits for a payment can still be paid at its total. Only the prices of its
/// goods count: it keeps the tax, the shipping and the discount that it was placed with.
///
/// # Errors
/// [`OrderError::UnknownProduct`] when a product is no longer in the catalog,
/// [`OrderError::GoodsPriceChanged`] when the order is older than [`PRICE_GUARANTEE_SECONDS`] and its
/// goods cost something else today.
pub fn check_payable(order: &Order, catalog: &[PricedProduct], now: Timestamp) -> Result<(), OrderError> {
    let mut subtotal = Some(Money::ZERO);
    for line in &order.items {
        let priced = catalog.iter().find(|priced| priced.product_id == line.product_id);
        let price = priced.ok_or(OrderError::UnknownProduct(line.product_id))?.price;
        subtotal = subtotal.and_then(|sum| sum.checked_add(price.checked_mul(i64::from(line.quantity))?));
    }
    if now.seconds() - order.created_at.seconds() <= PRICE_GUARANTEE_SECONDS {
        return Ok(());
    }
    let currency = order.currency;
    let subtotal = subtotal.ok_or(OrderError::TotalTooLarge(currency))?;
    if subtotal == order.subtotal {
        return Ok(());
    }
    Err(OrderError::GoodsPriceChanged { subtotal, currency, goods_only: order.total == order.subtotal })
}

#[cfg(test)]
mod tests;
