//! The stock's steps of a checkout: reserve, commit, release, restock; and that of a return. Each calls
//! one SQL function of inventorydb, which is a transaction of its own.
//!
//! A step is keyed by (order, attempt), or by its return: repeated, it changes nothing. Publishes
//! nothing: the events that inventorydb wrote to its outbox are returned for that.

use chrono::{DateTime, Utc};
use domain::events::{EventEnvelope, StockChanged};
use domain::inventory::Shortage;
use domain::{OrderId, ProductId, ReturnId};
use uuid::Uuid;

use crate::inventory::stock_event;
use crate::pool::timed;
use crate::{Conn, Result};

/// The outcome of [`reserve`].
#[derive(Clone, Debug, PartialEq)]
pub enum ReserveOutcome {
    /// Every line is reserved; the stock events, for publishing.
    Reserved(Vec<EventEnvelope>),
    /// Nothing is reserved, because of these lines.
    Insufficient(Vec<Shortage>),
    /// The attempt was released before: the caller is too late.
    Fenced,
}

/// The outcome of [`commit_reservation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// The stock has left the warehouse.
    Committed,
    /// The reservation has expired, or never existed.
    NotReserved,
}

/// Product and quantity, by ascending product id.
pub type StockLines<'a> = &'a [(ProductId, i32)];

/// Reserves all lines for so many seconds, or none.
///
/// # Errors
/// When inventorydb is unreachable; whether it is reserved is then unknown: repeat it to find out.
pub async fn reserve(
    db: &mut Conn,
    order: OrderId,
    attempt: i32,
    lines: StockLines<'_>,
    seconds: f64,
) -> Result<ReserveOutcome> {
    let (products, quantities) = to_columns(lines);
    let request = runtime::current_request_id();
    let call = sqlx::query!(
        r#"select product as "product!", requested as "requested!", can_have as "can_have!", outcome as "outcome!",
                  row_version, event, changed_at
           from hold($1, $2, $3, $4, $5, $6)"#,
        order.get(),
        attempt,
        &products,
        &quantities,
        seconds,
        request
    );
    let rows = timed!(db, fetch_all, call)?;
    if rows.iter().any(|row| row.outcome == "fenced") {
        return Ok(ReserveOutcome::Fenced);
    }
    if rows.iter().any(|row| row.outcome == "short") {
        let short = rows.iter().map(|row| Shortage {
            product_id: ProductId::new(row.product),
            requested: row.requested,
            available: row.can_have,
        });
        return Ok(ReserveOutcome::Insufficient(short.collect()));
    }
    // A repeated step finds its lines reserved: they have no events.
    let changed = rows.into_iter().filter_map(|row| {
        let (version, event, at) = (row.row_version?, row.event?, row.changed_at?);
        Some(Row { product: row.product, can_have: row.can_have, version, event, at })
    });
    Ok(ReserveOutcome::Reserved(to_events(changed.collect(), request.as_deref())))
}

/// What makes a committed reservation durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Its own commit waits for the disk.
    Own,
    /// The order is closed next, in a database of the same server: that commit writes both to the
    /// disk. A crash of the server before that takes the reservation back, and recovery, which finds
    /// the order's run, decides anew.
    WithClose,
}

/// Takes the reserved stock out of the warehouse.
///
/// # Errors
/// When inventorydb is unreachable; repeat it to find out.
pub async fn commit_reservation(
    db: &mut Conn,
    order: OrderId,
    attempt: i32,
    durability: Durability,
) -> Result<CommitOutcome> {
    let order = order.get();
    let outcome = match durability {
        Durability::Own => {
            let call = sqlx::query_scalar!(r#"select sell($1, $2) as "outcome!""#, order, attempt);
            timed!(db, fetch_one, call)?
        }
        Durability::WithClose => {
            let call = sqlx::query_scalar!(r#"select sell_before_close($1, $2) as "outcome!""#, order, attempt);
            timed!(db, fetch_one, call)?
        }
    };
    Ok(if outcome == "sold" { CommitOutcome::Committed } else { CommitOutcome::NotReserved })
}

/// Releases what this attempt has reserved, and fences it: it can never reserve again. Returns the
/// stock events, for publishing.
///
/// # Errors
/// When inventorydb is unreachable; repeat it.
pub async fn release_reservation(
    db: &mut Conn,
    order: OrderId,
    attempt: i32,
    lines: StockLines<'_>,
) -> Result<Vec<EventEnvelope>> {
    let (products, quantities) = to_columns(lines);
    let request = runtime::current_request_id();
    let call = sqlx::query_as!(
        Row,
        r#"select product as "product!", can_have as "can_have!", row_version as "version!", event as "event!",
                  changed_at as "at!"
           from release($1, $2, $3, $4, $5)"#,
        order.get(),
        attempt,
        &products,
        &quantities,
        request
    );
    Ok(to_events(timed!(db, fetch_all, call)?, request.as_deref()))
}

/// Puts the stock of a cancelled order back. Returns the stock events, for publishing.
///
/// # Errors
/// When inventorydb is unreachable; repeat it.
pub async fn restock(db: &mut Conn, order: OrderId) -> Result<Vec<EventEnvelope>> {
    let request = runtime::current_request_id();
    let call = sqlx::query_as!(
        Row,
        r#"select product as "product!", can_have as "can_have!", row_version as "version!", event as "event!",
                  changed_at as "at!"
           from take_back($1, $2)"#,
        order.get(),
        request
    );
    Ok(to_events(timed!(db, fetch_all, call)?, request.as_deref()))
}

/// Puts pieces of a received return back on sale. Returns the stock events, for publishing.
///
/// # Errors
/// When inventorydb is unreachable; repeat it.
pub async fn restock_return(
    db: &mut Conn,
    id: ReturnId,
    order: OrderId,
    lines: StockLines<'_>,
) -> Result<Vec<EventEnvelope>> {
    let (products, quantities) = to_columns(lines);
    let request = runtime::current_request_id();
    let call = sqlx::query_as!(
        Row,
        r#"select product as "product!", can_have as "can_have!", row_version as "version!", event as "event!",
                  changed_at as "at!"
           from restock_return($1, $2, $3, $4, $5)"#,
        id.get(),
        order.get(),
        &products,
        &quantities,
        request
    );
    Ok(to_events(timed!(db, fetch_all, call)?, request.as_deref()))
}

/// The lines of an attempt in any state, by ascending product id.
///
/// # Errors
/// When inventorydb is unreachable.
pub async fn find_lines(db: &mut Conn, order: OrderId, attempt: i32) -> Result<Vec<(ProductId, i32)>> {
    let select = sqlx::query!(
        "select product_id, quantity from reservations where order_id = $1 and attempt = $2 order by product_id",
        order.get(),
        attempt
    );
    let rows = timed!(db, fetch_all, select)?;
    Ok(rows.into_iter().map(|row| (ProductId::new(row.product_id), row.quantity)).collect())
}

struct Row {
    product: i32,
    can_have: i32,
    version: i64,
    event: Uuid,
    at: DateTime<Utc>,
}

fn to_columns(lines: StockLines<'_>) -> (Vec<i32>, Vec<i32>) {
    lines.iter().map(|(product, quantity)| (product.get(), *quantity)).unzip()
}

/// The events that inventorydb appended to its outbox, as they will be published.
fn to_events(rows: Vec<Row>, request: Option<&str>) -> Vec<EventEnvelope> {
    let event = |row: Row| {
        let changed =
            StockChanged { product_id: ProductId::new(row.product), available: row.can_have, version: row.version };
        stock_event(row.event, row.at, &changed, request)
    };
    rows.into_iter().map(event).collect()
}
