//! Orders: their lines and prices, and the allowed changes of status.

use serde::{Deserialize, Serialize};

use crate::{Money, OrderId, ProductId, Result, Timestamp, UserId};

mod basket;
mod error;
mod fulfilments;

pub use basket::{Basket, BasketLine, InvalidLineCount, MAX_BASKET_LINES, MAX_LINE_QUANTITY, Quantity};
pub use error::OrderError;
pub use fulfilments::{
    Carrier, ExcessPieces, Fulfilment, FulfilmentError, FulfilmentLine, FulfilmentStatus, Tracking, TrackingNumber,
    TrackingUrl, left_to_ship, plan_shipment, status_after_delivery,
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

/// The current name and price of a product in the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedProduct {
    pub product_id: ProductId,
    pub name: String,
    /// The price of one unit.
    pub price: Money,
}

/// A line of an order: name and price are the catalog's at the time of purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    pub product_id: ProductId,
    pub name: String,
    pub quantity: i32,
    /// The price of one unit.
    pub price: Money,
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
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub id: OrderId,
    /// The customer who placed the order.
    pub user_id: UserId,
    /// The sum of its lines.
    pub total: Money,
    pub status: OrderStatus,
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
    /// The reason, if there is more to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A basket with names and prices, ready to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderDraft {
    /// By ascending product id.
    pub lines: Vec<OrderLine>,
    /// The sum of all lines.
    pub total: Money,
}

/// Prices a basket from the catalog and compares it with the total that the client saw.
///
/// # Errors
/// [`OrderError::UnknownProduct`], [`OrderError::PriceChanged`], [`OrderError::TotalTooLarge`]:
/// nothing has been done then.
pub fn price_basket(
    basket: &Basket,
    catalog: &[PricedProduct],
    client_total: Option<Money>,
) -> Result<OrderDraft, OrderError> {
    let mut lines = Vec::with_capacity(basket.lines().len());
    let mut total = Money::ZERO;
    for (product_id, quantity) in basket.lines() {
        let priced =
            catalog.iter().find(|p| p.product_id == product_id).ok_or(OrderError::UnknownProduct(product_id))?;
        let amount = priced.price.checked_mul(i64::from(quantity)).ok_or(OrderError::TotalTooLarge)?;
        total = total.checked_add(amount).ok_or(OrderError::TotalTooLarge)?;
        lines.push(OrderLine { product_id, name: priced.name.clone(), quantity, price: priced.price });
    }
    match client_total {
        Some(expected) if expected != total => Err(OrderError::PriceChanged { total }),
        _ => Ok(OrderDraft { lines, total }),
    }
}

/// How long an order that waits for a payment keeps its prices, in seconds: long enough to find
/// another card, short enough that a price change takes effect.
pub const PRICE_GUARANTEE_SECONDS: i64 = 24 * 3600;

/// Whether an order that waits for a payment can still be paid at its total.
///
/// # Errors
/// [`OrderError::UnknownProduct`] when a product is no longer in the catalog,
/// [`OrderError::PriceChanged`] when the order is older than [`PRICE_GUARANTEE_SECONDS`] and would
/// cost something else today.
pub fn check_payable(order: &Order, catalog: &[PricedProduct], now: Timestamp) -> Result<(), OrderError> {
    let mut total = Some(Money::ZERO);
    for line in &order.items {
        let priced = catalog.iter().find(|priced| priced.product_id == line.product_id);
        let price = priced.ok_or(OrderError::UnknownProduct(line.product_id))?.price;
        total = total.and_then(|total| total.checked_add(price.checked_mul(i64::from(line.quantity))?));
    }
    if now.seconds() - order.created_at.seconds() <= PRICE_GUARANTEE_SECONDS {
        return Ok(());
    }
    let total = total.ok_or(OrderError::TotalTooLarge)?;
    if total == order.total { Ok(()) } else { Err(OrderError::PriceChanged { total }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wanted(product: i32, quantity: i32) -> BasketLine {
        BasketLine { product_id: ProductId::new(product), quantity: Quantity::try_from(i64::from(quantity)).unwrap() }
    }

    fn catalog() -> Vec<PricedProduct> {
        (1..=60)
            .map(|id| PricedProduct {
                product_id: ProductId::new(id),
                name: format!("P{id}"),
                price: Money::from_cents(i64::from(id) * 333),
            })
            .collect()
    }

    #[test]
    fn duplicate_lines_are_summed_and_sorted() {
        let basket = Basket::from_lines(&[wanted(9, 1), wanted(2, 3), wanted(9, 1)]).unwrap();
        let lines: Vec<_> = basket.lines().map(|(p, q)| (p.get(), q)).collect();
        assert_eq!(lines, [(2, 3), (9, 2)]);
    }

    #[test]
    fn a_total_that_differs_by_a_cent_is_refused_with_the_right_one() {
        let basket = Basket::from_lines(&[wanted(1, 1)]).unwrap();
        let off = price_basket(&basket, &catalog(), Some(Money::from_cents(334)));
        assert_eq!(off, Err(OrderError::PriceChanged { total: Money::from_cents(333) }));
        assert!(price_basket(&basket, &catalog(), Some(Money::from_cents(333))).is_ok());
    }

    #[test]
    fn a_declined_order_keeps_its_prices_for_a_day_and_its_products_as_long_as_they_are_there() {
        let at = |hours: i64| Timestamp::from_millis(hours * 3_600_000);
        let line =
            |product, price| OrderLine { product_id: ProductId::new(product), name: "P".into(), quantity: 2, price };
        let order = Order {
            id: OrderId::new(1),
            user_id: UserId::new(1),
            total: Money::from_cents(1998),
            status: OrderStatus::PaymentFailed,
            created_at: at(0),
            updated_at: at(0),
            items: vec![line(1, Money::from_cents(333)), line(2, Money::from_cents(666))],
        };
        let dearer: Vec<PricedProduct> = catalog()
            .into_iter()
            .map(|p| PricedProduct { price: p.price.checked_add(Money::from_cents(1)).unwrap(), ..p })
            .collect();
        assert_eq!(check_payable(&order, &catalog(), at(48)), Ok(()));
        assert_eq!(check_payable(&order, &dearer, at(24)), Ok(()));
        let changed = Err(OrderError::PriceChanged { total: Money::from_cents(2002) });
        assert_eq!(check_payable(&order, &dearer, at(25)), changed);
        let gone: Vec<PricedProduct> = catalog().into_iter().filter(|p| p.product_id.get() != 2).collect();
        assert_eq!(check_payable(&order, &gone, at(1)), Err(OrderError::UnknownProduct(ProductId::new(2))));
    }

    #[test]
    fn only_these_status_transitions_are_allowed() {
        use OrderStatus::*;
        let all = [Pending, Confirmed, PartiallyShipped, Shipped, Delivered, PaymentFailed, Cancelled];
        let allowed = [
            (Confirmed, Shipped),
            (Confirmed, Cancelled),
            (PartiallyShipped, Shipped),
            (Shipped, Delivered),
            (PaymentFailed, Cancelled),
        ];
        for from in all {
            assert_eq!(OrderStatus::parse(from.as_str()), Some(from));
            for to in all {
                assert_eq!(from.can_transition_to(to), allowed.contains(&(from, to)), "{from:?} → {to:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_total_is_the_integer_sum_whatever_the_lines(lines in prop::collection::vec((1..=60i32, 1..=100i32), 1..=50)) {
            let basket = Basket::from_lines(&lines.iter().map(|(p, q)| wanted(*p, *q)).collect::<Vec<_>>()).unwrap();
            let draft = price_basket(&basket, &catalog(), None).unwrap();
            let sum: i64 = lines.iter().map(|(p, q)| i64::from(*p) * 333 * i64::from(*q)).sum();
            prop_assert_eq!(draft.total.cents(), sum);
            prop_assert!(draft.lines.windows(2).all(|w| w[0].product_id < w[1].product_id));
        }
    }
}
