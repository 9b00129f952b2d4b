//! Returns: pieces of an order that its customer sends back, and what may become of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fulfilments::{ExcessPieces, FulfilmentLine};
use super::{Basket, Fulfilment, Order, OrderStatus};
use crate::text::text;
use crate::{Money, OrderId, Problem, ProductId, ReturnId, Timestamp};

text! {
    /// Why pieces are sent back.
    ReturnReason = 1..=500 by lines,
    /// What the shop says about a return.
    ReturnNote = 1..=500 by lines,
}

/// The maximum number of returns of an order, rejected ones included: an order shows all of them.
pub const MAX_RETURNS: usize = 100;

const DAY_SECONDS: i64 = 24 * 3600;

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ReturnStatus {
    /// Waits for the shop's decision.
    Requested,
    /// The customer may send the pieces back.
    Approved,
    /// The shop does not take the pieces back; they may be in another return.
    Rejected,
    /// The pieces have come back, and are refunded.
    Received,
}

impl ReturnStatus {
    /// As SQL carries it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Parses a stored value; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// Whether the shop may decide so. Pieces that are back may be received without an approval.
    pub const fn can_become(self, to: Self) -> bool {
        matches!(
            (self, to),
            (Self::Requested, Self::Approved | Self::Rejected | Self::Received)
                | (Self::Approved, Self::Rejected | Self::Received)
        )
    }
}

/// Pieces of a product that come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReturnLine {
    pub product_id: ProductId,
    pub quantity: i32,
    /// How many of them are on sale again.
    pub restocked: i32,
}

/// Pieces that a customer sends back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Return {
    pub id: ReturnId,
    pub order_id: OrderId,
    pub status: ReturnStatus,
    /// By ascending product id.
    pub items: Vec<ReturnLine>,
    pub reason: String,
    /// What the shop says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What was refunded for it, once that is done. 0 if everything had been refunded before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Money>,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it was approved or rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// When the pieces came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
}

/// Why pieces are not returned, or a return does not change.
#[derive(Clone, Debug, PartialEq)]
pub enum ReturnError {
    /// Nothing of the order was shipped.
    NothingShipped(OrderStatus),
    /// More pieces than were shipped and are in no other return, or than the return has: of each
    /// product the requested and the remaining ones.
    TooManyPieces(Vec<ExcessPieces>),
    /// The customer had until then.
    PeriodOver(Timestamp),
    /// The order has [`MAX_RETURNS`].
    TooManyReturns,
    /// The return's status does not allow the change.
    IllegalTransition { from: ReturnStatus, to: ReturnStatus },
}

impl From<ReturnError> for Problem {
    fn from(rejected: ReturnError) -> Self {
        match rejected {
            ReturnError::NothingShipped(status) => Self::conflict(
                "illegal_transition",
                format!("Nothing of an order with status {} can be returned.", status.as_str()),
            ),
            ReturnError::TooManyPieces(items) => {
                Self::conflict("too_many_pieces", "Fewer pieces are left to return.").with_extension("items", items)
            }
            ReturnError::PeriodOver(until) => {
                Self::conflict("return_period_over", "The time to return this order is over.")
                    .with_extension("until", until)
            }
            ReturnError::TooManyReturns => {
                Self::conflict("too_many_returns", format!("An order has at most {MAX_RETURNS} returns."))
            }
            ReturnError::IllegalTransition { from, to } => Self::conflict(
                "illegal_transition",
                format!("A return with status {} cannot be changed to {}.", from.as_str(), to.as_str()),
            ),
        }
    }
}

/// How long an order may be returned by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnWindow {
    /// After the last delivery.
    pub days: i32,
    pub now: Timestamp,
}

/// Whether an owner may still return an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returnable {
    /// Some of it has not arrived: its time has not begun.
    Open,
    /// Until then, that moment included.
    Until(Timestamp),
}

/// How long the owner of an order may return its pieces: so many days after its last delivery. An order
/// of which anything has not arrived has no end yet.
pub fn returnable_until(order: &Order, fulfilments: &[Fulfilment], days: i32) -> Returnable {
    let last = fulfilments.iter().filter_map(|fulfilment| fulfilment.delivered_at).max();
    match last.filter(|_| order.status == OrderStatus::Delivered) {
        Some(arrived) => Returnable::Until(arrived.plus_seconds(i64::from(days) * DAY_SECONDS)),
        None => Returnable::Open,
    }
}

/// The pieces of an order that were shipped and are in no return, by ascending product id. Those of a
/// rejected return are in none.
pub fn left_to_return(fulfilments: &[Fulfilment], returns: &[Return]) -> Vec<FulfilmentLine> {
    let mut left: BTreeMap<ProductId, i32> = BTreeMap::new();
    for line in fulfilments.iter().flat_map(|fulfilment| &fulfilment.items) {
        *left.entry(line.product_id).or_default() += line.quantity;
    }
    for line in returns.iter().filter(|other| other.status != ReturnStatus::Rejected).flat_map(|other| &other.items) {
        left.entry(line.product_id).and_modify(|pieces| *pieces -= line.quantity);
    }
    let lines = left.into_iter().map(|(product_id, quantity)| FulfilmentLine { product_id, quantity });
    lines.filter(|line| line.quantity > 0).collect()
}

/// Which pieces come back. An owner has a window, an admin has none.
///
/// # Errors
/// When nothing was shipped, the owner's time is over, fewer pieces are left, or the order has too many
/// returns.
pub fn plan_return(
    order: &Order,
    fulfilments: &[Fulfilment],
    returns: &[Return],
    wanted: &Basket,
    window: Option<ReturnWindow>,
) -> Result<Vec<ReturnLine>, ReturnError> {
    if fulfilments.is_empty() {
        return Err(ReturnError::NothingShipped(order.status));
    }
    if let Some(ReturnWindow { days, now }) = window
        && let Returnable::Until(until) = returnable_until(order, fulfilments, days)
        && now > until
    {
        return Err(ReturnError::PeriodOver(until));
    }
    reject_excess(wanted, &left_to_return(fulfilments, returns))?;
    if returns.len() >= MAX_RETURNS {
        return Err(ReturnError::TooManyReturns);
    }
    let line = |(product_id, quantity)| ReturnLine { product_id, quantity, restocked: 0 };
    Ok(wanted.lines().map(line).collect())
}

/// The lines of a return with the pieces that go back on sale; none of them without `wanted`.
///
/// # Errors
/// When the return has fewer pieces.
pub fn plan_restock(lines: &[ReturnLine], wanted: Option<&Basket>) -> Result<Vec<ReturnLine>, ReturnError> {
    let back: Vec<FulfilmentLine> =
        lines.iter().map(|line| FulfilmentLine { product_id: line.product_id, quantity: line.quantity }).collect();
    let Some(wanted) = wanted else { return Ok(lines.to_vec()) };
    reject_excess(wanted, &back)?;
    let restocked = |product| wanted.lines().find(|(wanted, _)| *wanted == product).map_or(0, |(_, quantity)| quantity);
    Ok(lines.iter().map(|line| ReturnLine { restocked: restocked(line.product_id), ..*line }).collect())
}

fn reject_excess(wanted: &Basket, left: &[FulfilmentLine]) -> Result<(), ReturnError> {
    let excess = ExcessPieces::of(wanted, |product| {
        left.iter().find(|line| line.product_id == product).map_or(0, |line| line.quantity)
    });
    if excess.is_empty() { Ok(()) } else { Err(ReturnError::TooManyPieces(excess)) }
}

#[cfg(test)]
#[path = "returns_tests.rs"]
mod tests;
