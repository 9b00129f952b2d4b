//! Stale product writes, which recovery claims.

use domain::products::ProductDraft;
use sqlx::types::Json;
use uuid::Uuid;

use super::{ProductWrite, WriteRow};
use crate::pool::timed;
use crate::recovery::MAX_BACKOFF_SECONDS;
use crate::{Conn, Result};

/// Claims writes without progress for `idle_seconds`, by the database's clock, as
/// recovery claims sagas; concurrent callers get different ones.
///
/// # Errors
/// When productdb is unreachable.
pub async fn claim_stale(db: &mut Conn, idle_seconds: f64, limit: i64) -> Result<Vec<ProductWrite>> {
    let update = sqlx::query_as!(
        WriteRow,
        r#"update product_writes set step_at = clock_timestamp(), shared = true, tries = tries + 1,
               next_try_at = clock_timestamp() + make_interval(secs => least($3, $1 * power(2, least(tries, 20))))
           where product_id in (
               select product_id from product_writes
               where step_at < statement_timestamp() - make_interval(secs => $1)
                   and next_try_at <= statement_timestamp()
               order by tries, step_at limit $2 for update skip locked
           )
           returning product_id, token, kind, draft as "draft: Json<ProductDraft>", pieces, actor"#,
        idle_seconds,
        limit,
        MAX_BACKOFF_SECONDS
    );
    timed!(db, fetch_all, update)?.into_iter().map(WriteRow::into_write).collect()
}

/// Those of these tokens whose write is in progress.
///
/// # Errors
/// When productdb is unreachable.
pub async fn find_active_tokens(db: &mut Conn, tokens: &[Uuid]) -> Result<Vec<Uuid>> {
    let select = sqlx::query_scalar!("select token from product_writes where token = any($1)", tokens);
    timed!(db, fetch_all, select)
}
