//! inventorydb: the stock, the sums of its ledger, and the reservations of orders.

use domain::{OrderId, ProductId, Timestamp};

use crate::pool::timed;
use crate::{Conn, Result};

/// A product's stock, beside the sums of its ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockRecord {
    pub product: ProductId,
    /// Units in the warehouse.
    pub quantity: i32,
    /// Of these, reserved for orders.
    pub reserved: i32,
    /// Grows with every change of the available quantity.
    pub version: i64,
    /// When any of it last changed.
    pub updated_at: Timestamp,
    /// The sum of all changes of the quantity.
    pub ledger_sum: i64,
    /// Units that orders took, minus units of cancelled ones. Returned pieces stay sold.
    pub net_sold: i64,
}

/// The reservation of one product by one payment attempt of an order, in any state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReservationRecord {
    pub order: OrderId,
    pub attempt: i32,
    pub product: ProductId,
    pub quantity: i32,
    pub state: ReservationState,
    /// Until when it may stay reserved, by inventorydb's clock.
    pub expires_at: Timestamp,
}

/// The state of reserved units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationState {
    /// They count as reserved.
    Reserved,
    /// They have left the warehouse.
    Committed,
    /// The units were returned to stock.
    Released,
}

/// Stock of products with ids above `after`, which may be 0, in order.
///
/// # Errors
/// When inventorydb is unavailable.
pub async fn list_stock(db: &mut Conn, after: i32, limit: i64) -> Result<Vec<StockRecord>> {
    let select = sqlx::query!(
        r#"select i.product_id, i.quantity, i.reserved, i.version, i.updated_at, l.ledger as "ledger!", l.sold as "sold!"
           from (select * from inventory where product_id > $1 order by product_id limit $2) i
           cross join lateral (
               select coalesce(sum(delta), 0)::bigint as ledger,
                   coalesce(-sum(delta) filter (where order_id is not null and return_id is null), 0)::bigint as sold
               from stock_ledger where product_id = i.product_id
           ) l
           order by i.product_id"#,
        after,
        limit
    );
    let rows = timed!(db, fetch_all, select)?;
    let stocked = rows.into_iter().map(|row| StockRecord {
        product: ProductId::new(row.product_id),
        quantity: row.quantity,
        reserved: row.reserved,
        version: row.version,
        updated_at: Timestamp::new(row.updated_at),
        ledger_sum: row.ledger,
        net_sold: row.sold,
    });
    Ok(stocked.collect())
}

/// The current quantity and reserved units of these products.
///
/// # Errors
/// When inventorydb is unavailable.
pub async fn find_stock(db: &mut Conn, products: &[ProductId]) -> Result<Vec<(ProductId, i32, i32)>> {
    let ids: Vec<i32> = products.iter().map(|id| id.get()).collect();
    let select = sqlx::query!(
        "select product_id, quantity, reserved from inventory where product_id = any($1) order by product_id",
        &ids
    );
    let rows = timed!(db, fetch_all, select)?;
    Ok(rows.into_iter().map(|row| (ProductId::new(row.product_id), row.quantity, row.reserved)).collect())
}

/// How many units of each product are reserved: few rows, whatever was ever sold.
///
/// # Errors
/// When inventorydb is unavailable.
pub async fn sum_reserved(db: &mut Conn) -> Result<Vec<(ProductId, i64)>> {
    let select = sqlx::query!(
        r#"select product_id, sum(quantity)::bigint as "pieces!" from reservations
           where state = 'held' group by product_id"#
    );
    let rows = timed!(db, fetch_all, select)?;
    Ok(rows.into_iter().map(|row| (ProductId::new(row.product_id), row.pieces)).collect())
}

/// The reservations of the orders after `after` and up to `last`, by order.
///
/// # Errors
/// When inventorydb is unavailable.
pub async fn list_reservations(db: &mut Conn, after: i32, last: i32) -> Result<Vec<ReservationRecord>> {
    let select = sqlx::query!(
        "select order_id, attempt, product_id, quantity, state, expires_at from reservations
         where order_id > $1 and order_id <= $2 order by order_id, attempt, product_id",
        after,
        last
    );
    let rows = timed!(db, fetch_all, select)?;
    let counted = rows.into_iter().map(|row| ReservationRecord {
        order: OrderId::new(row.order_id),
        attempt: row.attempt,
        product: ProductId::new(row.product_id),
        quantity: row.quantity,
        // A constraint excludes other words.
        state: match row.state.as_str() {
            "held" => ReservationState::Reserved,
            "sold" => ReservationState::Committed,
            _ => ReservationState::Released,
        },
        expires_at: Timestamp::new(row.expires_at),
    });
    Ok(counted.collect())
}

/// Whether a product's stock ever had this quantity.
///
/// # Errors
/// When inventorydb is unavailable.
pub async fn ever_had_quantity(db: &mut Conn, product: ProductId, quantity: i32) -> Result<bool> {
    let exists = sqlx::query_scalar!(
        r#"select exists (select 1 from stock_ledger where product_id = $1 and quantity_after = $2) as "there!""#,
        product.get(),
        quantity
    );
    timed!(db, fetch_one, exists)
}
