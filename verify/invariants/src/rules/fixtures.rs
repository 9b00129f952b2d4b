//! Sample orders and their records, for the tests of the rules.

use domain::orders::{OrderLine, OrderStatus, TimelineEntry};
use domain::payments::PaymentStatus;
use domain::pricing::Amounts;
use domain::{Money, OrderId, PaymentId, ProductId, Timestamp, UserId};
use store_postgres::reconcile::{OrderRecord, RefundRecord, RefundState, ReservationRecord, ReservationState};
use uuid::Uuid;

use crate::check_context::CheckContext;
use crate::check_state::PaymentSummary;

/// When the samples were placed, in milliseconds.
pub(crate) const PLACED_AT_MILLIS: i64 = 1_769_860_800_000;

/// A context this many seconds after that.
pub(crate) fn context_at(seconds: i64, settled: bool) -> CheckContext {
    CheckContext::for_test(placed_plus(seconds), settled)
}

/// The fixture order's time plus these seconds.
pub(crate) fn placed_plus(seconds: i64) -> Timestamp {
    Timestamp::from_millis(PLACED_AT_MILLIS).plus_seconds(seconds)
}

/// A confirmed order of one unit of product 7.
pub(crate) fn confirmed_order(id: i32, cents: i64) -> OrderRecord {
    let (id, at) = (OrderId::new(id), placed_plus(0));
    let step = |status| TimelineEntry { status, at, detail: None };
    let price = Money::from_cents(cents);
    OrderRecord {
        id,
        user: UserId::new(3),
        total: price,
        amounts: Amounts { subtotal: price, total: price, ..no_amounts() },
        discount: None,
        status: OrderStatus::Confirmed,
        step: None,
        begun_at: at,
        tries: 0,
        attempt: 1,
        payment: PaymentId::for_order(id, Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000)),
        created_at: at,
        updated_at: at,
        lines: vec![OrderLine::goods(ProductId::new(7), "Lamp".to_owned(), 1, price)],
        timeline: vec![step(OrderStatus::Pending), step(OrderStatus::Confirmed)],
        refunds: Vec::new(),
    }
}

fn no_amounts() -> Amounts {
    let (none, tax_included) = (Money::ZERO, true);
    Amounts { subtotal: none, discount: none, shipping: none, shipping_tax: none, tax: none, tax_included, total: none }
}

/// The captured payment of the order.
pub(crate) fn captured_payment(placed: &OrderRecord) -> PaymentSummary {
    let (id, order, user, amount) = (placed.payment, placed.id, placed.user, placed.total);
    PaymentSummary { id, order, user, amount, status: PaymentStatus::Captured, refunds: Vec::new() }
}

/// A refund of its payment.
pub(crate) fn refund_of(placed: &OrderRecord, cents: i64, state: RefundState) -> RefundRecord {
    let (id, amount) = (Uuid::from_u128(9), Money::from_cents(cents));
    let (created_at, moved_at) = (placed_plus(10), placed_plus(10));
    RefundRecord {
        id,
        order: placed.id,
        payment: placed.payment,
        amount,
        shipping: None,
        return_id: None,
        state,
        created_at,
        changed_at: moved_at,
        tries: 0,
    }
}

/// The reservation of the fixture order.
pub(crate) fn reservation_of(placed: &OrderRecord, kept: ReservationState) -> ReservationRecord {
    let (order, attempt, product, expires_at) = (placed.id, placed.attempt, ProductId::new(7), placed_plus(900));
    ReservationRecord { order, attempt, product, quantity: 1, state: kept, expires_at }
}
