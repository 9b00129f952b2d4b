//! The invariants as pure functions: plain data in, violations out. Knows no store.

pub(crate) mod acknowledgements;
pub(crate) mod address_books;
pub(crate) mod completion;
pub(crate) mod discounts;
pub(crate) mod fulfilments;
pub(crate) mod idempotency_keys;
pub(crate) mod labels;
pub(crate) mod line_refunds;
pub(crate) mod money;
pub(crate) mod notifications;
pub(crate) mod order_amounts;
pub(crate) mod outbox;
pub(crate) mod price;
pub(crate) mod queues;
pub(crate) mod ratings;
pub(crate) mod retained_days;
mod return_messages;
pub(crate) mod returns;
pub(crate) mod rollups;
pub(crate) mod sessions;
mod shipment_messages;
pub(crate) mod stock;
pub(crate) mod take_overs;

#[cfg(test)]
mod fixtures;
