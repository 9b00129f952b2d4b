//! Events in the form in which they are stored, where it differs from the type: earlier versions have
//! written less, and the version before must decode what this one writes while a deploy rolls.

use serde::{Deserialize, Serialize};

use super::{FulfilmentChanged, OrderStatusChanged, OrderSummary};
use crate::orders::{OrderEventLine, OrderStatus};
use crate::pricing::Currency;
use crate::{OrderId, UserId};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderStatusChangedCompat {
    order_id: OrderId,
    user_id: UserId,
    /// A status that every version knows; see `exact_status`.
    status: OrderStatus,
    was: Option<OrderStatus>,
    /// Present where `status` had to be another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exact_status: Option<OrderStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exact_was: Option<OrderStatus>,
    total_cents: i64,
    #[serde(default, skip_serializing_if = "Currency::is_euro")]
    currency: Currency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<Box<OrderSummary>>,
    /// Present since refunds leave revenue. Before, a cancelled order took its whole total out of
    /// revenue.
    refunded_cents: Option<i64>,
    items: Vec<OrderEventLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fulfilment: Option<Box<FulfilmentChanged>>,
}

/// The status that the version before knows: it takes a part that has left for the whole.
const fn known_status(status: OrderStatus) -> OrderStatus {
    match status {
        OrderStatus::PartiallyShipped => OrderStatus::Shipped,
        known => known,
    }
}

impl From<OrderStatusChangedCompat> for OrderStatusChanged {
    fn from(stored: OrderStatusChangedCompat) -> Self {
        let OrderStatusChangedCompat {
            order_id,
            user_id,
            total_cents,
            currency,
            summary,
            items,
            reason,
            fulfilment,
            ..
        } = stored;
        let (status, was) = (stored.exact_status.unwrap_or(stored.status), stored.exact_was.or(stored.was));
        let was_reversed = status == OrderStatus::Cancelled && was == Some(OrderStatus::Confirmed);
        let refunded_cents = stored.refunded_cents.unwrap_or(if was_reversed { total_cents } else { 0 });
        Self {
            order_id,
            user_id,
            status,
            was,
            total_cents,
            currency,
            summary,
            refunded_cents,
            items,
            reason,
            fulfilment,
        }
    }
}

impl From<OrderStatusChanged> for OrderStatusChangedCompat {
    fn from(event: OrderStatusChanged) -> Self {
        let OrderStatusChanged {
            order_id,
            user_id,
            total_cents,
            currency,
            summary,
            refunded_cents,
            items,
            reason,
            fulfilment,
            ..
        } = event;
        let exact = |status: &OrderStatus| known_status(*status) != *status;
        Self {
            order_id,
            user_id,
            status: known_status(event.status),
            was: event.was.map(known_status),
            exact_status: Some(event.status).filter(exact),
            exact_was: event.was.filter(exact),
            total_cents,
            currency,
            summary,
            refunded_cents: Some(refunded_cents),
            items,
            reason,
            fulfilment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the version before fulfilments decodes it.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct VersionBefore {
        status: String,
        was: Option<String>,
    }

    #[test]
    fn the_version_before_decodes_a_partial_shipment() {
        let event = OrderStatusChanged {
            order_id: OrderId::new(1),
            user_id: UserId::new(2),
            status: OrderStatus::PartiallyShipped,
            was: Some(OrderStatus::PartiallyShipped),
            total_cents: 900,
            currency: Currency::EUR,
            summary: None,
            refunded_cents: 0,
            items: Vec::new(),
            reason: None,
            fulfilment: None,
        };
        let text = serde_json::to_string(&event).unwrap();
        let before: VersionBefore = serde_json::from_str(&text).unwrap();
        assert_eq!((before.status.as_str(), before.was.as_deref()), ("shipped", Some("shipped")));
        assert_eq!(serde_json::from_str::<OrderStatusChanged>(&text).unwrap(), event);
        let whole = OrderStatusChanged { status: OrderStatus::Shipped, was: Some(OrderStatus::Confirmed), ..event };
        let text = serde_json::to_string(&whole).unwrap();
        assert!(!["exact", "fulfilment", "summary"].iter().any(|name| text.contains(name)), "{text}");
    }
}
