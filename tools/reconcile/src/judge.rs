//! What must be, in pure functions: plain data in, findings out. Knows no store.

pub(crate) mod acknowledged;
pub(crate) mod figures;
pub(crate) mod kept;
pub(crate) mod keys;
pub(crate) mod money;
pub(crate) mod notify;
pub(crate) mod outbox;
pub(crate) mod price;
pub(crate) mod queues;
pub(crate) mod ratings;
pub(crate) mod signed_in;
pub(crate) mod stock;
pub(crate) mod terminal;

#[cfg(test)]
mod samples;

use domain::OrderId;
use domain::orders::Status;

/// How an order is named in findings.
pub(crate) fn order(id: OrderId) -> String {
    format!("order {id}")
}

/// Whether an order in this status is paid for and keeps its goods.
pub(crate) fn stands(status: Status) -> bool {
    matches!(status, Status::Confirmed | Status::Shipped | Status::Delivered)
}
