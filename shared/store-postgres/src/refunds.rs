//! Refunds of payments, from `begin_refund` to `close`. The processor is called between the two, by
//! the refund's id.
//!
//! Refunds of cancelled orders have no row here: the order's `step` says that they must be made.

use domain::events::EventEnvelope;
use domain::pricing::Currency;
use domain::{Money, OrderId, PaymentId, Timestamp};
use uuid::Uuid;

use crate::idempotency::KeyClaim;
use crate::orders::parse_currency;
use crate::pool::timed;
use crate::recovery::MAX_BACKOFF_SECONDS;
use crate::{Conn, Result, outbox};

/// A refund that is not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingRefund {
    /// The refund's key at the processor.
    pub id: Uuid,
    pub order: OrderId,
    pub payment: PaymentId,
    pub amount: Money,
    /// The order's.
    pub currency: Currency,
}

/// Inserts a refund that is about to be made. False when the order has an active saga run, whose
/// outcome must not depend on it; or when another request has claimed the idempotency key. The
/// refund's currency becomes that of its order.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn begin_refund(
    db: &mut Conn,
    refund: &mut PendingRefund,
    claim: Option<&KeyClaim>,
    now: Timestamp,
) -> Result<bool> {
    let insert = sqlx::query_scalar!(
        "with mine as materialized (
             select 1 from idempotency_keys
             where user_id = $6 and route = 'refunds' and key = $7 and locked_until = $8 and subject is null
             for update
         ), intended as (
             insert into refunds (id, order_id, payment_id, amount, created_at)
             select $1, o.id, $3, $4::bigint::numeric / 100, $5 from orders o
             where o.id = $2 and o.step is null and ($7::text is null or exists (select 1 from mine))
             returning id, order_id
         ), keyed as (
             update idempotency_keys k set subject = intended.id from intended
             where k.user_id = $6 and k.route = 'refunds' and k.key = $7
         )
         select o.currency from intended join orders o on o.id = intended.order_id",
        refund.id,
        refund.order.get(),
        refund.payment.get(),
        refund.amount.cents(),
        now.utc(),
        claim.map(|claim| claim.key.user.get()),
        claim.map(|claim| claim.key.key.as_str()),
        claim.map(|claim| claim.locked_until)
    );
    let Some(currency) = timed!(db, fetch_optional, insert)? else { return Ok(false) };
    refund.currency = parse_currency(currency)?;
    Ok(true)
}

/// Closes a refund: with event and outcome it is done, without them it was rejected, which frees the
/// idempotency key. False when it was closed before.
///
/// # Errors
/// When orderdb is unreachable; repeat it.
pub async fn close(db: &mut Conn, id: Uuid, event: Option<&EventEnvelope>, outcome: Option<&str>) -> Result<bool> {
    let (ids, bodies) = outbox::columns(event.map(std::slice::from_ref).unwrap_or_default());
    let state = if event.is_some() { "done" } else { "refused" };
    let update = sqlx::query_scalar!(
        r#"with ended as (
               update refunds set state = $2, step_at = clock_timestamp()
               where id = $1 and state = 'intended' returning id
           ), told as (
               insert into outbox (event_id, body)
               select e.id, e.body from ended, unnest($3::uuid[], $4::text[]) as e (id, body)
           ), kept as (
               update idempotency_keys k set outcome = $5 from ended
               where k.subject = $1 and k.outcome is null and $5::text is not null
           ), freed as (
               delete from idempotency_keys k using ended
               where k.subject = $1 and k.outcome is null and $5::text is null
           )
           select id from ended"#,
        id,
        state,
        &ids,
        &bodies,
        outcome
    );
    Ok(timed!(db, fetch_optional, update)?.is_some())
}

/// Claims refunds that made no progress for so many seconds by the database's clock, as
/// [`claim_stale`](crate::saga::claim_stale) does saga runs: the least tried first.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn claim_stale(
    db: &mut Conn,
    idle_seconds: f64,
    refund: Option<Uuid>,
    limit: i64,
) -> Result<Vec<PendingRefund>> {
    let update = sqlx::query!(
        r#"update refunds set step_at = clock_timestamp(), tries = tries + 1,
               next_try_at = clock_timestamp() + make_interval(secs => least($4, $1 * power(2, least(tries, 20))))
           where id in (
               select id from refunds
               where state = 'intended' and step_at < statement_timestamp() - make_interval(secs => $1)
                   and (id = $3 or $3::uuid is null and next_try_at <= statement_timestamp())
               order by tries, step_at limit $2 for update skip locked
           )
           returning id, order_id, payment_id, (amount * 100)::bigint as "cents!",
               (select o.currency from orders o where o.id = order_id) as "currency!""#,
        idle_seconds,
        limit,
        refund,
        MAX_BACKOFF_SECONDS
    );
    let rows = timed!(db, fetch_all, update)?;
    let pending = rows.into_iter().map(|row| {
        Ok(PendingRefund {
            id: row.id,
            order: OrderId::new(row.order_id),
            payment: PaymentId::new(row.payment_id),
            amount: Money::from_cents(row.cents),
            currency: parse_currency(row.currency)?,
        })
    });
    pending.collect()
}
