//! Refunds of payments, from `begin_refund` to `close`. The processor is called between the two, by
//! the refund's id.
//!
//! Refunds of cancelled orders have no row here: the order's `step` says that they must be made.

use domain::events::EventEnvelope;
use domain::orders::{LinePosition, RefundPlan, RefundPosition};
use domain::payments::RefundedLine;
use domain::pricing::Currency;
use domain::users::Email;
use domain::{Money, OrderId, PaymentId, ProductId, ReturnId, Timestamp};
use uuid::Uuid;

use crate::idempotency::KeyClaim;
use crate::orders::parse_currency;
use crate::pool::timed;
use crate::recovery::MAX_BACKOFF_SECONDS;
use crate::{Conn, Result, outbox};

/// A refund that is not closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRefund {
    /// The refund's key at the processor.
    pub id: Uuid,
    pub order: OrderId,
    pub payment: PaymentId,
    pub amount: Money,
    /// The order's.
    pub currency: Currency,
    /// The pieces that are refunded; none if it is an amount.
    pub items: Vec<RefundedLine>,
    pub reason: Option<String>,
    /// The received return that it is made for; the refund has its id.
    pub return_id: Option<ReturnId>,
    /// Where mails about the order go; its customer's own address without one.
    pub email: Option<Email>,
}

impl PendingRefund {
    /// The refund of an amount in euros, until [`begin_refund`] knows the order's currency.
    pub fn of_amount(id: Uuid, order: OrderId, payment: PaymentId, amount: Money) -> Self {
        let currency = Currency::EUR;
        Self { id, order, payment, amount, currency, items: Vec::new(), reason: None, return_id: None, email: None }
    }
}

/// What was refunded of an order, and is being refunded. It stays so while the order's row is locked.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn find_position(db: &mut Conn, order: OrderId) -> Result<RefundPosition> {
    let select = sqlx::query!(
        r#"select i.product_id, i.refunded, (i.refunded_amount * 100)::bigint as "cents!",
               exists (
                   select 1 from refunds r where r.order_id = $1 and r.shipping is not null and r.state <> 'refused'
               ) as "shipping!",
               (select coalesce(sum(r.amount) * 100, 0) from refunds r
                where r.order_id = $1 and r.state <> 'refused')::bigint as "amount!"
           from order_items i where i.order_id = $1 order by i.product_id"#,
        order.get()
    );
    let rows = timed!(db, fetch_all, select)?;
    Ok(RefundPosition {
        shipping_refunded: rows.first().is_some_and(|row| row.shipping),
        amount: Money::from_cents(rows.first().map_or(0, |row| row.amount)),
        lines: rows
            .into_iter()
            .map(|row| LinePosition {
                product_id: ProductId::new(row.product_id),
                refunded: row.refunded,
                refunded_amount: Money::from_cents(row.cents),
            })
            .collect(),
    })
}

/// Inserts a refund that is about to be made, with the pieces and the shipping of its plan. False when
/// the order has an active saga run, whose outcome must not depend on it; or when another request has
/// claimed the idempotency key. The refund's currency becomes that of its order.
///
/// # Errors
/// When orderdb is unreachable, or more pieces would be refunded than were bought.
pub async fn begin_refund(
    db: &mut Conn,
    refund: &mut PendingRefund,
    plan: &RefundPlan,
    claim: Option<&KeyClaim>,
    now: Timestamp,
) -> Result<bool> {
    let products: Vec<i32> = plan.lines.iter().map(|line| line.product_id.get()).collect();
    let quantities: Vec<i32> = plan.lines.iter().map(|line| line.quantity).collect();
    let amounts: Vec<i64> = plan.lines.iter().map(|line| line.amount.cents()).collect();
    let insert = sqlx::query_scalar!(
        "with mine as materialized (
             select 1 from idempotency_keys
             where user_id = $6 and route = 'refunds' and key = $7 and locked_until = $8 and subject is null
             for update
         ), intended as (
             insert into refunds (id, order_id, payment_id, amount, created_at, shipping, reason, return_id)
             select $1, o.id, $3, $4::bigint::numeric / 100, $5, $9::bigint::numeric / 100, $10, $11 from orders o
             where o.id = $2 and o.step is null and ($7::text is null or exists (select 1 from mine))
             returning id, order_id
         ), of_lines as (
             insert into refund_items (order_id, product_id, refund_id, quantity, amount)
             select intended.order_id, line.product_id, intended.id, line.quantity, line.cents::numeric / 100
             from intended, unnest($12::integer[], $13::integer[], $14::bigint[]) as line (product_id, quantity, cents)
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
        claim.map(|claim| claim.locked_until),
        plan.shipping.map(Money::cents),
        refund.reason,
        refund.return_id.map(ReturnId::get),
        &products,
        &quantities,
        &amounts
    );
    let Some(currency) = timed!(db, fetch_optional, insert)? else { return Ok(false) };
    refund.currency = parse_currency(currency)?;
    Ok(true)
}

/// Lowers the amount of a return's refund to what is left of the payment, if that is less. Returns the
/// amount; `None` when the refund is closed.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn lower_amount(db: &mut Conn, id: Uuid, refundable: Money) -> Result<Option<Money>> {
    let update = sqlx::query_scalar!(
        r#"update refunds set amount = least(amount, $2::bigint::numeric / 100)
           where id = $1 and state = 'intended' and return_id is not null
           returning (amount * 100)::bigint as "cents!""#,
        id,
        refundable.cents()
    );
    Ok(timed!(db, fetch_optional, update)?.map(Money::from_cents))
}

/// How a refund ends.
#[derive(Clone, Copy, Debug)]
pub enum RefundEnd<'a> {
    Done {
        events: &'a [EventEnvelope],
        /// For the idempotency key.
        outcome: &'a str,
        /// For the order's timeline; `None` if no money was moved.
        detail: Option<&'a str>,
        at: Timestamp,
    },
    /// The processor rejected it: its pieces may be refunded again, and its idempotency key is free.
    Refused,
}

/// Closes a refund. That of a return is done when its pieces are back on sale. False when it was closed
/// before.
///
/// # Errors
/// When orderdb is unreachable; repeat it.
pub async fn close(db: &mut Conn, id: Uuid, end: RefundEnd<'_>) -> Result<bool> {
    let (state, events, outcome, detail, at) = match end {
        RefundEnd::Done { events, outcome, detail, at } => ("done", events, Some(outcome), detail, Some(at.utc())),
        RefundEnd::Refused => ("refused", &[][..], None, None, None),
    };
    let (ids, bodies) = outbox::columns(events);
    let update = sqlx::query_scalar!(
        r#"with ended as (
               update refunds set state = $2, step_at = clock_timestamp(), restocked = return_id is not null
               where id = $1 and state = 'intended' returning id, order_id
           ), told as (
               insert into outbox (event_id, body)
               select e.id, e.body from ended, unnest($3::uuid[], $4::text[]) as e (id, body)
           ), about as materialized (
               select o.id, o.status from orders o, ended where o.id = ended.order_id and $6::text is not null
               for no key update of o
           ), noted as (
               insert into order_timeline (order_id, status, at, detail) select id, status, $7, $6 from about
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
        outcome,
        detail,
        at
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
           returning id, order_id, payment_id, (amount * 100)::bigint as "cents!", reason, return_id,
               (select o.currency from orders o where o.id = order_id) as "currency!",
               (select o.email from orders o where o.id = order_id) as email,
               (select array_agg(i.product_id order by i.product_id) from refund_items i
                where i.order_id = refunds.order_id and i.refund_id = refunds.id) as products,
               (select array_agg(i.quantity order by i.product_id) from refund_items i
                where i.order_id = refunds.order_id and i.refund_id = refunds.id) as quantities"#,
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
            items: refunded_lines(row.products, row.quantities),
            reason: row.reason,
            return_id: row.return_id.map(ReturnId::new),
            // Only valid addresses were ever stored.
            email: row.email.and_then(|email| Email::try_from(email).ok()),
        })
    });
    pending.collect()
}

fn refunded_lines(products: Option<Vec<i32>>, quantities: Option<Vec<i32>>) -> Vec<RefundedLine> {
    let lines = products.unwrap_or_default().into_iter().zip(quantities.unwrap_or_default());
    lines.map(|(product, quantity)| RefundedLine { product_id: ProductId::new(product), quantity }).collect()
}
