//! I2: money is kept exactly once for each paid order, and for no other; and I7: no payment without
//! its order.

use domain::Money;
use domain::payments::PaymentStatus;
use store_postgres::reconcile::{OrderRecord, RefundRecord, RefundState};

use super::labels::{is_paid, order_label};
use crate::check_state::PaymentSummary;
use crate::report::{Invariant, Violation};

/// Checks the money of an idle order.
pub(crate) fn check_order(placed: &OrderRecord, payments: &[PaymentSummary]) -> Vec<Violation> {
    let mut findings = Vec::new();
    for paid in payments {
        findings.extend(check_ledger(paid));
        if paid.amount != placed.total || paid.user != placed.user {
            let (expected, found) =
                (describe_charge(placed.total, placed.user), describe_charge(paid.amount, paid.user));
            findings.push(payment_violation(paid, "is not the order's", expected, found));
        }
        findings.extend(find_unknown_refunds(placed, paid));
    }
    findings.extend(placed.refunds.iter().flat_map(|refund| check_refund(refund, payments)));
    findings.extend(check_net_amount(placed, payments));
    findings
}

/// The money that is kept: the total minus refunds of a paid order, from one capture; else nothing.
fn check_net_amount(placed: &OrderRecord, payments: &[PaymentSummary]) -> Option<Violation> {
    let about = order_label(placed.id);
    let captures: Vec<&PaymentSummary> =
        payments.iter().filter(|paid| paid.was_captured() && !paid.was_compensated()).collect();
    let kept: Money = payments.iter().map(PaymentSummary::net_amount).sum();
    if !is_paid(placed.status) {
        let status = placed.status.as_str();
        let keeping: Vec<String> =
            payments.iter().filter(|paid| paid.net_amount() != Money::ZERO).map(payment_label).collect();
        return (kept != Money::ZERO).then(|| {
            let problem = format!("has captured money though it is {status}");
            Violation::new(Invariant::Money, about, problem, "0.00", format!("{kept} of {}", keeping.join(", ")))
        });
    }
    // A charge of zero leaves no trace that would distinguish a compensated one.
    if captures.len() > 1 && placed.total != Money::ZERO {
        let found = captures.iter().map(|paid| payment_label(paid)).collect::<Vec<_>>().join(", ");
        return Some(Violation::new(Invariant::Money, about, "was charged more than once", "one capture", found));
    }
    if !captures.iter().any(|paid| paid.id == placed.payment) {
        let expected = format!("a capture under payment {}", placed.payment);
        let found = captures.first().map_or("none".to_owned(), |paid| payment_label(paid));
        return Some(Violation::new(Invariant::Money, about, "is not paid", expected, found));
    }
    let done = placed.refunds.iter().filter(|refund| refund.state == RefundState::Done);
    let expected = placed.total - done.map(|refund| refund.amount).sum();
    (kept != expected).then(|| {
        let problem = "has a net payment other than its total minus its refunds";
        Violation::new(Invariant::Money, about, problem, expected, kept)
    })
}

/// Checks a payment's own numbers.
fn check_ledger(paid: &PaymentSummary) -> Option<Violation> {
    let refunded = paid.refunded();
    let right = match paid.status {
        PaymentStatus::Captured => refunded == Money::ZERO,
        PaymentStatus::PartiallyRefunded => (Money::from_cents(1)..paid.amount).contains(&refunded),
        PaymentStatus::Refunded => refunded == paid.amount,
        PaymentStatus::Declined | PaymentStatus::Voided => paid.refunds.is_empty(),
    };
    (!right).then(|| {
        let expected = format!("refunds as of a payment of {} that is {}", paid.amount, paid.status.as_str());
        payment_violation(paid, "has a status that does not match its refunds", expected, refunded)
    })
}

/// Compares a refund of orderdb with the processor's ledger.
fn check_refund(refund: &RefundRecord, payments: &[PaymentSummary]) -> Option<Violation> {
    let about = format!("refund {} of payment {}", refund.id, refund.payment);
    let id = refund.id.to_string();
    let paid = payments.iter().find(|paid| paid.id == refund.payment);
    let there = paid.and_then(|paid| paid.refunds.iter().find(|(there, _)| *there == id)).map(|(_, amount)| *amount);
    let finding = |problem: &str, expected: String| {
        let found = there.map_or("none".to_owned(), |amount| amount.to_string());
        Some(Violation::new(Invariant::Money, about.clone(), problem, expected, found))
    };
    match refund.state {
        // Nothing was left to refund for a return: the processor was not asked.
        RefundState::Done if refund.amount == Money::ZERO && there.is_none() => None,
        RefundState::Done if there != Some(refund.amount) => {
            finding("is done, but not in the payment's ledger", refund.amount.to_string())
        }
        RefundState::Rejected if there.is_some() => {
            finding("was rejected, but is in the payment's ledger", "none".into())
        }
        _ => None,
    }
}

/// Refunds in the ledger that orderdb does not have.
fn find_unknown_refunds(placed: &OrderRecord, paid: &PaymentSummary) -> Vec<Violation> {
    let undoing = domain::payments::compensation_refund_id(paid.id);
    let known = |id: &str| id == undoing || placed.refunds.iter().any(|refund| refund.id.to_string() == id);
    let unknown = paid.refunds.iter().filter(|(id, _)| !known(id));
    let finding = |(id, amount): &(String, Money)| {
        let about = format!("refund {id} of payment {}", paid.id);
        Violation::new(Invariant::Money, about, "is in the payment's ledger, but not in orderdb", "none", amount)
    };
    unknown.map(finding).collect()
}

/// A payment without an order. A tombstone may be all that is left of an order that was deleted for
/// lack of stock.
pub(crate) fn check_orphan_payment(paid: &PaymentSummary) -> Option<Violation> {
    (paid.status != PaymentStatus::Voided).then(|| {
        let about = payment_label(paid);
        let expected = format!("order {}", paid.order);
        let found = format!("no such order; {} {}", paid.amount, paid.status.as_str());
        Violation::new(Invariant::Orphans, about, "belongs to no order", expected, found)
    })
}

fn payment_violation(paid: &PaymentSummary, problem: &str, expected: impl ToString, found: impl ToString) -> Violation {
    let about = format!("{} of order {}", payment_label(paid), paid.order);
    Violation::new(Invariant::Money, about, problem, expected, found)
}

fn payment_label(paid: &PaymentSummary) -> String {
    format!("payment {}", paid.id)
}

fn describe_charge(amount: Money, user: domain::UserId) -> String {
    format!("{amount} of user {user}")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{captured_payment, confirmed_order, refund_of};
    use super::*;
    use domain::orders::OrderStatus;

    fn problems(placed: &OrderRecord, payments: &[PaymentSummary]) -> Vec<String> {
        check_order(placed, payments).into_iter().map(|finding| finding.problem).collect()
    }

    #[test]
    fn a_paid_order_holds_its_total_and_a_cancelled_one_nothing() {
        let placed = confirmed_order(1, 1000);
        let paid = captured_payment(&placed);
        assert!(problems(&placed, std::slice::from_ref(&paid)).is_empty());
        assert_eq!(problems(&placed, &[]), ["is not paid"]);
        let cancelled = OrderRecord { status: OrderStatus::Cancelled, ..placed.clone() };
        assert_eq!(problems(&cancelled, std::slice::from_ref(&paid)), ["has captured money though it is cancelled"]);
        let undone = PaymentSummary {
            status: PaymentStatus::Refunded,
            refunds: vec![(domain::payments::compensation_refund_id(paid.id), paid.amount)],
            ..paid.clone()
        };
        assert!(problems(&cancelled, std::slice::from_ref(&undone)).is_empty());
        assert_eq!(problems(&placed, std::slice::from_ref(&undone)), ["is not paid"]);
        let other = PaymentSummary { id: domain::PaymentId::for_order(placed.id, uuid::Uuid::nil()), ..paid.clone() };
        assert_eq!(problems(&placed, &[paid.clone(), other]), ["was charged more than once"]);
        let cheaper = PaymentSummary { amount: Money::from_cents(999), ..paid };
        assert_eq!(
            problems(&placed, &[cheaper]),
            ["is not the order's", "has a net payment other than its total minus its refunds"]
        );
    }

    #[test]
    fn refunds_are_the_same_in_both_stores() {
        let mut placed = confirmed_order(1, 1000);
        let giving = refund_of(&placed, 300, RefundState::Done);
        placed.refunds = vec![giving];
        let whole = captured_payment(&placed);
        let part = PaymentSummary {
            status: PaymentStatus::PartiallyRefunded,
            refunds: vec![(giving.id.to_string(), Money::from_cents(300))],
            ..whole.clone()
        };
        assert!(problems(&placed, std::slice::from_ref(&part)).is_empty());
        let lost = problems(&placed, &[whole]);
        assert_eq!(
            lost,
            ["is done, but not in the payment's ledger", "has a net payment other than its total minus its refunds"]
        );
        placed.refunds[0].state = RefundState::Rejected;
        let rejected = problems(&placed, std::slice::from_ref(&part));
        assert_eq!(
            rejected,
            [
                "was rejected, but is in the payment's ledger",
                "has a net payment other than its total minus its refunds"
            ]
        );
        placed.refunds.clear();
        let unknown = problems(&placed, std::slice::from_ref(&part));
        assert_eq!(
            unknown,
            [
                "is in the payment's ledger, but not in orderdb",
                "has a net payment other than its total minus its refunds"
            ]
        );
    }

    #[test]
    fn a_tombstone_may_outlive_its_order() {
        let paid = captured_payment(&confirmed_order(1, 1000));
        assert!(check_orphan_payment(&paid).is_some());
        assert!(check_orphan_payment(&PaymentSummary { status: PaymentStatus::Declined, ..paid.clone() }).is_some());
        assert!(check_orphan_payment(&PaymentSummary { status: PaymentStatus::Voided, ..paid }).is_none());
    }
}
