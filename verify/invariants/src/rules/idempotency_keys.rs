//! I5, without a history: an idempotency key replays what its request has done, and never loses it.

use std::collections::HashMap;

use checkout::{PayOutcome, PlaceOutcome};
use domain::orders::{Fulfilment, FulfilmentLine, Return};
use domain::payments::Refund;
use domain::{OrderId, PaymentId};
use store_postgres::reconcile::{FulfilmentRecord, KeyRecord, OrderRecord, RefundRecord, RefundState, ReturnRecord};
use uuid::Uuid;

use crate::check_context::CheckContext;
use crate::check_state::{PaymentSummary, for_order};
use crate::report::{Invariant, Violation};

/// What keys may refer to.
pub(crate) struct KeySubjects<'a> {
    pub(crate) orders: &'a HashMap<OrderId, OrderRecord>,
    pub(crate) refunds: &'a HashMap<Uuid, RefundRecord>,
    /// The lines of those fulfilments that keys refer to.
    pub(crate) fulfilments: &'a [FulfilmentRecord],
    /// The lines of those returns.
    pub(crate) returns: &'a [ReturnRecord],
    /// Sorted by their orders.
    pub(crate) payments: &'a [PaymentSummary],
}

pub(crate) fn check_key(claimed: &KeyRecord, subjects: &KeySubjects<'_>, moment: &CheckContext) -> Option<Violation> {
    let (problem, expected, found) = match (&claimed.outcome, claimed.subject) {
        (Some(outcome), Some(subject)) => check_stored_outcome(claimed, outcome, subject, subjects)?,
        (Some(_), None) => ("has an outcome without a subject", "a subject".to_owned(), "nothing".to_owned()),
        (None, Some(subject)) => check_missing_outcome(claimed, subject, subjects, moment)?,
        // Its request is in progress, or crashed before it did anything: the next request claims
        // it.
        (None, None) => return None,
    };
    let about = format!("key `{}` of user {} for {}", claimed.key, claimed.user, claimed.route);
    Some(Violation::new(Invariant::Acknowledgements, about, problem, expected, found))
}

type KeyProblem = (&'static str, String, String);

/// Compares the response that the key replays with the stores.
fn check_stored_outcome(
    claimed: &KeyRecord,
    outcome: &str,
    subject: Uuid,
    subjects: &KeySubjects<'_>,
) -> Option<KeyProblem> {
    let unreadable = || Some(("has an outcome that cannot be replayed", "an outcome".to_owned(), outcome.to_owned()));
    match claimed.route.as_str() {
        "orders" => match serde_json::from_str(outcome) {
            Ok(PlaceOutcome::Confirmed(order) | PlaceOutcome::Declined(order, _)) => {
                let kept = subjects.orders.get(&order.id);
                let same = kept.is_some_and(|kept| {
                    (kept.total, kept.user, &kept.lines) == (order.total, claimed.user, &order.items)
                });
                let mine = PaymentId::new(subject).order_id() == Some(order.id);
                let found = kept.map_or("no such order".to_owned(), |kept| format!("{} over {}", kept.id, kept.total));
                let expected = format!("order {} over {}", order.id, order.total);
                (!same || !mine).then_some(("has an outcome that differs from its order", expected, found))
            }
            Err(_) => unreadable(),
        },
        "payments" => match serde_json::from_str(outcome) {
            Ok(PayOutcome::Captured(payment) | PayOutcome::Declined(payment)) => {
                let kept = for_order(subjects.payments, payment.order_id).iter().find(|paid| paid.id == payment.id);
                let same = kept.is_some_and(|kept| kept.amount == payment.amount) && payment.id.get() == subject;
                let expected = format!("payment {} over {}", payment.id, payment.amount);
                let found = kept.map_or("none".to_owned(), |kept| format!("{} over {}", kept.id, kept.amount));
                (!same).then_some(("has an outcome that differs from its payment", expected, found))
            }
            Err(_) => unreadable(),
        },
        "fulfilments" => match serde_json::from_str::<Fulfilment>(outcome) {
            Ok(fulfilment) => {
                let kept = subjects.fulfilments.iter().filter(|kept| kept.fulfilment == fulfilment.id);
                let line =
                    |kept: &FulfilmentRecord| FulfilmentLine { product_id: kept.product, quantity: kept.quantity };
                let kept: Vec<FulfilmentLine> = kept.map(line).collect();
                let same = kept == fulfilment.items && fulfilment.id.get() == subject;
                let expected = format!("fulfilment {} of {:?}", fulfilment.id, fulfilment.items);
                (!same).then(|| ("has an outcome that differs from its fulfilment", expected, format!("{kept:?}")))
            }
            Err(_) => unreadable(),
        },
        "returns" => match serde_json::from_str::<Return>(outcome) {
            Ok(asked) => {
                let kept = subjects.returns.iter().filter(|kept| kept.id == asked.id);
                let kept: Vec<_> = kept.map(|kept| (kept.product, kept.quantity)).collect();
                let lines: Vec<_> = asked.items.iter().map(|line| (line.product_id, line.quantity)).collect();
                let same = kept == lines && asked.id.get() == subject;
                let expected = format!("return {} of {lines:?}", asked.id);
                (!same).then(|| ("has an outcome that differs from its return", expected, format!("{kept:?}")))
            }
            Err(_) => unreadable(),
        },
        _ => match serde_json::from_str::<Refund>(outcome) {
            Ok(refund) => {
                let kept = subjects.refunds.get(&subject);
                let same = kept.is_some_and(|kept| {
                    (kept.id.to_string(), kept.amount, kept.state)
                        == (refund.id.clone(), refund.amount, RefundState::Done)
                });
                let expected = format!("refund {} of {}", refund.id, refund.amount);
                let found = kept.map_or("none".to_owned(), |kept| format!("{} of {}", kept.id, kept.amount));
                (!same).then_some(("has an outcome that differs from its refund", expected, found))
            }
            Err(_) => unreadable(),
        },
    }
}

/// A key without an outcome although its request has ended.
fn check_missing_outcome(
    claimed: &KeyRecord,
    subject: Uuid,
    subjects: &KeySubjects<'_>,
    moment: &CheckContext,
) -> Option<KeyProblem> {
    let expected = "an outcome, or an unclaimed key".to_owned();
    if claimed.route == "refunds" {
        let refund = subjects.refunds.get(&subject)?;
        let ended = refund.state != RefundState::Pending;
        return ended
            .then(|| ("has no outcome for its ended refund", expected, format!("refund {} has ended", refund.id)));
    }
    let order = PaymentId::new(subject).order_id()?;
    match subjects.orders.get(&order) {
        Some(placed) => {
            let under_way = placed.step.is_some() && placed.payment.get() == subject;
            (!under_way).then(|| ("has no outcome for its ended order", expected, format!("{order} has ended")))
        }
        // Its request frees it itself, if it still runs.
        None => moment
            .is_overdue(claimed.locked_until, 0)
            .then(|| ("can never be used again", expected, format!("it refers to order {order}, which was deleted"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{captured_payment, confirmed_order, context_at, placed_plus};
    use super::*;
    use domain::orders::{Order, OrderStatus};

    fn claimed(placed: &OrderRecord, outcome: Option<String>) -> KeyRecord {
        let (user, subject) = (placed.user, Some(placed.payment.get()));
        let (route, key) = ("orders".to_owned(), "k".to_owned());
        KeyRecord { user, route, key, subject, outcome, locked_until: placed_plus(30) }
    }

    fn answer(placed: &OrderRecord) -> String {
        let order: Order = serde_json::from_value(serde_json::json!({
            "id": placed.id, "userId": placed.user, "total": placed.total, "status": OrderStatus::Confirmed,
            "createdAt": placed.created_at, "updatedAt": placed.updated_at, "items": placed.lines
        }))
        .unwrap();
        serde_json::to_string(&PlaceOutcome::Confirmed(order)).unwrap()
    }

    #[test]
    fn a_key_replays_the_stored_order() {
        let placed = confirmed_order(1, 1000);
        let (orders, refunds) = (HashMap::from([(placed.id, placed.clone())]), HashMap::new());
        let paid = [captured_payment(&placed)];
        let none = HashMap::new();
        let check = |claimed: &KeyRecord, orders: &HashMap<OrderId, OrderRecord>| {
            let subjects = KeySubjects { orders, refunds: &refunds, fulfilments: &[], returns: &[], payments: &paid };
            check_key(claimed, &subjects, &context_at(60, false)).map(|finding| finding.problem)
        };
        let right = claimed(&placed, Some(answer(&placed)));
        assert_eq!(check(&right, &orders), None);
        assert_eq!(check(&right, &none).as_deref(), Some("has an outcome that differs from its order"));
        let other = KeyRecord { outcome: Some(answer(&confirmed_order(1, 999))), ..right.clone() };
        assert_eq!(check(&other, &orders).as_deref(), Some("has an outcome that differs from its order"));
        let broken = KeyRecord { outcome: Some("{".to_owned()), ..right.clone() };
        assert_eq!(check(&broken, &orders).as_deref(), Some("has an outcome that cannot be replayed"));
        let silent = claimed(&placed, None);
        assert_eq!(check(&silent, &orders).as_deref(), Some("has no outcome for its ended order"));
        assert_eq!(check(&silent, &none).as_deref(), Some("can never be used again"));
        let pending = OrderRecord { step: Some("place".to_owned()), status: OrderStatus::Pending, ..placed };
        assert_eq!(check(&silent, &HashMap::from([(pending.id, pending)])), None);
    }
}
