//! I4: each customer is notified once of each status that an order reached, of each refund, of each
//! shipment of a part and of each change of a return; and of nothing else. A digest finds the records above the mail limit, and soon.

use std::collections::{BTreeMap, HashSet};

use domain::events::Queue;
use domain::orders::OrderStatus;
use domain::{Timestamp, UserId};
use store_postgres::reconcile::{FulfilmentRecord, OrderRecord, RefundRecord, RefundState};

use super::labels::order_label;
use super::{return_messages, shipment_messages};
use crate::check_context::CheckContext;
use crate::check_state::{OrderMessage, OrderNotification, PendingDigests};
use crate::report::{Invariant, Violation};

/// Records are kept for half a year (`store_dynamo::notifications`); checked for less.
const EXPECTED_FOR_SECONDS: i64 = 170 * 24 * 3600;

/// Checks the notifications of an order.
pub(crate) fn check_order(
    placed: &OrderRecord,
    fulfilments: &[FulfilmentRecord],
    sent: &[OrderNotification],
    moment: &CheckContext,
) -> Vec<Violation> {
    let mut expected = expected_messages(placed);
    shipment_messages::add_expected(placed, fulfilments, &mut expected);
    return_messages::add_expected(placed, &mut expected);
    let mut findings = Vec::new();
    for (what, (times, since)) in &expected {
        let records = sent.iter().filter(|sent| sent.message == *what).count();
        let (kind, _) = what.kind_and_subject(placed.id);
        let about = format!("{} and `{kind}`", order_label(placed.id));
        let kept = moment.started_at.seconds() - since.seconds() < EXPECTED_FOR_SECONDS;
        if records > *times {
            let problem = "the customer was notified more than once";
            findings.push(Violation::new(Invariant::Notifications, about, problem, times, records));
        } else if records < *times && kept && moment.must_be_consumed(*since, Queue::Notification) {
            findings.push(Violation::new(
                Invariant::Notifications,
                about,
                "the customer was not notified",
                times,
                records,
            ));
        }
    }
    for sent in sent {
        findings.extend(check_notification(placed, sent, expected.contains_key(&sent.message), moment));
    }
    findings
}

/// Which messages are expected, how often, and since when. An order that is cancelled before it was
/// confirmed or declined was rolled back: nobody is notified.
fn expected_messages(placed: &OrderRecord) -> BTreeMap<OrderMessage, (usize, Timestamp)> {
    let mut expected = BTreeMap::new();
    let mut before = None;
    for step in &placed.timeline {
        let rolled_back = step.status == OrderStatus::Cancelled && before == Some(OrderStatus::Pending);
        if let Some(what) = OrderMessage::for_status(step.status).filter(|_| !rolled_back) {
            // A card that is declined again causes no second notification.
            expected.entry(what).or_insert((1, step.at));
        }
        before = Some(step.status);
    }
    // The refund of a return is told by the return's own message.
    let told = |refund: &&RefundRecord| refund.state == RefundState::Done && refund.return_id.is_none();
    for refund in placed.refunds.iter().filter(told) {
        let (times, since) = expected.entry(OrderMessage::Refunded).or_insert((0, refund.changed_at));
        *times += 1;
        *since = refund.changed_at.max(*since);
    }
    expected
}

fn check_notification(
    placed: &OrderRecord,
    sent: &OrderNotification,
    expected: bool,
    moment: &CheckContext,
) -> Option<Violation> {
    let (kind, _) = sent.message.kind_and_subject(placed.id);
    let about = format!("notification {} of {}", sent.id, order_label(placed.id));
    let finding = |problem: &str, expected: String, found: String| {
        Some(Violation::new(Invariant::Notifications, about.clone(), problem, expected, found))
    };
    if !expected {
        let happened = format!("no `{kind}`, which never happened");
        return finding("reports a change that never happened", happened, format!("sent to user {}", sent.user));
    }
    if sent.user != placed.user {
        return finding("was sent to another user", user_label(placed.user), user_label(sent.user));
    }
    let kept = moment.started_at.seconds() - sent.occurred_at.seconds() < EXPECTED_FOR_SECONDS;
    if !sent.has_dedup_marker && kept {
        return finding("would be sent again: it has no marker", format!("a marker of `{kind}`"), "none".to_owned());
    }
    None
}

/// The longest that anything waits for a digest: an hour until its time, a day while mail is
/// unavailable (`mail::admin_message::RETRY_WINDOW_SECONDS`), and a run of recovery for each.
const DIGEST_WITHIN_SECONDS: i64 = 26 * 3600;

/// Checks the records that wait for a digest: each has the marker by which it is found, and none
/// waits too long.
pub(crate) fn check_digests(digests: &PendingDigests, moment: &CheckContext) -> Vec<Violation> {
    let found: HashSet<_> = digests.markers.iter().map(|marker| marker.id).collect();
    let finding = |id: domain::NotificationId, problem: &str, expected: &str, found: String| {
        Violation::new(Invariant::Notifications, format!("notification {id}"), problem, expected, found)
    };
    let lost = digests.notifications.iter().filter(|id| !found.contains(id)).map(|id| {
        finding(*id, "waits for a digest that will never include it", "a marker in `waiting`", "none".to_owned())
    });
    let age = |since: Timestamp| moment.started_at.seconds() - since.seconds();
    let late = digests.markers.iter().filter(|marker| age(marker.deferred_at) > DIGEST_WITHIN_SECONDS).map(|marker| {
        let found = format!("{} hours", age(marker.deferred_at) / 3600);
        finding(marker.id, "waits too long for a digest", "at most 26 hours", found)
    });
    lost.chain(late).collect()
}

/// A record about a missing order.
pub(crate) fn orphan_notification(sent: &OrderNotification) -> Violation {
    let about = format!("notification {} of {}", sent.id, order_label(sent.order));
    let found = format!("`{}` sent to user {}", sent.message.kind_and_subject(sent.order).0, sent.user);
    Violation::new(Invariant::Notifications, about, "is about an order that does not exist", "no notification", found)
}

fn user_label(id: UserId) -> String {
    format!("user {id}")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{confirmed_order, context_at, placed_plus, refund_of};
    use super::*;
    use domain::NotificationId;
    use domain::orders::TimelineEntry;
    use store_dynamo::notifications::DigestEntry;

    fn sent_notification(placed: &OrderRecord, what: OrderMessage) -> OrderNotification {
        let (order, user) = (placed.id, placed.user);
        OrderNotification {
            order,
            user,
            message: what,
            id: NotificationId::generate_at(0, 7),
            occurred_at: placed_plus(0),
            has_dedup_marker: true,
        }
    }

    fn problems(placed: &OrderRecord, sent: &[OrderNotification], moment: &CheckContext) -> Vec<String> {
        check_order(placed, &[], sent, moment).into_iter().map(|finding| finding.problem).collect()
    }

    #[test]
    fn each_status_is_notified_once_and_nothing_else_is() {
        let placed = confirmed_order(1, 1000);
        let (once, settled) = (sent_notification(&placed, OrderMessage::Confirmed), context_at(10, true));
        assert!(problems(&placed, &[once], &settled).is_empty());
        assert_eq!(problems(&placed, &[], &settled), ["the customer was not notified"]);
        assert_eq!(problems(&placed, &[once, once], &settled), ["the customer was notified more than once"]);
        let wrong = sent_notification(&placed, OrderMessage::Shipped);
        assert_eq!(problems(&placed, &[once, wrong], &settled), ["reports a change that never happened"]);
        let other = OrderNotification { user: UserId::new(9), ..once };
        assert_eq!(problems(&placed, &[other], &settled), ["was sent to another user"]);
        let unmarked = OrderNotification { has_dedup_marker: false, ..once };
        assert_eq!(problems(&placed, &[unmarked], &settled), ["would be sent again: it has no marker"]);
    }

    #[test]
    fn a_late_message_and_an_expired_record_are_no_violations() {
        let placed = confirmed_order(1, 1000);
        let found =
            [10, 89, 91, EXPECTED_FOR_SECONDS + 1].map(|age| problems(&placed, &[], &context_at(age, false)).len());
        assert_eq!(found, [0, 0, 1, 0]);
    }

    #[test]
    fn a_rolled_back_order_is_not_notified_and_a_declined_card_once() {
        let settled = context_at(10, true);
        let with = |statuses: &[OrderStatus]| {
            let step = |status: &OrderStatus| TimelineEntry { status: *status, at: placed_plus(0), detail: None };
            let (status, timeline) = (*statuses.last().unwrap(), statuses.iter().map(step).collect());
            OrderRecord { status, timeline, ..confirmed_order(1, 1000) }
        };
        use OrderStatus::{Cancelled, Confirmed, PaymentFailed, Pending};
        let rolled_back = with(&[Pending, Cancelled]);
        assert!(problems(&rolled_back, &[], &settled).is_empty());
        let wrongly = [sent_notification(&rolled_back, OrderMessage::Cancelled)];
        assert_eq!(problems(&rolled_back, &wrongly, &settled), ["reports a change that never happened"]);
        let declined = with(&[Pending, PaymentFailed, PaymentFailed, Cancelled]);
        let both = [
            sent_notification(&declined, OrderMessage::PaymentFailed),
            sent_notification(&declined, OrderMessage::Cancelled),
        ];
        assert!(problems(&declined, &both, &settled).is_empty());
        let cancelled = with(&[Pending, Confirmed, Cancelled]);
        let one = [sent_notification(&cancelled, OrderMessage::Confirmed)];
        assert_eq!(problems(&cancelled, &one, &settled), ["the customer was not notified"]);
    }

    #[test]
    fn a_pending_digest_entry_has_its_marker_and_is_sent_in_time() {
        let [one, other] = [1, 2].map(|n| NotificationId::generate_at(0, n));
        let marker = |id| DigestEntry {
            user: UserId::new(3),
            id,
            subject: String::new(),
            created_at: placed_plus(0),
            deferred_at: placed_plus(0),
            not_before: placed_plus(0),
        };
        let check = |markers: Vec<DigestEntry>, age| {
            let digests = PendingDigests { notifications: vec![one, other], markers };
            let found = check_digests(&digests, &context_at(age, true));
            found.into_iter().map(|finding| finding.problem).collect::<Vec<_>>()
        };
        assert!(check(vec![marker(one), marker(other)], DIGEST_WITHIN_SECONDS).is_empty());
        assert_eq!(check(vec![marker(one)], 10), ["waits for a digest that will never include it"]);
        let late = check(vec![marker(one), marker(other)], DIGEST_WITHIN_SECONDS + 1);
        assert_eq!(late, ["waits too long for a digest"; 2]);
    }

    #[test]
    fn each_refund_is_notified_once() {
        let mut placed = confirmed_order(1, 1000);
        let done = refund_of(&placed, 100, RefundState::Done);
        placed.refunds = vec![done, done, refund_of(&placed, 100, RefundState::Rejected)];
        let all = [
            sent_notification(&placed, OrderMessage::Confirmed),
            sent_notification(&placed, OrderMessage::Refunded),
            sent_notification(&placed, OrderMessage::Refunded),
        ];
        assert!(problems(&placed, &all, &context_at(100, true)).is_empty());
        assert_eq!(problems(&placed, &all[..2], &context_at(100, true)), ["the customer was not notified"]);
    }
}
