//! Fulfilments: the pieces of an order that left together, how they travel, and what is left to ship.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Basket, Order, OrderError, OrderLine, OrderStatus};
use crate::products::ImageLink;
use crate::text::{InvalidText, text};
use crate::{FulfilmentId, OrderId, Problem, ProductId, Timestamp};

text! {
    /// Who carries a shipment: `DHL`.
    Carrier = 1..=60 by one_line,
    /// The carrier's number of a shipment.
    TrackingNumber = 1..=100 by one_line,
}

/// The carrier's page about a shipment: an https address. Never fetched by the server; customers
/// follow it, so it names a host, and no credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(
    value_type = String,
    min_length = 9,
    max_length = 500,
    pattern = "^[Hh][Tt][Tt][Pp][Ss]://([A-Za-z0-9]+\\.)*[A-Za-z][A-Za-z0-9]*(:[0-9]{1,4})?([/?#][!#-&(-;=?-\\[\\]_a-z~]*)?$"
)]
pub struct TrackingUrl(String);

impl TrackingUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TrackingUrl {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        let link = ImageLink::try_from(text).ok().map(String::from).filter(|link| link.starts_with("https://"));
        link.map(Self).ok_or_else(|| InvalidText("must be an https URL of at most 500 characters".to_owned()))
    }
}

impl From<TrackingUrl> for String {
    fn from(link: TrackingUrl) -> String {
        link.0
    }
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum FulfilmentStatus {
    /// It has left the warehouse.
    Shipped,
    /// It has arrived.
    Delivered,
}

impl FulfilmentStatus {
    /// As SQL carries it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Parses a stored value; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Pieces of a product that left together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FulfilmentLine {
    pub product_id: ProductId,
    pub quantity: i32,
}

/// How a shipment travels; all of it may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    pub carrier: Option<Carrier>,
    pub number: Option<TrackingNumber>,
    pub url: Option<TrackingUrl>,
}

/// A shipment: pieces of an order that left together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fulfilment {
    pub id: FulfilmentId,
    pub order_id: OrderId,
    /// By ascending product id.
    pub items: Vec<FulfilmentLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// The carrier's page about it: an https address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    pub status: FulfilmentStatus,
    /// When it left.
    pub created_at: Timestamp,
    /// When it arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
}

impl Fulfilment {
    /// A shipment that leaves now.
    pub fn new(id: FulfilmentId, order_id: OrderId, items: Vec<FulfilmentLine>, how: Tracking, at: Timestamp) -> Self {
        Self {
            id,
            order_id,
            items,
            carrier: how.carrier.map(Into::into),
            tracking_number: how.number.map(Into::into),
            tracking_url: how.url.map(Into::into),
            status: FulfilmentStatus::Shipped,
            created_at: at,
            delivered_at: None,
        }
    }

    /// Carrier and number for an order's timeline: `DHL 0034`; `None` when both are unknown.
    pub fn label(&self) -> Option<String> {
        let known: Vec<&str> =
            [&self.carrier, &self.tracking_number].into_iter().flatten().map(String::as_str).collect();
        (!known.is_empty()).then(|| known.join(" "))
    }
}

/// Why pieces are not shipped.
#[derive(Clone, Debug, PartialEq)]
pub enum FulfilmentError {
    /// The order's status does not allow it, or its money was refunded.
    Order(OrderError),
    /// More pieces than are left of these products: the requested and the remaining ones of each.
    TooManyPieces(Vec<ExcessPieces>),
}

/// A product of which more pieces are to be shipped, returned or refunded than are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExcessPieces {
    pub product_id: ProductId,
    pub requested: i32,
    /// 0 for a product that the order does not have.
    pub left: i32,
}

impl ExcessPieces {
    /// The lines with more pieces than are left, by ascending product id.
    pub(super) fn of(wanted: &Basket, left_of: impl Fn(ProductId) -> i32) -> Vec<Self> {
        let lines = wanted.lines();
        let lines = lines.map(|(product_id, requested)| Self { product_id, requested, left: left_of(product_id) });
        lines.filter(|line| line.requested > line.left).collect()
    }
}

impl From<OrderError> for FulfilmentError {
    fn from(error: OrderError) -> Self {
        Self::Order(error)
    }
}

impl From<FulfilmentError> for Problem {
    fn from(rejected: FulfilmentError) -> Self {
        match rejected {
            FulfilmentError::Order(error) => error.into(),
            FulfilmentError::TooManyPieces(items) => {
                Self::conflict("too_many_pieces", "The order has fewer pieces left to ship.")
                    .with_extension("items", items)
            }
        }
    }
}

/// The pieces of an order that are in no fulfilment yet, by ascending product id.
pub fn left_to_ship(items: &[OrderLine], fulfilments: &[Fulfilment]) -> Vec<FulfilmentLine> {
    let mut left: BTreeMap<ProductId, i32> = items.iter().map(|line| (line.product_id, line.quantity)).collect();
    for line in fulfilments.iter().flat_map(|fulfilment| &fulfilment.items) {
        left.entry(line.product_id).and_modify(|pieces| *pieces -= line.quantity);
    }
    let lines = left.into_iter().map(|(product_id, quantity)| FulfilmentLine { product_id, quantity });
    lines.filter(|line| line.quantity > 0).collect()
}

/// Which pieces leave, and the status of the order then. Without `wanted`, all that is left.
///
/// # Errors
/// When the status of the order does not allow it, or fewer pieces are left.
pub fn plan_shipment(
    order: &Order,
    fulfilments: &[Fulfilment],
    wanted: Option<&Basket>,
) -> Result<(Vec<FulfilmentLine>, OrderStatus), FulfilmentError> {
    if !order.status.can_transition_to(OrderStatus::Shipped) {
        return Err(OrderError::IllegalTransition { from: order.status, to: OrderStatus::Shipped }.into());
    }
    let left = left_to_ship(&order.items, fulfilments);
    let Some(wanted) = wanted else { return Ok((left, OrderStatus::Shipped)) };
    let left_of = |product: ProductId| left.iter().find(|line| line.product_id == product).map_or(0, |l| l.quantity);
    let excess = ExcessPieces::of(wanted, left_of);
    if !excess.is_empty() {
        return Err(FulfilmentError::TooManyPieces(excess));
    }
    let lines: Vec<FulfilmentLine> =
        wanted.lines().map(|(product_id, quantity)| FulfilmentLine { product_id, quantity }).collect();
    let status = if lines == left { OrderStatus::Shipped } else { OrderStatus::PartiallyShipped };
    Ok((lines, status))
}

/// The status of an order once one more of its fulfilments has arrived: `delivered` when everything was
/// shipped and has arrived, else as before.
pub fn status_after_delivery(order: &Order, fulfilments: &[Fulfilment], arrived: FulfilmentId) -> OrderStatus {
    let all = fulfilments.iter().all(|f| f.id == arrived || f.status == FulfilmentStatus::Delivered);
    if all && order.status == OrderStatus::Shipped { OrderStatus::Delivered } else { order.status }
}

#[cfg(test)]
#[path = "fulfilments_tests.rs"]
pub(super) mod tests;
