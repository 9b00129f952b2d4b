//! Why an order is not placed or does not change its status, and the problem that the client gets.

use super::OrderStatus;
use crate::pricing::{Currency, DiscountError, Quote, ShippingError};
use crate::{Money, Problem, ProblemKind, ProductId};

/// Why an order is not placed or does not change its status.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderError {
    /// The catalog has no such product.
    UnknownProduct(ProductId),
    /// The shop's orders have an address.
    AddressRequired,
    /// The client's total differs from the current one.
    PriceChanged(Box<Quote>),
    /// The goods of an order that waits for a payment would cost something else in a new one.
    GoodsPriceChanged {
        /// What they cost today.
        subtotal: Money,
        currency: Currency,
        /// Whether the order has nothing but goods, so that a new one would have that total.
        goods_only: bool,
    },
    /// An amount exceeds [`Money::MAX`].
    TotalTooLarge(Currency),
    Shipping(ShippingError),
    Discount {
        error: DiscountError,
        currency: Currency,
    },
    /// The status does not allow the change.
    IllegalTransition {
        from: OrderStatus,
        to: OrderStatus,
    },
    /// All of its money has been refunded, or is being refunded: it cannot be shipped.
    AlreadyRefunded,
}

impl From<OrderError> for Problem {
    fn from(rejected: OrderError) -> Self {
        match rejected {
            OrderError::UnknownProduct(id) => {
                Self::new(ProblemKind::NotFound, "unknown_product", format!("Product {id} does not exist."))
                    .with_extension("productId", id)
            }
            OrderError::AddressRequired => Self::invalid_field("shippingAddress", "is required by this shop"),
            OrderError::PriceChanged(quote) => {
                let total = quote.amounts.total;
                let detail = format!("The price has changed: the total is now {}.", quote.currency.format(total));
                Self::conflict("price_changed", detail).with_extension("total", total).with_extension("quote", quote)
            }
            OrderError::GoodsPriceChanged { subtotal, currency, goods_only } => {
                let detail = format!("The prices have changed: the products now cost {}.", currency.format(subtotal));
                let problem = Self::conflict("price_changed", detail).with_extension("subtotal", subtotal);
                if goods_only { problem.with_extension("total", subtotal) } else { problem }
            }
            OrderError::TotalTooLarge(currency) => {
                Self::invalid_field("items", format!("the total must not exceed {}", currency.format(Money::MAX)))
            }
            OrderError::Shipping(error) => error.into(),
            OrderError::Discount { error, currency } => error.problem(currency),
            OrderError::IllegalTransition { from, to } => Self::conflict(
                "illegal_transition",
                format!("An order with status {} cannot be changed to {}.", from.as_str(), to.as_str()),
            ),
            OrderError::AlreadyRefunded => Self::conflict("illegal_transition", "A refunded order cannot be shipped."),
        }
    }
}
