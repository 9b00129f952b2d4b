//! The steps of a checkout that move stock: one statement each, a function of inventorydb that
//! is a transaction of its own. A step is known by (order, attempt): repeated, it changes nothing.

use chrono::{DateTime, Utc};
use domain::events::{EventEnvelope, StockChanged};
use domain::inventory::Shortage;
use domain::{OrderId, ProductId};
use uuid::Uuid;

use crate::inventory::stock_event;
use crate::pool::timed;
use crate::{Conn, Result};

/// What became of an attempt to hold a basket.
#[derive(Clone, Debug, PartialEq)]
pub enum ReserveOutcome {
    /// Every line is held; the stock events that say so, for publishing.
    Reserved(Vec<EventEnvelope>),
    /// Nothing is held, for want of these.
    Insufficient(Vec<Shortage>),
    /// The attempt was released before: whoever asks is too late.
    Fenced,
}

/// What became of an attempt to sell what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// It has left the warehouse.
    Committed,
    /// It had expired, or was never held.
    NotReserved,
}

/// Product and pieces, by ascending product id.
pub type StockLines<'a> = &'a [(ProductId, i32)];

/// Holds all lines for so many seconds, or none.
///
/// # Errors
/// When inventorydb is away; whether it is held is then unknown, and asking again tells.
pub async fn reserve(
    db: &mut Conn,
    order: OrderId,
    attempt: i32,
    lines: StockLines<'_>,
    seconds: f64,
) -> Result<ReserveOutcome> {
    let (products, pieces) = to_columns(lines);
    let request = runtime::current_request_id();
    let call = sqlx::query!(
        r#"select product as "product!", requested as "requested!", can_have as "can_have!", outcome as "outcome!",
                  row_version, event, changed_at
           from hold($1, $2, $3, $4, $5, $6)"#,
        order.get(),
        attempt,
        &products,
        &pieces,
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
    // A repeated step finds its lines held and has nothing to tell.
    let changed = rows.into_iter().filter_map(|row| {
        let (version, event, at) = (row.row_version?, row.event?, row.changed_at?);
        Some(Row { product: row.product, can_have: row.can_have, version, event, at })
    });
    Ok(ReserveOutcome::Reserved(to_events(changed.collect(), request.as_deref())))
}

/// Takes what is held out of the warehouse.
///
/// # Errors
/// When inventorydb is away; asking again tells.
pub async fn commit_reservation(db: &mut Conn, order: OrderId, attempt: i32) -> Result<CommitOutcome> {
    let call = sqlx::query_scalar!(r#"select sell($1, $2) as "outcome!""#, order.get(), attempt);
    let outcome = timed!(db, fetch_one, call)?;
    Ok(if outcome == "sold" { CommitOutcome::Committed } else { CommitOutcome::NotReserved })
}

/// Gives back what this attempt holds, and keeps it from ever holding again. Answers the stock
/// events, for publishing.
///
/// # Errors
/// When inventorydb is away; asking again finishes it.
pub async fn release_reservation(
    db: &mut Conn,
    order: OrderId,
    attempt: i32,
    lines: StockLines<'_>,
) -> Result<Vec<EventEnvelope>> {
    let (products, pieces) = to_columns(lines);
    let request = runtime::current_request_id();
    let call = sqlx::query_as!(
        Row,
        r#"select product as "product!", can_have as "can_have!", row_version as "version!", event as "event!",
                  changed_at as "at!"
           from release($1, $2, $3, $4, $5)"#,
        order.get(),
        attempt,
        &products,
        &pieces,
        request
    );
    Ok(to_events(timed!(db, fetch_all, call)?, request.as_deref()))
}

/// Puts back what a cancelled order had bought. Answers the stock events, for publishing.
///
/// # Errors
/// When inventorydb is away; asking again finishes it.
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

/// The lines of an attempt, whatever their state, by ascending product id.
///
/// # Errors
/// When inventorydb is away.
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
    lines.iter().map(|(product, pieces)| (product.get(), *pieces)).unzip()
}

/// The events that inventorydb has written beside the changes, as they will be published.
fn to_events(rows: Vec<Row>, request: Option<&str>) -> Vec<EventEnvelope> {
    let event = |row: Row| {
        let fact =
            StockChanged { product_id: ProductId::new(row.product), available: row.can_have, version: row.version };
        stock_event(row.event, row.at, &fact, request)
    };
    rows.into_iter().map(event).collect()
}
