//! I4: each customer is told once of each status that an order reached, and of each refund; and
//! of nothing else. What is too much for a mail of its own is found by a digest, and soon.

use std::collections::{BTreeMap, HashSet};

use domain::events::Queue;
use domain::orders::Status;
use domain::{Timestamp, UserId};
use postgres::audit::{GivingState, Placed};

use super::order;
use crate::moment::Moment;
use crate::read::{Digests, Told, What};
use crate::report::{Finding, Invariant};

/// Records are kept for half a year (`dynamo::notifications`); nobody expects them for as long.
const KEPT_SECONDS: i64 = 170 * 24 * 3600;

/// Judges what an order's customer was told.
pub(crate) fn of_order(placed: &Placed, told: &[Told], moment: &Moment) -> Vec<Finding> {
    let expected = expected(placed);
    let mut findings = Vec::new();
    for (what, (times, since)) in &expected {
        let records = told.iter().filter(|told| told.what == *what).count();
        let (kind, _) = what.words(placed.id);
        let about = format!("{} and `{kind}`", order(placed.id));
        let kept = moment.began.seconds() - since.seconds() < KEPT_SECONDS;
        if records > *times {
            let problem = "the customer was told more than once";
            findings.push(Finding::new(Invariant::Notify, about, problem, times, records));
        } else if records < *times && kept && moment.is_taken(*since, Queue::Notification) {
            findings.push(Finding::new(Invariant::Notify, about, "the customer was not told", times, records));
        }
    }
    for told in told {
        findings.extend(record(placed, told, expected.contains_key(&told.what), moment));
    }
    findings
}

/// What is told how often, and since when it is true. An order that is called off before it was
/// confirmed or declined was rolled back: nobody is told.
fn expected(placed: &Placed) -> BTreeMap<What, (usize, Timestamp)> {
    let mut expected = BTreeMap::new();
    let mut before = None;
    for step in &placed.timeline {
        let rolled_back = step.status == Status::Cancelled && before == Some(Status::Pending);
        if let Some(what) = What::of(step.status).filter(|_| !rolled_back) {
            // A card that is declined again is no news.
            expected.entry(what).or_insert((1, step.at));
        }
        before = Some(step.status);
    }
    for refund in placed.refunds.iter().filter(|refund| refund.state == GivingState::Done) {
        let (times, since) = expected.entry(What::Refunded).or_insert((0, refund.moved_at));
        *times += 1;
        *since = refund.moved_at.max(*since);
    }
    expected
}

fn record(placed: &Placed, told: &Told, expected: bool, moment: &Moment) -> Option<Finding> {
    let (kind, _) = told.what.words(placed.id);
    let about = format!("notification {} of {}", told.id, order(placed.id));
    let finding = |problem: &str, expected: String, found: String| {
        Some(Finding::new(Invariant::Notify, about.clone(), problem, expected, found))
    };
    if !expected {
        let happened = format!("no `{kind}`, which never happened");
        return finding("tells of what never happened", happened, format!("told to user {}", told.user));
    }
    if told.user != placed.user {
        return finding("was told to somebody else", user(placed.user), user(told.user));
    }
    let kept = moment.began.seconds() - told.at.seconds() < KEPT_SECONDS;
    if !told.marked && kept {
        return finding("would be told again: it has no mark", format!("a mark of `{kind}`"), "none".to_owned());
    }
    None
}

/// The longest that anything waits for a digest: an hour until its time, a day while mail is away
/// (`mail::PATIENCE_SECONDS`), and a run of recovery for each.
const DIGEST_WITHIN: i64 = 26 * 3600;

/// Judges what waits for a digest: each record has the marker by which it is found, and none waits
/// for too long.
pub(crate) fn of_digests(digests: &Digests, moment: &Moment) -> Vec<Finding> {
    let found: HashSet<_> = digests.markers.iter().map(|marker| marker.id).collect();
    let finding = |id: domain::NotificationId, problem: &str, expected: &str, found: String| {
        Finding::new(Invariant::Notify, format!("notification {id}"), problem, expected, found)
    };
    let lost = digests.records.iter().filter(|id| !found.contains(id)).map(|id| {
        finding(*id, "waits for a digest that will never tell of it", "a marker in `waiting`", "none".to_owned())
    });
    let age = |since: Timestamp| moment.began.seconds() - since.seconds();
    let late = digests.markers.iter().filter(|marker| age(marker.since) > DIGEST_WITHIN).map(|marker| {
        let found = format!("{} hours", age(marker.since) / 3600);
        finding(marker.id, "waits too long for a digest", "at most 26 hours", found)
    });
    lost.chain(late).collect()
}

/// A record about an order that is not there.
pub(crate) fn orphan(told: &Told) -> Finding {
    let about = format!("notification {} of {}", told.id, order(told.order));
    let found = format!("`{}` told to user {}", told.what.words(told.order).0, told.user);
    Finding::new(Invariant::Notify, about, "tells of an order that is not there", "nothing told", found)
}

fn user(id: UserId) -> String {
    format!("user {id}")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, confirmed, later, refund};
    use super::*;
    use domain::NotificationId;
    use domain::orders::Step;
    use dynamo::notifications::Waiting;

    fn told(placed: &Placed, what: What) -> Told {
        let (order, user) = (placed.id, placed.user);
        Told { order, user, what, id: NotificationId::at(0, 7), at: at(0), marked: true }
    }

    fn problems(placed: &Placed, told: &[Told], moment: &Moment) -> Vec<String> {
        of_order(placed, told, moment).into_iter().map(|finding| finding.problem).collect()
    }

    #[test]
    fn each_status_is_told_once_and_nothing_else_is() {
        let placed = confirmed(1, 1000);
        let (once, settled) = (told(&placed, What::Confirmed), later(10, true));
        assert!(problems(&placed, &[once], &settled).is_empty());
        assert_eq!(problems(&placed, &[], &settled), ["the customer was not told"]);
        assert_eq!(problems(&placed, &[once, once], &settled), ["the customer was told more than once"]);
        let wrong = told(&placed, What::Shipped);
        assert_eq!(problems(&placed, &[once, wrong], &settled), ["tells of what never happened"]);
        let other = Told { user: UserId::new(9), ..once };
        assert_eq!(problems(&placed, &[other], &settled), ["was told to somebody else"]);
        let unmarked = Told { marked: false, ..once };
        assert_eq!(problems(&placed, &[unmarked], &settled), ["would be told again: it has no mark"]);
    }

    #[test]
    fn a_message_may_take_its_time_and_a_record_its_leave() {
        let placed = confirmed(1, 1000);
        let found = [10, 89, 91, KEPT_SECONDS + 1].map(|age| problems(&placed, &[], &later(age, false)).len());
        assert_eq!(found, [0, 0, 1, 0]);
    }

    #[test]
    fn nobody_is_told_of_what_was_rolled_back_nor_twice_of_a_declined_card() {
        let settled = later(10, true);
        let with = |statuses: &[Status]| {
            let step = |status: &Status| Step { status: *status, at: at(0), detail: None };
            let (status, timeline) = (*statuses.last().unwrap(), statuses.iter().map(step).collect());
            Placed { status, timeline, ..confirmed(1, 1000) }
        };
        use Status::{Cancelled, Confirmed, PaymentFailed, Pending};
        let rolled_back = with(&[Pending, Cancelled]);
        assert!(problems(&rolled_back, &[], &settled).is_empty());
        let wrongly = [told(&rolled_back, What::Cancelled)];
        assert_eq!(problems(&rolled_back, &wrongly, &settled), ["tells of what never happened"]);
        let declined = with(&[Pending, PaymentFailed, PaymentFailed, Cancelled]);
        let both = [told(&declined, What::PaymentFailed), told(&declined, What::Cancelled)];
        assert!(problems(&declined, &both, &settled).is_empty());
        let cancelled = with(&[Pending, Confirmed, Cancelled]);
        let one = [told(&cancelled, What::Confirmed)];
        assert_eq!(problems(&cancelled, &one, &settled), ["the customer was not told"]);
    }

    #[test]
    fn what_waits_for_a_digest_is_found_by_it_and_in_time() {
        let [one, other] = [1, 2].map(|n| NotificationId::at(0, n));
        let marker = |id| Waiting {
            user: UserId::new(3),
            id,
            subject: String::new(),
            created_at: at(0),
            since: at(0),
            not_before: at(0),
        };
        let judged = |markers: Vec<Waiting>, age| {
            let digests = Digests { records: vec![one, other], markers };
            let found = of_digests(&digests, &later(age, true));
            found.into_iter().map(|finding| finding.problem).collect::<Vec<_>>()
        };
        assert!(judged(vec![marker(one), marker(other)], DIGEST_WITHIN).is_empty());
        assert_eq!(judged(vec![marker(one)], 10), ["waits for a digest that will never tell of it"]);
        let late = judged(vec![marker(one), marker(other)], DIGEST_WITHIN + 1);
        assert_eq!(late, ["waits too long for a digest"; 2]);
    }

    #[test]
    fn each_refund_is_told_once() {
        let mut placed = confirmed(1, 1000);
        let done = refund(&placed, 100, GivingState::Done);
        placed.refunds = vec![done, done, refund(&placed, 100, GivingState::Refused)];
        let all = [told(&placed, What::Confirmed), told(&placed, What::Refunded), told(&placed, What::Refunded)];
        assert!(problems(&placed, &all, &later(100, true)).is_empty());
        assert_eq!(problems(&placed, &all[..2], &later(100, true)), ["the customer was not told"]);
    }
}
