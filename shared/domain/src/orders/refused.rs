//! Why an order is not placed or does not move, and what its client is told.

use super::Status;
use crate::{Kind, Money, Problem, ProductId};

/// Why an order is not placed or does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The catalogue has no such product.
    UnknownProduct(ProductId),
    /// The client's total is not what it costs.
    PriceChanged {
        /// What it costs.
        total: Money,
    },
    /// The total passes [`Money::MAX`].
    TooExpensive,
    /// The status does not allow the move.
    IllegalTransition {
        /// Where the order stands.
        from: Status,
        /// What was asked for.
        to: Status,
    },
    /// All of its money has gone back, or is going back: it cannot be shipped.
    Refunded,
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::UnknownProduct(id) => {
                Self::new(Kind::NotFound, "unknown_product", format!("There is no product {id}.")).with("productId", id)
            }
            Refused::PriceChanged { total } => {
                Self::conflict("price_changed", format!("The price has changed: the total is now {total}."))
                    .with("total", total)
            }
            Refused::TooExpensive => Self::field("items", format!("the total must stay at or below {}", Money::MAX)),
            Refused::IllegalTransition { from, to } => Self::conflict(
                "illegal_transition",
                format!("An order that is {} cannot become {}.", from.as_str(), to.as_str()),
            ),
            Refused::Refunded => {
                Self::conflict("illegal_transition", "An order whose money has been refunded cannot be shipped.")
            }
        }
    }
}
