//! I4, of shipments: how often an order's customer is to be told that a part of it left or arrived. The
//! whole of it has a status of its own.

use std::collections::BTreeMap;

use domain::orders::OrderStatus;
use domain::{FulfilmentId, Timestamp};
use store_postgres::reconcile::{FulfilmentRecord, OrderRecord};

use crate::check_state::OrderMessage;

/// Adds the messages about parts, how many of each, and the time of the latest.
///
/// The fulfilment that completes the order is reported as `shipped`, and so is the last arrival as
/// `delivered`: a change has the time of the order's timeline, and no two changes of an order have the
/// same.
pub(super) fn add_expected(
    placed: &OrderRecord,
    sent: &[FulfilmentRecord],
    expected: &mut BTreeMap<OrderMessage, (usize, Timestamp)>,
) {
    let reached = |status| placed.timeline.iter().find(|step| step.status == status).map(|step| step.at);
    let all: BTreeMap<FulfilmentId, Option<Timestamp>> =
        sent.iter().map(|line| (line.fulfilment, line.delivered_at)).collect();
    let left = all.len().saturating_sub(usize::from(reached(OrderStatus::Shipped).is_some()));
    let whole_arrived = reached(OrderStatus::Delivered);
    let arrived = all.values().flatten().filter(|at| whole_arrived.is_none_or(|whole| **at < whole)).count();
    for (what, times) in [(OrderMessage::PartiallyShipped, left), (OrderMessage::PartiallyDelivered, arrived)] {
        if times > 0 {
            expected.insert(what, (times, placed.updated_at));
        }
    }
}
