//! The statements that close a saga run, and the one that changes the status of an order without one.

use domain::Timestamp;
use domain::events::EventEnvelope;
use domain::orders::{Order, OrderStatus};

use super::{SagaKind, SagaRun};
use crate::pool::timed;
use crate::{Conn, Result, outbox};

/// How a saga run is closed.
#[derive(Clone, Copy, Debug)]
pub struct Closing<'a> {
    /// The order's new status.
    pub status: OrderStatus,
    /// For the order's timeline.
    pub detail: Option<&'a str>,
    /// Appended to the outbox.
    pub event: Option<&'a EventEnvelope>,
    /// Stored for the request's idempotency key; `None` frees the key, since the request had no
    /// effect.
    pub outcome: Option<&'a str>,
    pub at: Timestamp,
}

/// Closes a run: status, timeline, outbox and the outcome of the idempotency key, in one statement.
/// False when another process has closed it.
///
/// # Errors
/// When orderdb is unreachable; whether it is closed is then unknown: repeat it to find out.
pub async fn close(db: &mut Conn, saga_run: &SagaRun, closing: Closing<'_>) -> Result<bool> {
    let (ids, bodies) = outbox::columns(closing.event.map(std::slice::from_ref).unwrap_or_default());
    // The key of the payment belongs to the request that paid, not to a cancellation.
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

/// Deletes an order whose stock could not be reserved, and frees its idempotency key in the same
/// statement: a crash between the two would leave a key without an order. False when it does not
/// exist any more.
///
/// # Errors
/// When orderdb is unreachable.
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

/// Changes the status of an order as its caller has read it, in one statement like [`close`]. False
/// when the order has changed since, when it has an active run, or when it is to be shipped although
/// all of its money was or is being refunded.
///
/// # Errors
/// When orderdb is unreachable.
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
