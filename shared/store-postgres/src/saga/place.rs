//! The statement that begins an order's first run.

use domain::Timestamp;
use domain::idempotency::{ClaimOutcome, IdempotencyKey, LOCK_SECONDS};
use domain::orders::{OrderDraft, OrderLine, OrderStatus};
use domain::payments::PaymentMethod;
use domain::{OrderId, PaymentId, UserId};
use uuid::Uuid;

use super::{SagaKind, SagaRun};
use crate::idempotency::FoundKey;
use crate::pool::timed;
use crate::{Conn, Result};

/// Claims the request's idempotency key, inserts a pending order with its lines, and begins its saga:
/// all in one statement, or nothing if the key cannot be claimed. So a key is never claimed without an
/// order, and one commit does for both. `payment_seed` is a fresh version 7 UUID, of which the
/// payment's id is made.
///
/// # Errors
/// When orderdb is unreachable; whether it was inserted is then unknown, and recovery compensates it.
pub async fn begin_place(
    db: &mut Conn,
    key: Option<&IdempotencyKey>,
    user: UserId,
    draft: &OrderDraft,
    method: &PaymentMethod,
    payment_seed: Uuid,
    now: Timestamp,
) -> Result<ClaimOutcome<SagaRun, Uuid>> {
    let (products, names, quantities, cents) = line_columns(&draft.lines);
    let insert = sqlx::query!(
        r#"with number as materialized (
               select next_order() as id
           ), fresh as materialized (
               select id, encode(substring(uuid_send($4::uuid) from 1 for 12) || int4send(id), 'hex')::uuid as payment
               from number
           ), taken as (
               insert into idempotency_keys as k (user_id, route, key, fingerprint, locked_until, subject, request_id)
               select $1::integer, 'orders', $10::text, $11::bytea, clock_timestamp() + make_interval(secs => $12),
                   payment, $13::text
               from fresh where $10::text is not null
               on conflict (user_id, route, key) do update
               set fingerprint = excluded.fingerprint, locked_until = excluded.locked_until,
                   created_at = clock_timestamp(), subject = excluded.subject, outcome = null,
                   request_id = excluded.request_id
               where k.created_at < clock_timestamp() - interval '24 hours'
                  or (k.subject is null and k.locked_until < clock_timestamp() and k.fingerprint = excluded.fingerprint)
               returning 1
           ), placed as (
               insert into orders (id, user_id, total, status, created_at, updated_at, step, payment_id, payment_method)
               select id, $1::integer, $2::bigint::numeric / 100, 'pending', $3::timestamptz, $3::timestamptz, 'place',
                   payment, $5::text
               from fresh where $10::text is null or exists (select 1 from taken)
               returning id, payment_id
           ), lines as (
               insert into order_items (order_id, product_id, name, quantity, price)
               select placed.id, line.product_id, line.name, line.quantity, line.cents::numeric / 100
               from placed, unnest($6::integer[], $7::text[], $8::integer[], $9::bigint[])
                   as line (product_id, name, quantity, cents)
           ), noted as (
               insert into order_timeline (order_id, status, at) select id, 'pending', $3::timestamptz from placed
           )
           select placed.id as "id?", placed.payment_id as "payment_id?", k.fingerprint as "fingerprint?", k.outcome,
               k.request_id, k.subject, extract(epoch from k.locked_until - clock_timestamp())::double precision as left_seconds
           from (values (1)) as one (n)
           left join placed on true
           left join idempotency_keys k
               on k.user_id = $1::integer and k.route = 'orders' and k.key = $10::text and placed.id is null"#,
        user.get(),
        draft.total.cents(),
        now.utc(),
        payment_seed,
        method.as_str(),
        &products,
        &names,
        &quantities,
        &cents,
        key.map(|key| key.key.as_str()),
        key.map(|key| &key.fingerprint[..]),
        f64::from(LOCK_SECONDS),
        runtime::current_request_id()
    );
    let row = timed!(db, fetch_one, insert)?;
    if let (Some(order), Some(payment)) = (row.id, row.payment_id) {
        return Ok(ClaimOutcome::Claimed(SagaRun {
            order: OrderId::new(order),
            user,
            total: draft.total,
            kind: SagaKind::Place,
            previous_status: OrderStatus::Pending,
            attempt: 1,
            payment: PaymentId::new(payment),
            method: method.as_str().to_owned(),
        }));
    }
    let found = FoundKey {
        fingerprint: row.fingerprint,
        outcome: row.outcome,
        request_id: row.request_id,
        subject: row.subject,
        left_seconds: row.left_seconds,
    };
    // Without a key, an order is inserted or the statement fails.
    Ok(key.map_or(ClaimOutcome::InProgress(1.0), |key| found.outcome(key)))
}

/// The lines as one array per column, as the statement takes them.
fn line_columns(lines: &[OrderLine]) -> (Vec<i32>, Vec<String>, Vec<i32>, Vec<i64>) {
    let (mut products, mut names, mut quantities, mut cents) = (vec![], vec![], vec![], vec![]);
    for line in lines {
        products.push(line.product_id.get());
        names.push(line.name.clone());
        quantities.push(line.quantity);
        cents.push(line.price.cents());
    }
    (products, names, quantities, cents)
}
