//! orderdb: returns and refunds by line, and what lines count of them; inventorydb: what was restocked.

use domain::orders::ReturnStatus;
use domain::{Money, OrderId, ProductId, ReturnId, Timestamp};
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Result};

/// One product in a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnRecord {
    pub order: OrderId,
    pub id: ReturnId,
    pub status: ReturnStatus,
    pub product: ProductId,
    pub quantity: i32,
    /// Of these, back on sale.
    pub restocked: i32,
    /// By the function's clock, as the other times.
    pub created_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub received_at: Option<Timestamp>,
}

/// One product in a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundLineRecord {
    pub order: OrderId,
    pub refund: Uuid,
    pub product: ProductId,
    pub quantity: i32,
    pub amount: Money,
}

/// What a line counts, of a line that counts anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineCountRecord {
    pub order: OrderId,
    pub product: ProductId,
    /// Pieces in returns that were not rejected.
    pub returned: i32,
    /// Pieces that were or are being refunded.
    pub refunded: i32,
    pub refunded_amount: Money,
}

/// Pieces that are back on sale, by the ledger of stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestockRecord {
    pub order: OrderId,
    pub id: ReturnId,
    pub product: ProductId,
    pub quantity: i32,
}

/// The returned pieces of the orders with ids after `after` and up to `last`, by order.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list_returns(db: &mut Conn, after: i32, last: i32) -> Result<Vec<ReturnRecord>> {
    let select = sqlx::query!(
        "select r.order_id, r.id, r.status, r.created_at, r.decided_at, r.received_at, i.product_id, i.quantity,
             i.restocked
         from returns r join return_items i on i.order_id = r.order_id and i.return_id = r.id
         where r.order_id > $1 and r.order_id <= $2 order by r.order_id, r.id, i.product_id",
        after,
        last
    );
    let rows = timed!(db, fetch_all, select)?;
    let records = rows.into_iter().map(|row| ReturnRecord {
        order: OrderId::new(row.order_id),
        id: ReturnId::new(row.id),
        // A constraint keeps others out.
        status: ReturnStatus::parse(&row.status).unwrap_or(ReturnStatus::Requested),
        product: ProductId::new(row.product_id),
        quantity: row.quantity,
        restocked: row.restocked,
        created_at: Timestamp::new(row.created_at),
        decided_at: row.decided_at.map(Timestamp::new),
        received_at: row.received_at.map(Timestamp::new),
    });
    Ok(records.collect())
}

/// The refunded pieces of these orders, by order. Refused refunds are there, too.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list_refund_lines(db: &mut Conn, after: i32, last: i32) -> Result<Vec<RefundLineRecord>> {
    let select = sqlx::query!(
        r#"select order_id, refund_id, product_id, quantity, (amount * 100)::bigint as "cents!" from refund_items
           where order_id > $1 and order_id <= $2 order by order_id, product_id, refund_id"#,
        after,
        last
    );
    let rows = timed!(db, fetch_all, select)?;
    let records = rows.into_iter().map(|row| RefundLineRecord {
        order: OrderId::new(row.order_id),
        refund: row.refund_id,
        product: ProductId::new(row.product_id),
        quantity: row.quantity,
        amount: Money::from_cents(row.cents),
    });
    Ok(records.collect())
}

/// What the lines of these orders count, by order.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list_line_counts(db: &mut Conn, after: i32, last: i32) -> Result<Vec<LineCountRecord>> {
    let select = sqlx::query!(
        r#"select order_id, product_id, returned, refunded, (refunded_amount * 100)::bigint as "cents!"
           from order_items
           where order_id > $1 and order_id <= $2 and (returned, refunded, refunded_amount) is distinct from (0, 0, 0)
           order by order_id, product_id"#,
        after,
        last
    );
    let rows = timed!(db, fetch_all, select)?;
    let records = rows.into_iter().map(|row| LineCountRecord {
        order: OrderId::new(row.order_id),
        product: ProductId::new(row.product_id),
        returned: row.returned,
        refunded: row.refunded,
        refunded_amount: Money::from_cents(row.cents),
    });
    Ok(records.collect())
}

/// The restocked pieces of returns of these orders, by order.
///
/// # Errors
/// When inventorydb is unavailable.
pub async fn list_restocked(db: &mut Conn, after: i32, last: i32) -> Result<Vec<RestockRecord>> {
    let select = sqlx::query!(
        r#"select order_id as "order_id!", return_id as "return_id!", product_id, delta from stock_ledger
           where return_id is not null and order_id > $1 and order_id <= $2
           order by order_id, return_id, product_id"#,
        after,
        last
    );
    let rows = timed!(db, fetch_all, select)?;
    let records = rows.into_iter().map(|row| RestockRecord {
        order: OrderId::new(row.order_id),
        id: ReturnId::new(row.return_id),
        product: ProductId::new(row.product_id),
        quantity: row.delta,
    });
    Ok(records.collect())
}
