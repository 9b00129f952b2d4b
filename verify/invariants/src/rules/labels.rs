//! What several rules say of an order.

use domain::OrderId;
use domain::orders::OrderStatus;

/// How an order is named in findings.
pub(crate) fn order_label(id: OrderId) -> String {
    format!("order {id}")
}

/// Whether an order in this status is paid for and keeps its goods.
pub(crate) fn is_paid(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Confirmed | OrderStatus::Shipped | OrderStatus::Delivered)
}
