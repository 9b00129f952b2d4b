//! inventorydb, the stock side: what there is, and every change of it with its ledger row.
//! Reservations are another module's, over the same rows.

use chrono::{DateTime, Utc};
use domain::events::StockFact;
use domain::inventory::{LedgerEntry, Stock};
use domain::{Limit, OrderId, Page, ProductId, Timestamp, UserId};

use crate::pool::ask;
use crate::{Conn, Result};

struct Row {
    product_id: i32,
    quantity: i32,
    reserved: i32,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl Row {
    fn stock(&self) -> Stock {
        Stock {
            product_id: ProductId::new(self.product_id),
            quantity: self.quantity,
            reserved: self.reserved,
            available: self.quantity - self.reserved,
            updated_at: self.updated_at.into(),
        }
    }
}

/// Why a quantity changed, and who changed it.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// For the ledger; at most 200 characters.
    pub reason: &'a str,
    /// The admin.
    pub actor: UserId,
    /// When.
    pub at: Timestamp,
}

/// A product's stock.
///
/// # Errors
/// When the database is away.
pub async fn find(db: &mut Conn, product: ProductId) -> Result<Option<Stock>> {
    Ok(find_all(db, &[product]).await?.pop())
}

/// The stock of these products; those that inventory does not know are left out.
///
/// # Errors
/// When the database is away.
pub async fn find_all(db: &mut Conn, products: &[ProductId]) -> Result<Vec<Stock>> {
    let ids: Vec<i32> = products.iter().map(|id| id.get()).collect();
    let select = sqlx::query_as!(
        Row,
        "select product_id, quantity, reserved, updated_at, version from inventory where product_id = any($1)",
        &ids
    );
    Ok(ask!(db, fetch_all, select)?.iter().map(Row::stock).collect())
}

/// Makes sure that a product has a row: an empty one of version 0, which is what the catalogue
/// shows of a product that inventory does not know. A row that is there stays as it is.
///
/// # Errors
/// When the database is away.
pub async fn open(db: &mut Conn, product: ProductId, at: Timestamp) -> Result<()> {
    let insert = sqlx::query!(
        "insert into inventory (product_id, quantity, updated_at, version) values ($1, 0, $2, 0)
         on conflict (product_id) do nothing",
        product.get(),
        at.utc()
    );
    ask!(db, execute, insert).map(drop)
}

/// A product's stock, which nobody else changes until the transaction ends.
///
/// # Errors
/// When the database is away, or the row stays locked by others for too long.
pub async fn lock(db: &mut Conn, product: ProductId) -> Result<Option<Stock>> {
    let select = sqlx::query_as!(
        Row,
        "select product_id, quantity, reserved, updated_at, version from inventory where product_id = $1 for update",
        product.get()
    );
    Ok(ask!(db, fetch_optional, select)?.map(|row| row.stock()))
}

/// Sets the quantity of a row locked by this transaction and writes its ledger row. The fact
/// that comes back is for the outbox, in the same transaction.
///
/// # Errors
/// When the database is away or refuses the quantity.
pub async fn save(db: &mut Conn, was: &Stock, quantity: i32, note: Note<'_>) -> Result<(Stock, StockFact)> {
    let update = sqlx::query_as!(
        Row,
        r#"with noted as (
               insert into stock_ledger (product_id, delta, quantity_after, reason, actor, at)
               values ($1, $2, $3, $4, $5, $6)
           )
           update inventory set quantity = $3, version = version + 1, updated_at = $6 where product_id = $1
           returning product_id, quantity, reserved, updated_at, version"#,
        was.product_id.get(),
        quantity - was.quantity,
        quantity,
        note.reason,
        note.actor.get(),
        note.at.utc()
    );
    let row = ask!(db, fetch_one, update)?;
    let stock = row.stock();
    let fact = StockFact { product_id: stock.product_id, available: stock.available, version: row.version };
    Ok((stock, fact))
}

/// Every change of a product's quantity, newest first, those after the entry `before`.
///
/// # Errors
/// When the database is away.
pub async fn ledger(db: &mut Conn, product: ProductId, before: Option<i64>, limit: Limit) -> Result<Page<LedgerEntry>> {
    // One statement for every page: the first one is before the highest id that there can be.
    let select = sqlx::query!(
        "select id, delta, quantity_after, reason, order_id, actor, at from stock_ledger
         where product_id = $1 and id < $2 order by id desc limit $3",
        product.get(),
        before.unwrap_or(i64::MAX),
        limit.and_one()
    );
    let rows = ask!(db, fetch_all, select)?;
    Ok(Page::cut(rows, limit, |row| row.id).map(|row| LedgerEntry {
        id: row.id,
        delta: row.delta,
        quantity_after: row.quantity_after,
        reason: row.reason,
        order_id: row.order_id.map(OrderId::new),
        actor: row.actor.map(UserId::new),
        at: row.at.into(),
    }))
}
