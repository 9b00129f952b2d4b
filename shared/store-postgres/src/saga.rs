//! The saga runs of orders: begin, close, claim a stale one. Each is one conditional statement: of two
//! processes that change the same order, one succeeds and the other learns that it did not.
//!
//! `orders.step` names the active run (`place`, `pay`, `cancel`) and is null otherwise. It is written
//! before anything happens in another store. The steps in other stores are not here.

use domain::orders::{Order, OrderStatus};
use domain::payments::PaymentMethod;
use domain::rate_limits::Rate;
use domain::{Money, OrderId, PaymentId, UserId};
use uuid::Uuid;

use crate::idempotency::KeyClaim;
use crate::orders::parse_status;
use crate::pool::timed;
use crate::{Conn, Result};

mod close;
mod place;
mod stale;

pub use close::{Closing, close, delete_pending, update_status};
pub use place::{BeginPlaceOutcome, begin_place};
pub use stale::{Backlog, claim_stale, measure_backlog};

/// The kinds of saga.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum SagaKind {
    /// Reserves and charges for the first time.
    Place,
    /// Reserves and charges again, after a declined payment.
    Pay,
    /// Refunds the payment and restocks the units.
    Cancel,
}

impl SagaKind {
    /// The stored value, as in `orders.step`.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// One run of a saga: all that is needed to continue or to compensate it.
#[derive(Clone, Debug, PartialEq)]
pub struct SagaRun {
    pub order: OrderId,
    pub user: UserId,
    pub total: Money,
    pub kind: SagaKind,
    /// The order's status when the run began.
    pub previous_status: OrderStatus,
    /// Number of the attempt to reserve and charge, from 1. With the order it keys the stock's steps.
    pub attempt: i32,
    /// The attempt's key at the processor.
    pub payment: PaymentId,
    /// The payment token to charge.
    pub method: String,
}

/// The outcome of [`begin_pay`].
#[derive(Clone, Debug, PartialEq)]
pub enum BeginPayOutcome {
    /// The run has begun.
    Started(SagaRun),
    /// The order is not waiting for a payment, or another request has claimed the idempotency key.
    NotPayable,
    /// The order may have no further attempt for so many seconds.
    TooManyAttempts(f64),
}

/// Begins another attempt to pay for an order, unless `max_rate` is reached. The times of the latest
/// attempts are in the row that is updated, so concurrent requests cannot exceed it.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn begin_pay(
    db: &mut Conn,
    order: OrderId,
    method: &PaymentMethod,
    payment_seed: Uuid,
    claim: Option<&KeyClaim>,
    max_rate: Rate,
) -> Result<BeginPayOutcome> {
    let payment = PaymentId::for_order(order, payment_seed);
    let update = sqlx::query!(
        r#"with mine as materialized (
               select 1 from idempotency_keys
               where user_id = $4 and route = 'payments' and key = $5 and locked_until = $6 and subject is null
               for update
           ), begun as (
               update orders set step = 'pay', step_at = clock_timestamp(), begun_at = clock_timestamp(),
                   attempt = attempt + 1, payment_id = $2, payment_method = $3,
                   attempted_at = (clock_timestamp() || attempted_at)[1:$7]
               where id = $1 and status = 'payment_failed' and step is null
                   and coalesce(attempted_at[$7] <= clock_timestamp() - make_interval(secs => $8), true)
                   and ($5::text is null or exists (select 1 from mine))
               returning user_id, total, attempt
           ), keyed as (
               update idempotency_keys k set subject = $2 from begun
               where k.user_id = $4 and k.route = 'payments' and k.key = $5
           )
           select user_id as "user_id!", (total * 100)::bigint as "cents!", attempt as "attempt!",
               null::double precision as wait
           from begun
           union all
           select user_id, 0, attempt, $8 - extract(epoch from clock_timestamp() - attempted_at[$7])::double precision
           from orders
           where id = $1 and status = 'payment_failed' and step is null
               and attempted_at[$7] > clock_timestamp() - make_interval(secs => $8)
               and not exists (select 1 from begun)"#,
        order.get(),
        payment.get(),
        method.as_str(),
        claim.map(|claim| claim.key.user.get()),
        claim.map(|claim| claim.key.key.as_str()),
        claim.map(|claim| claim.locked_until),
        i32::try_from(max_rate.requests).unwrap_or(i32::MAX),
        f64::from(max_rate.seconds)
    );
    let Some(row) = timed!(db, fetch_optional, update)? else { return Ok(BeginPayOutcome::NotPayable) };
    if let Some(wait) = row.wait {
        return Ok(BeginPayOutcome::TooManyAttempts(wait));
    }
    Ok(BeginPayOutcome::Started(SagaRun {
        order,
        user: UserId::new(row.user_id),
        total: Money::from_cents(row.cents),
        kind: SagaKind::Pay,
        previous_status: OrderStatus::PaymentFailed,
        attempt: row.attempt,
        payment,
        method: method.as_str().to_owned(),
    }))
}

/// Begins to cancel an order as its caller has read it. `None` when it may not be cancelled, has
/// changed since, or has an active run.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn begin_cancel(db: &mut Conn, order: &Order) -> Result<Option<SagaRun>> {
    let update = sqlx::query_as!(
        SagaRow,
        r#"update orders set step = 'cancel', step_at = clock_timestamp(), begun_at = clock_timestamp()
           where id = $1 and status = $2 and status in ('confirmed', 'payment_failed') and step is null
               and date_trunc('milliseconds', updated_at) = $3
           returning id, user_id, (total * 100)::bigint as "cents!", status, step as "step!", attempt, payment_id,
               payment_method"#,
        order.id.get(),
        order.status.as_str(),
        order.updated_at.utc()
    );
    timed!(db, fetch_optional, update)?.map(SagaRow::into_run).transpose()
}

/// The active run of an order.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn find_active(db: &mut Conn, order: OrderId) -> Result<Option<SagaRun>> {
    let select = sqlx::query_as!(
        SagaRow,
        r#"select id, user_id, (total * 100)::bigint as "cents!", status, step as "step!", attempt, payment_id,
               payment_method
           from orders where id = $1 and step is not null"#,
        order.get()
    );
    timed!(db, fetch_optional, select)?.map(SagaRow::into_run).transpose()
}

struct SagaRow {
    id: i32,
    user_id: i32,
    cents: i64,
    status: String,
    step: String,
    attempt: i32,
    payment_id: Uuid,
    payment_method: String,
}

impl SagaRow {
    fn into_run(self) -> Result<SagaRun> {
        let unknown = || sqlx::Error::Decode(format!("unknown step {}", self.step).into());
        Ok(SagaRun {
            order: OrderId::new(self.id),
            user: UserId::new(self.user_id),
            total: Money::from_cents(self.cents),
            kind: self.step.parse().map_err(|_| unknown())?,
            previous_status: parse_status(&self.status)?,
            attempt: self.attempt,
            payment: PaymentId::new(self.payment_id),
            method: self.payment_method,
        })
    }
}
