//! Rows that belong to orders, sorted by them.

use domain::OrderId;

/// Something that belongs to an order.
pub(crate) trait HasOrder {
    /// The order.
    fn order_id(&self) -> OrderId;
}

impl HasOrder for store_postgres::reconcile::ReservationRecord {
    fn order_id(&self) -> OrderId {
        self.order
    }
}

/// Those of the orders behind `after` and up to `last`, in rows that are sorted by order.
pub(crate) fn in_order_range<T: HasOrder>(rows: &[T], after: i32, last: i32) -> &[T] {
    let from = rows.partition_point(|row| row.order_id().get() <= after);
    let to = rows.partition_point(|row| row.order_id().get() <= last);
    &rows[from..to]
}

/// Those of one order.
pub(crate) fn for_order<T: HasOrder>(rows: &[T], order: OrderId) -> &[T] {
    in_order_range(rows, order.get() - 1, order.get())
}
