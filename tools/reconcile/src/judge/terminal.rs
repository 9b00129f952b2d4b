//! I3: nothing stays under way. I14: nothing waits for its first try because other work fails.

use domain::Timestamp;
use postgres::audit::{GivingState, Placed, Writing};

use super::order;
use crate::moment::{Moment, RECOVERED_WITHIN, RETRIED_WITHIN};
use crate::report::{Finding, Invariant};

/// Recovery has tried it, failed, and tried again: no store was away for a moment.
const TRIED: i32 = 2;

/// Judges what is under way with an order and with its refunds.
pub(crate) fn of_order(placed: &Placed, moment: &Moment) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some((step, broken)) = placed.step.as_ref().zip(broken(placed.begun_at, placed.tries, moment)) {
        let problem = format!("has not come to its end while it is {}", placed.status.as_str());
        let found = format!("`{step}` under way since {}, {}", placed.begun_at, tried(placed.tries));
        findings.push(Finding::new(broken, order(placed.id), problem, "nothing under way", found));
    }
    for refund in placed.refunds.iter().filter(|refund| refund.state == GivingState::Intended) {
        let Some(broken) = broken(refund.created_at, refund.tries, moment) else { continue };
        let about = format!("refund {} of {}", refund.id, order(placed.id));
        let found = format!("{} intended since {}, {}", refund.amount, refund.created_at, tried(refund.tries));
        findings.push(Finding::new(broken, about, "has not come to its end", "done or refused", found));
    }
    findings
}

/// A write of a product that should be through.
pub(crate) fn of_product(write: &Writing) -> Finding {
    let (about, found) = (format!("product {}", write.product), format!("a write under way since {}", write.begun_at));
    Finding::new(Invariant::Terminal, about, "has not been written to its end", "nothing under way", found)
}

/// The promise that half-done work breaks: at once where recovery keeps failing with it, else when
/// it is older than recovery needs.
fn broken(since: Timestamp, tries: i32, moment: &Moment) -> Option<Invariant> {
    let due = moment.is_due(since, RECOVERED_WITHIN);
    match tries {
        // In a shop that has come to rest nothing waits for a try any more.
        0 if !moment.is_settled() => due.then_some(Invariant::Started),
        0 => Some(Invariant::Terminal),
        1 => due.then_some(Invariant::Terminal),
        TRIED.. => moment.is_quiet(RETRIED_WITHIN).then_some(Invariant::Terminal),
        _ => None,
    }
}

fn tried(tries: i32) -> String {
    match tries {
        0 => "not tried by recovery".to_owned(),
        1 => "tried once by recovery".to_owned(),
        more => format!("tried {more} times by recovery"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{confirmed, later, refund};
    use super::*;

    #[test]
    fn what_is_under_way_may_take_its_time_and_no_longer() {
        let placed = confirmed(1, 1000);
        assert!(of_order(&placed, &later(9999, true)).is_empty());
        let cancelling = Placed { step: Some("cancel".to_owned()), ..placed.clone() };
        let found = [(60, false), (179, false), (181, false), (1, true)]
            .map(|(age, settled)| of_order(&cancelling, &later(age, settled)).len());
        assert_eq!(found, [0, 0, 1, 1]);
        let refunds = vec![refund(&placed, 300, GivingState::Intended), refund(&placed, 300, GivingState::Done)];
        let refunding = Placed { refunds, ..placed };
        let found = [(60, false), (200, false), (11, true)]
            .map(|(age, settled)| of_order(&refunding, &later(age, settled)).len());
        assert_eq!(found, [0, 1, 1]);
    }

    #[test]
    fn what_recovery_fails_with_is_known_at_once_and_what_it_never_tried_has_a_name_of_its_own() {
        let step = Some("cancel".to_owned());
        let of = |tries, age| {
            let placed = Placed { step: step.clone(), tries, ..confirmed(1, 1000) };
            of_order(&placed, &later(age, false)).first().map(|finding| finding.invariant)
        };
        assert_eq!([of(0, 60), of(1, 60), of(2, 60)], [None, None, Some(Invariant::Terminal)]);
        assert_eq!([of(0, 181), of(1, 181)], [Some(Invariant::Started), Some(Invariant::Terminal)]);
    }
}
