//! inventorydb, the stock side: quantities, and every change of them with its ledger row.
//! Reservations are in another module, over the same rows.

use chrono::{DateTime, Utc};
use domain::events::{DomainEvent, EventEnvelope, StockChanged};
use domain::inventory::{Stock, StockLedgerEntry};
use domain::{EventId, OrderId, Page, PageSize, ProductId, Timestamp, UserId};
use uuid::Uuid;

use crate::pool::timed;
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

/// The reason and the author of a change.
#[derive(Clone, Copy, Debug)]
pub struct ChangeDetails<'a> {
    /// For the ledger; at most 200 characters.
    pub reason: &'a str,
    /// The admin who makes the change.
    pub actor: UserId,
    pub at: Timestamp,
}

/// Finds a product's stock.
///
/// # Errors
/// When the database is unavailable.
pub async fn find(db: &mut Conn, product: ProductId) -> Result<Option<Stock>> {
    Ok(find_all(db, &[product]).await?.pop())
}

/// Finds the stock of these products; unknown and removed products are omitted.
///
/// # Errors
/// When the database is unavailable.
pub async fn find_all(db: &mut Conn, products: &[ProductId]) -> Result<Vec<Stock>> {
    let ids: Vec<i32> = products.iter().map(|id| id.get()).collect();
    let select = sqlx::query_as!(
        Row,
        "select product_id, quantity, reserved, updated_at, version from inventory
         where product_id = any($1) and removed_at is null",
        &ids
    );
    Ok(timed!(db, fetch_all, select)?.iter().map(Row::stock).collect())
}

/// Finds a product's stock and locks it until the transaction ends; `None` also for a removed
/// product.
///
/// # Errors
/// When the database is unavailable, or another transaction holds the lock for too long.
pub async fn lock(db: &mut Conn, product: ProductId) -> Result<Option<Stock>> {
    let select = sqlx::query_as!(
        Row,
        "select product_id, quantity, reserved, updated_at, version from inventory
         where product_id = $1 and removed_at is null for update",
        product.get()
    );
    Ok(timed!(db, fetch_optional, select)?.map(|row| row.stock()))
}

/// Sets the quantity of a row locked by this transaction and writes its ledger row. Append the
/// returned event to the outbox in the same transaction.
///
/// # Errors
/// When the database is unavailable or rejects the quantity.
pub async fn set_quantity(
    db: &mut Conn,
    was: &Stock,
    quantity: i32,
    note: ChangeDetails<'_>,
) -> Result<(Stock, StockChanged)> {
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
    let row = timed!(db, fetch_one, update)?;
    let stock = row.stock();
    let event = StockChanged { product_id: stock.product_id, available: stock.available, version: row.version };
    Ok((stock, event))
}

/// The result of setting a stock for the catalog.
#[derive(Clone, Debug, PartialEq)]
pub enum SetStockOutcome {
    /// The stock is set; with its event, if it changed.
    Applied(StockChanged, Option<Box<EventEnvelope>>),
    /// It would have fallen below the reserved quantity: nothing changed, and nothing ever will
    /// with this token.
    BelowReserved,
    /// The product was removed from the catalog.
    Removed,
}

/// Sets a product's quantity, after creating its row if it has none: a function of inventorydb, one
/// statement and one transaction. Repeated with its token, it changes nothing.
///
/// # Errors
/// When inventorydb is unreachable; a repetition returns the result.
pub async fn set_stock(
    db: &mut Conn,
    token: Uuid,
    product: ProductId,
    quantity: i32,
    by: UserId,
) -> Result<SetStockOutcome> {
    let request = runtime::current_request_id();
    let call = sqlx::query!(
        r#"select outcome as "outcome!", can_have as "can_have!", row_version as "version!", event, changed_at as "at!"
           from set_stock($1, $2, $3, $4, $5)"#,
        token,
        product.get(),
        quantity,
        by.get(),
        request
    );
    let row = timed!(db, fetch_one, call)?;
    let payload = StockChanged { product_id: product, available: row.can_have, version: row.version };
    Ok(match row.outcome.as_str() {
        "set" => {
            let event = row.event.map(|id| Box::new(stock_event(id, row.at, &payload, request.as_deref())));
            SetStockOutcome::Applied(payload, event)
        }
        "below_reserved" => SetStockOutcome::BelowReserved,
        _ => SetStockOutcome::Removed,
    })
}

/// Withdraws the stock of a product that was removed from the catalog: unreserved units leave the
/// warehouse, and returned ones are not sold again. One statement; repeated, it changes nothing.
/// Returns its event, if anything changed.
///
/// # Errors
/// When inventorydb is unreachable; a repetition completes it.
pub async fn remove_stock(db: &mut Conn, product: ProductId, by: UserId) -> Result<Option<EventEnvelope>> {
    let request = runtime::current_request_id();
    let call = sqlx::query!(
        r#"select can_have as "can_have!", row_version as "version!", event as "event!", changed_at as "at!"
           from remove_stock($1, $2, $3)"#,
        product.get(),
        by.get(),
        request
    );
    let row = timed!(db, fetch_optional, call)?;
    Ok(row.map(|row| {
        let event = StockChanged { product_id: product, available: row.can_have, version: row.version };
        stock_event(row.event, row.at, &event, request.as_deref())
    }))
}

/// An event that inventorydb has written with a change, in the form in which it is published.
pub(crate) fn stock_event(id: Uuid, at: DateTime<Utc>, event: &StockChanged, request: Option<&str>) -> EventEnvelope {
    let (event_id, at) = (EventId::new(id), Timestamp::new(at));
    EventEnvelope { event_id, at, request_id: request.map(str::to_owned), payload: DomainEvent::StockChanged(*event) }
}

/// Every change of a product's quantity, newest first, those after the entry `before`.
///
/// # Errors
/// When the database is unavailable.
pub async fn list_ledger(
    db: &mut Conn,
    product: ProductId,
    before: Option<i64>,
    limit: PageSize,
) -> Result<Page<StockLedgerEntry>> {
    // One statement for every page: the first page begins before the highest possible id.
    let select = sqlx::query!(
        "select id, delta, quantity_after, reason, order_id, actor, at from stock_ledger
         where product_id = any(array[$1::int]) and id < $2 order by product_id, id desc limit $3",
        product.get(),
        before.unwrap_or(i64::MAX),
        limit.fetch_limit()
    );
    let rows = timed!(db, fetch_all, select)?;
    let entries = rows.into_iter().map(|row| StockLedgerEntry {
        id: row.id,
        delta: row.delta,
        quantity_after: row.quantity_after,
        reason: row.reason,
        order_id: row.order_id.map(OrderId::new),
        actor: row.actor.map(UserId::new),
        at: row.at.into(),
    });
    Ok(Page::from_rows(entries.collect(), limit, |entry| entry.id))
}
