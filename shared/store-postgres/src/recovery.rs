//! Statements of recovery that belong to no saga: expired reservations, old stock writes.

use domain::OrderId;
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Result};

/// The longest wait between two tries of what keeps failing. An alarm comes long before, and a repair
/// is tried within this time.
pub const MAX_BACKOFF_SECONDS: f64 = 300.0;

/// Claims attempts whose reservation has expired by the database's clock, the least tried first; one
/// that failed waits, with backoff.
///
/// # Errors
/// When inventorydb is unreachable.
pub async fn claim_expired_reservations(db: &mut Conn, idle_seconds: f64, limit: i64) -> Result<Vec<(OrderId, i32)>> {
    let update = sqlx::query!(
        "update reservations set tries = tries + 1,
             next_try_at = clock_timestamp() + make_interval(secs => least($3, $1 * power(2, least(tries, 20))))
         where (order_id, attempt, product_id) in (
             select order_id, attempt, product_id from reservations
             where state = 'held' and expires_at < statement_timestamp()
                 and next_try_at <= statement_timestamp()
             order by tries, expires_at limit $2 for update skip locked
         )
         returning order_id, attempt",
        idle_seconds,
        limit,
        MAX_BACKOFF_SECONDS
    );
    let mut attempts: Vec<_> =
        timed!(db, fetch_all, update)?.into_iter().map(|row| (OrderId::new(row.order_id), row.attempt)).collect();
    attempts.sort_unstable();
    attempts.dedup();
    Ok(attempts)
}

/// How long inventorydb keeps the steps of products' writes, in days.
pub const STOCK_WRITE_RETENTION_DAYS: i32 = 14;

/// Steps of products' writes older than [`STOCK_WRITE_RETENTION_DAYS`], oldest first.
///
/// # Errors
/// When inventorydb is unreachable.
pub async fn find_expired_stock_writes(db: &mut Conn, limit: i64) -> Result<Vec<Uuid>> {
    let select = sqlx::query_scalar!(
        "select token from stock_writes where at < statement_timestamp() - make_interval(days => $2)
         order by at limit $1",
        limit,
        STOCK_WRITE_RETENTION_DAYS
    );
    timed!(db, fetch_all, select)
}

/// Deletes these steps.
///
/// # Errors
/// When inventorydb is unreachable.
pub async fn delete_stock_writes(db: &mut Conn, tokens: &[Uuid]) -> Result<u64> {
    let delete = sqlx::query!("delete from stock_writes where token = any($1)", tokens);
    Ok(timed!(db, execute, delete)?.rows_affected())
}
