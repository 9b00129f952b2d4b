//! Decodes events in the form in which earlier versions stored them, where it differs from today's.

use serde::Deserialize;

use crate::orders::{OrderEventLine, OrderStatus};
use crate::pricing::Currency;
use crate::{OrderId, UserId};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderStatusChangedCompat {
    order_id: OrderId,
    user_id: UserId,
    status: OrderStatus,
    was: Option<OrderStatus>,
    total_cents: i64,
    #[serde(default)]
    currency: Currency,
    /// Present since refunds leave revenue. Before, a cancelled order took its whole total out of
    /// revenue.
    refunded_cents: Option<i64>,
    items: Vec<OrderEventLine>,
    #[serde(default)]
    reason: Option<String>,
}

impl From<OrderStatusChangedCompat> for super::OrderStatusChanged {
    fn from(stored: OrderStatusChangedCompat) -> Self {
        let OrderStatusChangedCompat {
            order_id,
            user_id,
            status,
            was,
            total_cents,
            currency,
            refunded_cents,
            items,
            reason,
        } = stored;
        let was_reversed = status == OrderStatus::Cancelled && was == Some(OrderStatus::Confirmed);
        let refunded_cents = refunded_cents.unwrap_or(if was_reversed { total_cents } else { 0 });
        Self { order_id, user_id, status, was, total_cents, currency, refunded_cents, items, reason }
    }
}
