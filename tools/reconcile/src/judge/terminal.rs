//! I3: nothing stays under way.

use postgres::audit::{GivingState, Placed, Writing};

use super::order;
use crate::moment::{ENDED_WITHIN, Moment, RECOVERED_WITHIN};
use crate::report::{Finding, Invariant};

/// Judges what is under way with an order and with its refunds.
pub(crate) fn of_order(placed: &Placed, moment: &Moment) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(step) = placed.step.as_ref().filter(|_| moment.is_due(placed.begun_at, ENDED_WITHIN)) {
        let problem = format!("has not come to its end while it is {}", placed.status.as_str());
        let found = format!("`{step}` under way since {}", placed.begun_at);
        findings.push(Finding::new(Invariant::Terminal, order(placed.id), problem, "nothing under way", found));
    }
    let stuck = |refund: &&postgres::audit::Giving| {
        refund.state == GivingState::Intended && moment.is_due(refund.created_at, RECOVERED_WITHIN)
    };
    findings.extend(placed.refunds.iter().filter(stuck).map(|refund| {
        let about = format!("refund {} of {}", refund.id, order(placed.id));
        let found = format!("{} intended since {}", refund.amount, refund.created_at);
        Finding::new(Invariant::Terminal, about, "has not come to its end", "done or refused", found)
    }));
    findings
}

/// A write of a product that should be through.
pub(crate) fn of_product(write: &Writing) -> Finding {
    let (about, found) = (format!("product {}", write.product), format!("a write under way since {}", write.begun_at));
    Finding::new(Invariant::Terminal, about, "has not been written to its end", "nothing under way", found)
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
        let found = [(60, false), (1079, false), (1081, false), (1, true)]
            .map(|(age, settled)| of_order(&cancelling, &later(age, settled)).len());
        assert_eq!(found, [0, 0, 1, 1]);
        let refunds = vec![refund(&placed, 300, GivingState::Intended), refund(&placed, 300, GivingState::Done)];
        let refunding = Placed { refunds, ..placed };
        let found = [(60, false), (200, false), (11, true)]
            .map(|(age, settled)| of_order(&refunding, &later(age, settled)).len());
        assert_eq!(found, [0, 1, 1]);
    }
}
