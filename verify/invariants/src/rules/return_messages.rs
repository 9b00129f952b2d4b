//! I4, of returns: how often an order's customer is to be told of a change of one. The order's timeline
//! has each change; a received return is reported when its refund is done.

use std::collections::BTreeMap;

use domain::Timestamp;
use store_postgres::reconcile::{OrderRecord, RefundState};

use crate::check_state::OrderMessage;

/// Adds the messages about returns, how many of each, and the time of the latest.
pub(super) fn add_expected(placed: &OrderRecord, expected: &mut BTreeMap<OrderMessage, (usize, Timestamp)>) {
    let mut add = |what, at: Timestamp| {
        let (times, since) = expected.entry(what).or_insert((0, at));
        *times += 1;
        *since = at.max(*since);
    };
    for step in &placed.timeline {
        match step.detail.as_deref() {
            Some("Return requested") => add(OrderMessage::ReturnRequested, step.at),
            Some("Return approved") => add(OrderMessage::ReturnApproved, step.at),
            Some("Return declined") => add(OrderMessage::ReturnRejected, step.at),
            _ => {}
        }
    }
    let received = placed.refunds.iter().filter(|refund| refund.return_id.is_some());
    for refund in received.filter(|refund| refund.state == RefundState::Done) {
        add(OrderMessage::ReturnReceived, refund.changed_at);
    }
}
