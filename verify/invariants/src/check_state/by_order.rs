//! Rows that belong to orders, sorted by them.

use domain::OrderId;

/// A record that belongs to an order.
pub(crate) trait HasOrder {
    fn order_id(&self) -> OrderId;
}

impl HasOrder for store_postgres::reconcile::ReservationRecord {
    fn order_id(&self) -> OrderId {
        self.order
    }
}

impl HasOrder for store_postgres::reconcile::FulfilmentRecord {
    fn order_id(&self) -> OrderId {
        self.order
    }
}

impl HasOrder for store_postgres::reconcile::ReturnRecord {
    fn order_id(&self) -> OrderId {
        self.order
    }
}

impl HasOrder for store_postgres::reconcile::RefundLineRecord {
    fn order_id(&self) -> OrderId {
        self.order
    }
}

impl HasOrder for store_postgres::reconcile::LineCountRecord {
    fn order_id(&self) -> OrderId {
        self.order
    }
}

impl HasOrder for store_postgres::reconcile::RestockRecord {
    fn order_id(&self) -> OrderId {
        self.order
    }
}

/// The rows of the orders after `after` and up to `last`; rows are sorted by order.
pub(crate) fn in_order_range<T: HasOrder>(rows: &[T], after: i32, last: i32) -> &[T] {
    let from = rows.partition_point(|row| row.order_id().get() <= after);
    let to = rows.partition_point(|row| row.order_id().get() <= last);
    &rows[from..to]
}

/// The rows of one order.
pub(crate) fn for_order<T: HasOrder>(rows: &[T], order: OrderId) -> &[T] {
    in_order_range(rows, order.get() - 1, order.get())
}
