//! Why an order is not placed or does not change its status, and the problem that the client gets.

use super::OrderStatus;
use crate::{Money, Problem, ProblemKind, ProductId};

/// Why an order is not placed or does not change its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderError {
    /// The catalog has no such product.
    UnknownProduct(ProductId),
    /// The client's total differs from the current one.
    PriceChanged {
        /// The total at the catalog's current prices.
        total: Money,
    },
    /// The total exceeds [`Money::MAX`].
    TotalTooLarge,
    /// The status does not allow the change.
    IllegalTransition { from: OrderStatus, to: OrderStatus },
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
            OrderError::PriceChanged { total } => {
                Self::conflict("price_changed", format!("The price has changed: the total is now €{total}."))
                    .with_extension("total", total)
            }
            OrderError::TotalTooLarge => {
                Self::invalid_field("items", format!("the total must not exceed €{}", Money::MAX))
            }
            OrderError::IllegalTransition { from, to } => Self::conflict(
                "illegal_transition",
                format!("An order with status {} cannot be changed to {}.", from.as_str(), to.as_str()),
            ),
            OrderError::AlreadyRefunded => Self::conflict("illegal_transition", "A refunded order cannot be shipped."),
        }
    }
}
