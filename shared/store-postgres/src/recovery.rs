//! What is common to everything that recovery takes up again and again until it succeeds.

use domain::{OrderId, Timestamp};
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Result};

/// The longest wait between two tries of what keeps failing: somebody is told long before, and
/// what they mend is tried again within that time.
pub const MAX_BACKOFF_SECONDS: f64 = 300.0;

/// Takes up attempts whose hold has outlived its time, by the database's own clock: the least
/// tried first, and none that failed before its time. (`by` is another clock, of a process with
/// that planted bug.)
///
/// # Errors
/// When inventorydb is away.
pub async fn claim_expired_reservations(
    db: &mut Conn,
    idle_seconds: f64,
    limit: i64,
    local_now: Option<Timestamp>,
) -> Result<Vec<(OrderId, i32)>> {
    let update = sqlx::query!(
        "update reservations set tries = tries + 1,
             next_try_at = clock_timestamp() + make_interval(secs => least($4, $1 * power(2, least(tries, 20))))
         where (order_id, attempt, product_id) in (
             select order_id, attempt, product_id from reservations
             where state = 'held' and expires_at < coalesce($3::timestamptz, statement_timestamp())
                 and next_try_at <= statement_timestamp()
             order by tries, expires_at limit $2 for update skip locked
         )
         returning order_id, attempt",
        idle_seconds,
        limit,
        local_now.map(|at| at.utc()),
        MAX_BACKOFF_SECONDS
    );
    let mut attempts: Vec<_> =
        timed!(db, fetch_all, update)?.into_iter().map(|row| (OrderId::new(row.order_id), row.attempt)).collect();
    attempts.sort_unstable();
    attempts.dedup();
    Ok(attempts)
}

/// For how many days inventorydb remembers that it took a step of a product's write, at least.
pub const STOCK_WRITE_RETENTION_DAYS: i32 = 14;

/// The oldest steps of products' writes that were taken long ago.
///
/// # Errors
/// When inventorydb is away.
pub async fn find_expired_stock_writes(db: &mut Conn, limit: i64) -> Result<Vec<Uuid>> {
    let select = sqlx::query_scalar!(
        "select token from stock_writes where at < statement_timestamp() - make_interval(days => $2)
         order by at limit $1",
        limit,
        STOCK_WRITE_RETENTION_DAYS
    );
    timed!(db, fetch_all, select)
}

/// Forgets these steps.
///
/// # Errors
/// When inventorydb is away.
pub async fn delete_stock_writes(db: &mut Conn, tokens: &[Uuid]) -> Result<u64> {
    let delete = sqlx::query!("delete from stock_writes where token = any($1)", tokens);
    Ok(timed!(db, execute, delete)?.rows_affected())
}
