//! orderdb: the fulfilments of orders, and the pieces that lines count as shipped.

use domain::orders::FulfilmentStatus;
use domain::{FulfilmentId, OrderId, ProductId, Timestamp};

use crate::pool::timed;
use crate::{Conn, Result};

/// One product in a fulfilment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FulfilmentRecord {
    pub order: OrderId,
    pub fulfilment: FulfilmentId,
    pub product: ProductId,
    pub quantity: i32,
    pub status: FulfilmentStatus,
    /// When it arrived, by the function's clock.
    pub delivered_at: Option<Timestamp>,
}

/// The shipped pieces of the orders with ids after `after` and up to `last`, by order.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list_fulfilments(db: &mut Conn, after: i32, last: i32) -> Result<Vec<FulfilmentRecord>> {
    let select = sqlx::query!(
        "select i.order_id, i.fulfilment_id, i.product_id, i.quantity, f.status, f.delivered_at
         from fulfilment_items i join fulfilments f on f.order_id = i.order_id and f.id = i.fulfilment_id
         where i.order_id > $1 and i.order_id <= $2 order by i.order_id, i.product_id, i.fulfilment_id",
        after,
        last
    );
    let rows = timed!(db, fetch_all, select)?;
    let record = |row: &str| FulfilmentStatus::parse(row).unwrap_or(FulfilmentStatus::Shipped);
    Ok(rows
        .into_iter()
        .map(|row| FulfilmentRecord {
            order: OrderId::new(row.order_id),
            fulfilment: FulfilmentId::new(row.fulfilment_id),
            product: ProductId::new(row.product_id),
            quantity: row.quantity,
            // A constraint keeps others out.
            status: record(&row.status),
            delivered_at: row.delivered_at.map(Timestamp::new),
        })
        .collect())
}

/// Lines of these orders that count another number of shipped pieces than their fulfilments have: the
/// counted ones.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list_miscounted_lines(db: &mut Conn, after: i32, last: i32) -> Result<Vec<(OrderId, ProductId, i32)>> {
    let select = sqlx::query!(
        "select order_id, product_id, shipped from order_items l
         where order_id > $1 and order_id <= $2 and shipped <> (
             select coalesce(sum(i.quantity), 0) from fulfilment_items i
             where i.order_id = l.order_id and i.product_id = l.product_id
         ) order by order_id, product_id",
        after,
        last
    );
    let rows = timed!(db, fetch_all, select)?;
    let line = |order, product, counted| (OrderId::new(order), ProductId::new(product), counted);
    Ok(rows.into_iter().map(|row| line(row.order_id, row.product_id, row.shipped)).collect())
}
