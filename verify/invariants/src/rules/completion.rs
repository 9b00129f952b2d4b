//! I3: no work stays unfinished. I14: nothing waits for its first attempt because other work fails.

use domain::Timestamp;
use store_postgres::reconcile::{ActiveWrite, OrderRecord, RefundState};

use super::labels::order_label;
use crate::check_context::{CheckContext, RECOVERED_WITHIN_SECONDS, RETRIED_WITHIN_SECONDS};
use crate::report::{Invariant, Violation};

/// Recovery has tried it, failed, and tried again: it was no short outage of a store.
const REPEATED_ATTEMPTS: i32 = 2;

/// Checks the unfinished work of an order and of its refunds.
pub(crate) fn check_order(placed: &OrderRecord, moment: &CheckContext) -> Vec<Violation> {
    let mut findings = Vec::new();
    if let Some((step, broken)) = placed.step.as_ref().zip(violated_invariant(placed.begun_at, placed.tries, moment)) {
        let problem = format!("has not ended while it is {}", placed.status.as_str());
        let found = format!("`{step}` in progress since {}, {}", placed.begun_at, describe_attempts(placed.tries));
        findings.push(Violation::new(broken, order_label(placed.id), problem, "nothing in progress", found));
    }
    for refund in placed.refunds.iter().filter(|refund| refund.state == RefundState::Pending) {
        let Some(broken) = violated_invariant(refund.created_at, refund.tries, moment) else { continue };
        let about = format!("refund {} of {}", refund.id, order_label(placed.id));
        let found =
            format!("{} intended since {}, {}", refund.amount, refund.created_at, describe_attempts(refund.tries));
        findings.push(Violation::new(broken, about, "has not ended", "done or rejected", found));
    }
    findings
}

/// A write of a product that should be completed.
pub(crate) fn stuck_product_write(write: &ActiveWrite) -> Violation {
    let (about, found) =
        (format!("product {}", write.product), format!("a write in progress since {}", write.begun_at));
    Violation::new(Invariant::Completion, about, "has an incomplete write", "nothing in progress", found)
}

/// The invariant that unfinished work violates: at once if recovery keeps failing with it, else
/// when it is older than recovery needs.
fn violated_invariant(since: Timestamp, tries: i32, moment: &CheckContext) -> Option<Invariant> {
    let due = moment.is_overdue(since, RECOVERED_WITHIN_SECONDS);
    match tries {
        // In an idle shop nothing waits for an attempt any more.
        0 if !moment.is_quiescent() => due.then_some(Invariant::FirstAttempt),
        0 => Some(Invariant::Completion),
        1 => due.then_some(Invariant::Completion),
        REPEATED_ATTEMPTS.. => moment.is_fault_free(RETRIED_WITHIN_SECONDS).then_some(Invariant::Completion),
        _ => None,
    }
}

fn describe_attempts(tries: i32) -> String {
    match tries {
        0 => "not tried by recovery".to_owned(),
        1 => "tried once by recovery".to_owned(),
        more => format!("tried {more} times by recovery"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{confirmed_order, context_at, refund_of};
    use super::*;

    #[test]
    fn unfinished_work_is_a_violation_only_when_overdue() {
        let placed = confirmed_order(1, 1000);
        assert!(check_order(&placed, &context_at(9999, true)).is_empty());
        let cancelling = OrderRecord { step: Some("cancel".to_owned()), ..placed.clone() };
        let found = [(60, false), (179, false), (181, false), (1, true)]
            .map(|(age, settled)| check_order(&cancelling, &context_at(age, settled)).len());
        assert_eq!(found, [0, 0, 1, 1]);
        let refunds = vec![refund_of(&placed, 300, RefundState::Pending), refund_of(&placed, 300, RefundState::Done)];
        let refunding = OrderRecord { refunds, ..placed };
        let found = [(60, false), (200, false), (11, true)]
            .map(|(age, settled)| check_order(&refunding, &context_at(age, settled)).len());
        assert_eq!(found, [0, 1, 1]);
    }

    #[test]
    fn repeated_failures_are_reported_at_once_and_untried_work_as_first_attempt() {
        let step = Some("cancel".to_owned());
        let of = |tries, age| {
            let placed = OrderRecord { step: step.clone(), tries, ..confirmed_order(1, 1000) };
            check_order(&placed, &context_at(age, false)).first().map(|finding| finding.invariant)
        };
        assert_eq!([of(0, 60), of(1, 60), of(2, 60)], [None, None, Some(Invariant::Completion)]);
        assert_eq!([of(0, 181), of(1, 181)], [Some(Invariant::FirstAttempt), Some(Invariant::Completion)]);
    }
}
