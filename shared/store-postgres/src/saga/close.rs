//! The statements that end a journey, or move an order that nothing is under way with.

use domain::Timestamp;
use domain::events::EventEnvelope;
use domain::orders::{Order, OrderStatus};

use super::{SagaKind, SagaRun};
use crate::pool::timed;
use crate::{Conn, Result, outbox};

/// How a journey ends.
#[derive(Clone, Copy, Debug)]
pub struct Closing<'a> {
    /// Where the order stands from now on.
    pub status: OrderStatus,
    /// For its timeline.
    pub detail: Option<&'a str>,
    /// What others are told.
    pub event: Option<&'a EventEnvelope>,
    /// What the request's idempotency key answers from now on; `None` frees the key, since
    /// nothing has come of the request.
    pub outcome: Option<&'a str>,
    /// When.
    pub at: Timestamp,
}

/// Ends a journey: the order gets its status, its timeline a line, the outbox the event, the
/// request's idempotency key its outcome, all in one statement. False when somebody else has
/// ended it before.
///
/// # Errors
/// When orderdb is away; whether it ended is then unknown, and asking again tells.
pub async fn close(db: &mut Conn, saga_run: &SagaRun, closing: Closing<'_>) -> Result<bool> {
    let (ids, bodies) = outbox::columns(closing.event.map(std::slice::from_ref).unwrap_or_default());
    // A cancellation is not what the order's own key stands for.
    let subject = (saga_run.kind != SagaKind::Cancel).then(|| saga_run.payment.get());
    let update = sqlx::query_scalar!(
        r#"with ended as (
               update orders set status = $4, step = null, updated_at = $5
               where id = $1 and step = $2 and attempt = $3 returning id
           ), noted as (
               insert into order_timeline (order_id, status, at, detail) select id, $4, $5, $6 from ended
           ), told as (
               insert into outbox (event_id, body)
               select e.id, e.body from ended, unnest($7::uuid[], $8::text[]) as e (id, body)
           ), kept as (
               update idempotency_keys k set outcome = $10 from ended
               where k.subject = $9 and k.outcome is null and $10::text is not null
           ), freed as (
               delete from idempotency_keys k using ended
               where k.subject = $9 and k.outcome is null and $10::text is null
           )
           select id from ended"#,
        saga_run.order.get(),
        saga_run.kind.as_str(),
        saga_run.attempt,
        closing.status.as_str(),
        closing.at.utc(),
        closing.detail,
        &ids,
        &bodies,
        subject,
        closing.outcome
    );
    Ok(timed!(db, fetch_optional, update)?.is_some())
}

/// Forgets an order that never came about, for want of stock, and frees its request's idempotency
/// key in the same statement: else a lost answer would leave a key that stands for nothing. False
/// when it is no longer there.
///
/// # Errors
/// When orderdb is away.
pub async fn delete_pending(db: &mut Conn, saga_run: &SagaRun) -> Result<bool> {
    let delete = sqlx::query_scalar!(
        "with forgotten as (
             delete from orders where id = $1 and status = 'pending' and step = 'place' and attempt = $2
             returning id, payment_id
         ), freed as (
             delete from idempotency_keys k using forgotten
             where k.subject = forgotten.payment_id and k.outcome is null
         )
         select id from forgotten",
        saga_run.order.get(),
        saga_run.attempt
    );
    Ok(timed!(db, fetch_optional, delete)?.is_some())
}

/// Moves an order on as its caller has seen it, in one statement like [`end`]. False when it has
/// changed since, when something is under way with it, and when it is to be shipped though all of
/// its money went back or is going back.
///
/// # Errors
/// When orderdb is away.
pub async fn update_status(
    db: &mut Conn,
    order: &Order,
    to: OrderStatus,
    event: &EventEnvelope,
    now: Timestamp,
) -> Result<bool> {
    let (ids, bodies) = outbox::columns(std::slice::from_ref(event));
    let update = sqlx::query_scalar!(
        r#"with moved as (
               update orders o set status = $3, updated_at = $4
               where id = $1 and status = $2 and step is null
                   and date_trunc('milliseconds', updated_at) = $7
                   and ($3 <> 'shipped' or total = 0 or total > (
                       select coalesce(sum(r.amount), 0) from refunds r where r.order_id = o.id and r.state <> 'refused'
                   ))
               returning id
           ), noted as (
               insert into order_timeline (order_id, status, at) select id, $3, $4 from moved
           ), told as (
               insert into outbox (event_id, body)
               select e.id, e.body from moved, unnest($5::uuid[], $6::text[]) as e (id, body)
           )
           select id from moved"#,
        order.id.get(),
        order.status.as_str(),
        to.as_str(),
        now.utc(),
        &ids,
        &bodies,
        order.updated_at.utc()
    );
    Ok(timed!(db, fetch_optional, update)?.is_some())
}
