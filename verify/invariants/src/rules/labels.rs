//! What several rules say of an order.

use domain::OrderId;
use domain::orders::OrderStatus;

/// The name of an order in violations.
pub(crate) fn order_label(id: OrderId) -> String {
    format!("order {id}")
}

/// Whether an order in this status is paid for and keeps its items.
pub(crate) fn is_paid(status: OrderStatus) -> bool {
    use OrderStatus::{Confirmed, Delivered, PartiallyShipped, Shipped};
    matches!(status, Confirmed | PartiallyShipped | Shipped | Delivered)
}
