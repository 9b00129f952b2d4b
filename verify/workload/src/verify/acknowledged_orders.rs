//! What a history allows an acknowledged order to be now.

use std::collections::BTreeMap;

use domain::orders::OrderStatus;
use domain::{Money, OrderId, UserId};
use invariants::Acknowledged;
use invariants::history::{OrderOutcome, OrderedItem};

/// An order as it was acknowledged, with later acknowledgements.
#[derive(Debug)]
pub(super) struct AcknowledgedOrder {
    pub(super) order: OrderId,
    pub(super) user: UserId,
    pub(super) total: Money,
    pub(super) items: Vec<OrderedItem>,
    /// The statuses that it may have now.
    pub(super) allowed_statuses: Vec<OrderStatus>,
}

/// The orders of a history, each with what may have become of it since.
pub(super) fn acknowledged_orders(history: &[Acknowledged]) -> BTreeMap<OrderId, AcknowledgedOrder> {
    use OrderStatus::{Cancelled, Confirmed, Delivered, PartiallyShipped, PaymentFailed, Shipped};
    let mut orders = BTreeMap::new();
    for acknowledged in history {
        match acknowledged {
            Acknowledged::Order { order_id, user_id, total, status, items, .. } => {
                let mut items = items.clone();
                items.sort_unstable();
                let allowed_statuses = match status {
                    OrderOutcome::Confirmed => vec![Confirmed, PartiallyShipped, Shipped, Delivered, Cancelled],
                    OrderOutcome::PaymentFailed => {
                        vec![PaymentFailed, Confirmed, PartiallyShipped, Shipped, Delivered, Cancelled]
                    }
                };
                let promised =
                    AcknowledgedOrder { order: *order_id, user: *user_id, total: *total, items, allowed_statuses };
                orders.insert(*order_id, promised);
            }
            Acknowledged::Payment { order_id, .. } => {
                if let Some(order) = orders.get_mut(order_id) {
                    order.allowed_statuses.retain(|status| *status != PaymentFailed);
                }
            }
            Acknowledged::Cancel { order_id } => {
                if let Some(order) = orders.get_mut(order_id) {
                    order.allowed_statuses = vec![Cancelled];
                }
            }
            _ => {}
        }
    }
    orders
}
