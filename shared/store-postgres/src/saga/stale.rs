//! Recovery's view of saga runs: claims stale ones, counts the unfinished.

use domain::OrderId;
use uuid::Uuid;

use super::{SagaRow, SagaRun};
use crate::pool::timed;
use crate::recovery::MAX_BACKOFF_SECONDS;
use crate::{Conn, Result};

/// Claims runs that made no progress for so many seconds by the database's clock; or, by its payment,
/// the run of a request whose process is known to be dead. Concurrent callers get different runs.
///
/// Untried runs come first. One that was tried waits for `idle_seconds`, then twice as long after each
/// try, at most five minutes. The try is counted here, before it is made.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn claim_stale(db: &mut Conn, idle_seconds: f64, payment: Option<Uuid>, limit: i64) -> Result<Vec<SagaRun>> {
    let update = sqlx::query_as!(
        SagaRow,
        r#"update orders set step_at = clock_timestamp(), tries = tries + 1,
               next_try_at = clock_timestamp() + make_interval(secs => least($4, $1 * power(2, least(tries, 20))))
           where id in (
               select id from orders
               where step is not null and step_at < statement_timestamp() - make_interval(secs => $1)
                   and (payment_id = $3 or $3::uuid is null and next_try_at <= statement_timestamp())
               order by tries, step_at limit $2 for update skip locked
           )
           returning id, user_id, (total * 100)::bigint as "cents!", status, step as "step!", attempt, payment_id,
               payment_method"#,
        idle_seconds,
        limit,
        payment,
        MAX_BACKOFF_SECONDS
    );
    timed!(db, fetch_all, update)?.into_iter().map(SagaRow::into_run).collect()
}

/// Unfinished saga runs and refunds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backlog {
    /// Those that recovery has tried without success, and those that are stale and untried.
    pub stuck: i64,
    /// Age of the oldest one that recovery has not tried, in seconds.
    pub oldest_untried_seconds: f64,
    /// The orders that recovery has tried most often, most tried first: at most 20.
    pub failing_orders: Vec<OrderId>,
}

/// Counts what made no progress for so many seconds, or was tried.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn measure_backlog(db: &mut Conn, idle_seconds: f64) -> Result<Backlog> {
    let select = sqlx::query!(
        r#"with half_done as (
               select id as order_id, tries, step_at from orders where step is not null
               union all
               select order_id, tries, step_at from refunds where state = 'intended'
           )
           select
               count(*) filter (
                   where tries > 0 or step_at < statement_timestamp() - make_interval(secs => $1)) as "stuck!",
               coalesce(max(extract(epoch from statement_timestamp() - step_at)) filter (where tries = 0), 0)::float8
                   as "untried_seconds!",
               coalesce((array_agg(order_id order by tries desc, order_id) filter (where tries > 0))[1:20], '{}')
                   as "failing!"
           from half_done"#,
        idle_seconds
    );
    let row = timed!(db, fetch_one, select)?;
    Ok(Backlog {
        stuck: row.stuck,
        oldest_untried_seconds: row.untried_seconds.max(0.0),
        failing_orders: row.failing.into_iter().map(OrderId::new).collect(),
    })
}
