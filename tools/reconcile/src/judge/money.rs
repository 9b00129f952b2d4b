//! I2: money is kept for orders that stand, once, and for no other; and I7: no payment without
//! its order.

use domain::Money;
use domain::payments::PaymentStatus;
use postgres::audit::{Giving, GivingState, Placed};

use super::{order, stands};
use crate::read::Paid;
use crate::report::{Finding, Invariant};

/// Judges the money of an order at rest.
pub(crate) fn of_order(placed: &Placed, payments: &[Paid]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for paid in payments {
        findings.extend(ledger(paid));
        if paid.amount != placed.total || paid.user != placed.user {
            let (expected, found) = (charge(placed.total, placed.user), charge(paid.amount, paid.user));
            findings.push(of_payment(paid, "is not the order's", expected, found));
        }
        findings.extend(unknown_refunds(placed, paid));
    }
    findings.extend(placed.refunds.iter().flat_map(|refund| refunded(refund, payments)));
    findings.extend(kept(placed, payments));
    findings
}

/// What is kept: the total less refunds of an order that stands, by one capture; else nothing.
fn kept(placed: &Placed, payments: &[Paid]) -> Option<Finding> {
    let about = order(placed.id);
    let captures: Vec<&Paid> = payments.iter().filter(|paid| paid.was_captured() && !paid.was_undone()).collect();
    let kept: Money = payments.iter().map(Paid::kept).sum();
    if !stands(placed.status) {
        let status = placed.status.as_str();
        let keeping: Vec<String> = payments.iter().filter(|paid| paid.kept() != Money::ZERO).map(named).collect();
        return (kept != Money::ZERO).then(|| {
            let problem = format!("keeps money though it is {status}");
            Finding::new(Invariant::Money, about, problem, "0.00", format!("{kept} of {}", keeping.join(", ")))
        });
    }
    // A charge of nothing leaves no trace by which an undone one could be told from another.
    if captures.len() > 1 && placed.total != Money::ZERO {
        let found = captures.iter().map(|paid| named(paid)).collect::<Vec<_>>().join(", ");
        return Some(Finding::new(Invariant::Money, about, "was charged more than once", "one capture", found));
    }
    if !captures.iter().any(|paid| paid.id == placed.payment) {
        let expected = format!("a capture under payment {}", placed.payment);
        let found = captures.first().map_or("none".to_owned(), |paid| named(paid));
        return Some(Finding::new(Invariant::Money, about, "stands without being paid", expected, found));
    }
    let done = placed.refunds.iter().filter(|refund| refund.state == GivingState::Done);
    let expected = placed.total - done.map(|refund| refund.amount).sum();
    (kept != expected).then(|| {
        let problem = "does not keep its total less its refunds";
        Finding::new(Invariant::Money, about, problem, expected, kept)
    })
}

/// A payment's own figures.
fn ledger(paid: &Paid) -> Option<Finding> {
    let refunded = paid.refunded();
    let right = match paid.status {
        PaymentStatus::Captured => refunded == Money::ZERO,
        PaymentStatus::PartiallyRefunded => (Money::from_cents(1)..paid.amount).contains(&refunded),
        PaymentStatus::Refunded => refunded == paid.amount,
        PaymentStatus::Declined | PaymentStatus::Voided => paid.refunds.is_empty(),
    };
    (!right).then(|| {
        let expected = format!("refunds as of a payment of {} that is {}", paid.amount, paid.status.as_str());
        of_payment(paid, "has a status that is not its refunds'", expected, refunded)
    })
}

/// A refund of orderdb's, held against the processor's ledger.
fn refunded(refund: &Giving, payments: &[Paid]) -> Option<Finding> {
    let about = format!("refund {} of payment {}", refund.id, refund.payment);
    let id = refund.id.to_string();
    let paid = payments.iter().find(|paid| paid.id == refund.payment);
    let there = paid.and_then(|paid| paid.refunds.iter().find(|(there, _)| *there == id)).map(|(_, amount)| *amount);
    let finding = |problem: &str, expected: String| {
        let found = there.map_or("none".to_owned(), |amount| amount.to_string());
        Some(Finding::new(Invariant::Money, about.clone(), problem, expected, found))
    };
    match refund.state {
        GivingState::Done if there != Some(refund.amount) => {
            finding("is done, but not in the payment's ledger", refund.amount.to_string())
        }
        GivingState::Refused if there.is_some() => {
            finding("was refused, but is in the payment's ledger", "none".into())
        }
        _ => None,
    }
}

/// Refunds of the ledger that orderdb knows nothing of.
fn unknown_refunds(placed: &Placed, paid: &Paid) -> Vec<Finding> {
    let undoing = domain::payments::undo_id(paid.id);
    let known = |id: &str| id == undoing || placed.refunds.iter().any(|refund| refund.id.to_string() == id);
    let unknown = paid.refunds.iter().filter(|(id, _)| !known(id));
    let finding = |(id, amount): &(String, Money)| {
        let about = format!("refund {id} of payment {}", paid.id);
        Finding::new(Invariant::Money, about, "is in the payment's ledger, but not in orderdb", "none", amount)
    };
    unknown.map(finding).collect()
}

/// A payment whose order is not there. A tombstone may be all that is left of an order that was
/// forgotten for want of stock.
pub(crate) fn orphan(paid: &Paid) -> Option<Finding> {
    (paid.status != PaymentStatus::Voided).then(|| {
        let about = named(paid);
        let expected = format!("order {}", paid.order);
        let found = format!("no such order; {} {}", paid.amount, paid.status.as_str());
        Finding::new(Invariant::Orphan, about, "belongs to no order", expected, found)
    })
}

fn of_payment(paid: &Paid, problem: &str, expected: impl ToString, found: impl ToString) -> Finding {
    let about = format!("{} of order {}", named(paid), paid.order);
    Finding::new(Invariant::Money, about, problem, expected, found)
}

fn named(paid: &Paid) -> String {
    format!("payment {}", paid.id)
}

fn charge(amount: Money, user: domain::UserId) -> String {
    format!("{amount} of user {user}")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{capture, confirmed, refund};
    use super::*;
    use domain::orders::Status;

    fn problems(placed: &Placed, payments: &[Paid]) -> Vec<String> {
        of_order(placed, payments).into_iter().map(|finding| finding.problem).collect()
    }

    #[test]
    fn a_paid_order_keeps_its_total_and_a_cancelled_one_nothing() {
        let placed = confirmed(1, 1000);
        let paid = capture(&placed);
        assert!(problems(&placed, std::slice::from_ref(&paid)).is_empty());
        assert_eq!(problems(&placed, &[]), ["stands without being paid"]);
        let cancelled = Placed { status: Status::Cancelled, ..placed.clone() };
        assert_eq!(problems(&cancelled, std::slice::from_ref(&paid)), ["keeps money though it is cancelled"]);
        let undone = Paid {
            status: PaymentStatus::Refunded,
            refunds: vec![(domain::payments::undo_id(paid.id), paid.amount)],
            ..paid.clone()
        };
        assert!(problems(&cancelled, std::slice::from_ref(&undone)).is_empty());
        assert_eq!(problems(&placed, std::slice::from_ref(&undone)), ["stands without being paid"]);
        let other = Paid { id: domain::PaymentId::for_order(placed.id, uuid::Uuid::nil()), ..paid.clone() };
        assert_eq!(problems(&placed, &[paid.clone(), other]), ["was charged more than once"]);
        let cheaper = Paid { amount: Money::from_cents(999), ..paid };
        assert_eq!(problems(&placed, &[cheaper]), ["is not the order's", "does not keep its total less its refunds"]);
    }

    #[test]
    fn refunds_are_the_same_in_both_stores() {
        let mut placed = confirmed(1, 1000);
        let giving = refund(&placed, 300, GivingState::Done);
        placed.refunds = vec![giving];
        let whole = capture(&placed);
        let part = Paid {
            status: PaymentStatus::PartiallyRefunded,
            refunds: vec![(giving.id.to_string(), Money::from_cents(300))],
            ..whole.clone()
        };
        assert!(problems(&placed, std::slice::from_ref(&part)).is_empty());
        let lost = problems(&placed, &[whole]);
        assert_eq!(lost, ["is done, but not in the payment's ledger", "does not keep its total less its refunds"]);
        placed.refunds[0].state = GivingState::Refused;
        let refused = problems(&placed, std::slice::from_ref(&part));
        assert_eq!(
            refused,
            ["was refused, but is in the payment's ledger", "does not keep its total less its refunds"]
        );
        placed.refunds.clear();
        let unknown = problems(&placed, std::slice::from_ref(&part));
        assert_eq!(
            unknown,
            ["is in the payment's ledger, but not in orderdb", "does not keep its total less its refunds"]
        );
    }

    #[test]
    fn a_tombstone_may_outlive_its_order() {
        let paid = capture(&confirmed(1, 1000));
        assert!(orphan(&paid).is_some());
        assert!(orphan(&Paid { status: PaymentStatus::Declined, ..paid.clone() }).is_some());
        assert!(orphan(&Paid { status: PaymentStatus::Voided, ..paid }).is_none());
    }
}
