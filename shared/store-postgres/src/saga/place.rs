//! The statement that begins an order's first run.

use domain::idempotency::{ClaimOutcome, IdempotencyKey, LOCK_SECONDS};
use domain::orders::{OrderDraft, OrderLine, OrderStatus};
use domain::payments::PaymentMethod;
use domain::{OrderId, PaymentId, Timestamp, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{SagaKind, SagaRun};
use crate::idempotency::FoundKey;
use crate::pool::timed;
use crate::{Conn, Result};

/// The outcome of [`begin_place`].
#[derive(Clone, Debug, PartialEq)]
pub enum BeginPlaceOutcome {
    /// The order is stored, or its idempotency key says what to do.
    Begun(ClaimOutcome<SagaRun, Uuid>),
    /// The draft was priced by rules that have changed since: nothing was done.
    StaleRules,
}

/// Claims the request's idempotency key, inserts a pending order with its lines, and begins its saga:
/// all in one statement, or nothing if the key cannot be claimed or the draft's rules are not the
/// latest. So a key is never claimed without an order, and one commit does for both. A trigger counts
/// the use of the order's discount in that same transaction. `payment_seed` is a fresh version 7 UUID,
/// of which the payment's id is made.
///
/// # Errors
/// When the order may not use its discount (see [`Error::refused_discount`](crate::Error)): then
/// nothing was done. When orderdb is unreachable: whether it was inserted is then unknown, and recovery
/// compensates it.
pub async fn begin_place(
    db: &mut Conn,
    key: Option<&IdempotencyKey>,
    user: UserId,
    draft: &OrderDraft,
    method: &PaymentMethod,
    payment_seed: Uuid,
    now: Timestamp,
) -> Result<BeginPlaceOutcome> {
    let insert = sqlx::query_file_as!(
        PlacedRow,
        "src/saga/begin_place.sql",
        user.get(),
        encode_draft(draft),
        now.utc(),
        payment_seed,
        method.as_str(),
        draft.rules_version,
        key.map(|key| key.key.as_str()),
        key.map(|key| &key.fingerprint[..]),
        f64::from(LOCK_SECONDS),
        runtime::current_request_id()
    );
    let row = timed!(db, fetch_one, insert)?;
    if !row.is_latest {
        return Ok(BeginPlaceOutcome::StaleRules);
    }
    if let (Some(order), Some(payment)) = (row.id, row.payment_id) {
        return Ok(BeginPlaceOutcome::Begun(ClaimOutcome::Claimed(SagaRun {
            order: OrderId::new(order),
            user,
            total: draft.amounts.total,
            kind: SagaKind::Place,
            previous_status: OrderStatus::Pending,
            attempt: 1,
            payment: PaymentId::new(payment),
            method: method.as_str().to_owned(),
        })));
    }
    let found = FoundKey {
        fingerprint: row.fingerprint,
        outcome: row.outcome,
        request_id: row.request_id,
        subject: row.subject,
        left_seconds: row.left_seconds,
    };
    // Without a key, an order is inserted or the statement fails.
    Ok(BeginPlaceOutcome::Begun(key.map_or(ClaimOutcome::InProgress(1.0), |key| found.outcome(key))))
}

/// The order that was placed, or the key that kept it from being placed.
struct PlacedRow {
    is_latest: bool,
    id: Option<i32>,
    payment_id: Option<Uuid>,
    fingerprint: Option<Vec<u8>>,
    outcome: Option<String>,
    request_id: Option<String>,
    subject: Option<Uuid>,
    left_seconds: Option<f64>,
}

/// A draft as the statement takes it, one JSON object whose members are named like the columns: a
/// parameter for each would be thirty.
fn encode_draft(draft: &OrderDraft) -> Value {
    let amounts = &draft.amounts;
    let line = |line: &OrderLine| {
        json!({
            "product_id": line.product_id,
            "name": line.name,
            "quantity": line.quantity,
            "price": line.price,
            "discount": line.discount,
            "tax": line.tax,
            "tax_basis_points": line.tax_rate.basis_points(),
            "total": line.total,
        })
    };
    let (method_id, method) = draft.shipping_method.as_ref().map(|(id, name)| (id, name)).unzip();
    let (discount_id, discount_code) = draft.discount.as_ref().map(|(id, code)| (id, code)).unzip();
    json!({
        "currency": draft.currency,
        "subtotal": amounts.subtotal,
        "discount": amounts.discount,
        "shipping": amounts.shipping,
        "shipping_tax": amounts.shipping_tax,
        "tax": amounts.tax,
        "tax_included": amounts.tax_included,
        "total": amounts.total,
        "shipping_address": draft.shipping_address,
        "email": draft.email,
        "shipping_method_id": method_id,
        "shipping_method": method,
        "discount_id": discount_id,
        "discount_code": discount_code,
        "lines": draft.lines.iter().map(line).collect::<Vec<_>>(),
    })
}
