//! Orders and what belongs to them, as judges' tests begin with them.

use domain::orders::{Line, Status, Step};
use domain::payments::PaymentStatus;
use domain::{Money, OrderId, PaymentId, ProductId, Timestamp, UserId};
use postgres::audit::{Counted, Giving, GivingState, Kept, Placed};
use uuid::Uuid;

use crate::moment::Moment;
use crate::read::Paid;

/// When the samples were placed, in milliseconds.
pub(crate) const PLACED: i64 = 1_769_860_800_000;

/// A moment so many seconds after that.
pub(crate) fn later(seconds: i64, settled: bool) -> Moment {
    Moment::of_test(at(seconds), settled)
}

/// That time.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(PLACED).plus_seconds(seconds)
}

/// A confirmed order of one piece of product 7.
pub(crate) fn confirmed(id: i32, cents: i64) -> Placed {
    let (id, at) = (OrderId::new(id), at(0));
    let step = |status| Step { status, at, detail: None };
    let price = Money::from_cents(cents);
    Placed {
        id,
        user: UserId::new(3),
        total: price,
        status: Status::Confirmed,
        step: None,
        begun_at: at,
        tries: 0,
        attempt: 1,
        payment: PaymentId::for_order(id, Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000)),
        created_at: at,
        updated_at: at,
        lines: vec![Line { product_id: ProductId::new(7), name: "Lamp".to_owned(), quantity: 1, price }],
        timeline: vec![step(Status::Pending), step(Status::Confirmed)],
        refunds: Vec::new(),
    }
}

/// What was charged for it.
pub(crate) fn capture(placed: &Placed) -> Paid {
    let (id, order, user, amount) = (placed.payment, placed.id, placed.user, placed.total);
    Paid { id, order, user, amount, status: PaymentStatus::Captured, refunds: Vec::new() }
}

/// What goes back of it.
pub(crate) fn refund(placed: &Placed, cents: i64, state: GivingState) -> Giving {
    let (id, amount) = (Uuid::from_u128(9), Money::from_cents(cents));
    let (created_at, moved_at) = (at(10), at(10));
    Giving { id, order: placed.id, payment: placed.payment, amount, state, created_at, moved_at, tries: 0 }
}

/// What it has of the warehouse.
pub(crate) fn pieces(placed: &Placed, kept: Kept) -> Counted {
    let (order, attempt, product, expires_at) = (placed.id, placed.attempt, ProductId::new(7), at(900));
    Counted { order, attempt, product, quantity: 1, kept, expires_at }
}
