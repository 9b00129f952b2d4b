//! I5, without a history: an idempotency key answers what its request has done, and forgets it
//! never.

use std::collections::HashMap;

use checkout::{Paid as Repaid, Placed as Answered};
use domain::payments::Refund;
use domain::{OrderId, PaymentId};
use postgres::audit::{Claimed, Giving, GivingState, Placed};
use uuid::Uuid;

use crate::moment::Moment;
use crate::read::{Paid, of};
use crate::report::{Finding, Invariant};

/// What keys may point to.
pub(crate) struct Subjects<'a> {
    pub(crate) orders: &'a HashMap<OrderId, Placed>,
    pub(crate) refunds: &'a HashMap<Uuid, Giving>,
    /// By order.
    pub(crate) paid: &'a [Paid],
}

/// Judges one key.
pub(crate) fn key(claimed: &Claimed, subjects: &Subjects<'_>, moment: &Moment) -> Option<Finding> {
    let (problem, expected, found) = match (&claimed.outcome, claimed.subject) {
        (Some(outcome), Some(subject)) => answered(claimed, outcome, subject, subjects)?,
        (Some(_), None) => ("has an answer to nothing", "what it stands for".to_owned(), "nothing".to_owned()),
        (None, Some(subject)) => forgotten(claimed, subject, subjects, moment)?,
        // Its request is under way, or died before it did anything: whoever comes next takes it.
        (None, None) => return None,
    };
    let about = format!("key `{}` of user {} for {}", claimed.key, claimed.user, claimed.route);
    Some(Finding::new(Invariant::Acknowledged, about, problem, expected, found))
}

type Problem = (&'static str, String, String);

/// What the key replays, held against the stores.
fn answered(claimed: &Claimed, outcome: &str, subject: Uuid, subjects: &Subjects<'_>) -> Option<Problem> {
    let unreadable = || Some(("has an answer that cannot be replayed", "an outcome".to_owned(), outcome.to_owned()));
    match claimed.route.as_str() {
        "orders" => match serde_json::from_str(outcome) {
            Ok(Answered::Confirmed(order) | Answered::Declined(order, _)) => {
                let kept = subjects.orders.get(&order.id);
                let same = kept.is_some_and(|kept| {
                    (kept.total, kept.user, &kept.lines) == (order.total, claimed.user, &order.items)
                });
                let mine = PaymentId::new(subject).order() == Some(order.id);
                let found = kept.map_or("no such order".to_owned(), |kept| format!("{} over {}", kept.id, kept.total));
                let expected = format!("order {} over {}", order.id, order.total);
                (!same || !mine).then_some(("answers an order that is not there as it was", expected, found))
            }
            Err(_) => unreadable(),
        },
        "payments" => match serde_json::from_str(outcome) {
            Ok(Repaid::Captured(payment) | Repaid::Declined(payment)) => {
                let kept = of(subjects.paid, payment.order_id).iter().find(|paid| paid.id == payment.id);
                let same = kept.is_some_and(|kept| kept.amount == payment.amount) && payment.id.get() == subject;
                let expected = format!("payment {} over {}", payment.id, payment.amount);
                let found = kept.map_or("none".to_owned(), |kept| format!("{} over {}", kept.id, kept.amount));
                (!same).then_some(("answers a payment that is not there as it was", expected, found))
            }
            Err(_) => unreadable(),
        },
        _ => match serde_json::from_str::<Refund>(outcome) {
            Ok(refund) => {
                let kept = subjects.refunds.get(&subject);
                let same = kept.is_some_and(|kept| {
                    (kept.id.to_string(), kept.amount, kept.state)
                        == (refund.id.clone(), refund.amount, GivingState::Done)
                });
                let expected = format!("refund {} of {}", refund.id, refund.amount);
                let found = kept.map_or("none".to_owned(), |kept| format!("{} of {}", kept.id, kept.amount));
                (!same).then_some(("answers a refund that is not there as it was", expected, found))
            }
            Err(_) => unreadable(),
        },
    }
}

/// A key whose request has come to its end, and that does not know it.
fn forgotten(claimed: &Claimed, subject: Uuid, subjects: &Subjects<'_>, moment: &Moment) -> Option<Problem> {
    let expected = "its answer, or to be free".to_owned();
    if claimed.route == "refunds" {
        let refund = subjects.refunds.get(&subject)?;
        let ended = refund.state != GivingState::Intended;
        return ended.then(|| ("has forgotten its refund", expected, format!("refund {} has ended", refund.id)));
    }
    let order = PaymentId::new(subject).order()?;
    match subjects.orders.get(&order) {
        Some(placed) => {
            let under_way = placed.step.is_some() && placed.payment.get() == subject;
            (!under_way).then(|| ("has forgotten its order", expected, format!("{order} has come to its end")))
        }
        // Its request gives it back itself, if it lives.
        None => moment.is_due(claimed.locked_until, 0).then(|| {
            ("can never be used again", expected, format!("it stands for order {order}, which was forgotten"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, capture, confirmed, later};
    use super::*;
    use domain::orders::{Order, Status};

    fn claimed(placed: &Placed, outcome: Option<String>) -> Claimed {
        let (user, subject) = (placed.user, Some(placed.payment.get()));
        let (route, key) = ("orders".to_owned(), "k".to_owned());
        Claimed { user, route, key, subject, outcome, locked_until: at(30) }
    }

    fn answer(placed: &Placed) -> String {
        let Placed { id, user: user_id, total, created_at, updated_at, .. } = placed.clone();
        let items = placed.lines.clone();
        let order = Order { id, user_id, total, status: Status::Confirmed, created_at, updated_at, items };
        serde_json::to_string(&Answered::Confirmed(order)).unwrap()
    }

    #[test]
    fn a_key_answers_the_order_that_is_there() {
        let placed = confirmed(1, 1000);
        let (orders, refunds) = (HashMap::from([(placed.id, placed.clone())]), HashMap::new());
        let paid = [capture(&placed)];
        let none = HashMap::new();
        let judged = |claimed: &Claimed, orders: &HashMap<OrderId, Placed>| {
            let subjects = Subjects { orders, refunds: &refunds, paid: &paid };
            key(claimed, &subjects, &later(60, false)).map(|finding| finding.problem)
        };
        let right = claimed(&placed, Some(answer(&placed)));
        assert_eq!(judged(&right, &orders), None);
        assert_eq!(judged(&right, &none).as_deref(), Some("answers an order that is not there as it was"));
        let other = Claimed { outcome: Some(answer(&confirmed(1, 999))), ..right.clone() };
        assert_eq!(judged(&other, &orders).as_deref(), Some("answers an order that is not there as it was"));
        let broken = Claimed { outcome: Some("{".to_owned()), ..right.clone() };
        assert_eq!(judged(&broken, &orders).as_deref(), Some("has an answer that cannot be replayed"));
        let silent = claimed(&placed, None);
        assert_eq!(judged(&silent, &orders).as_deref(), Some("has forgotten its order"));
        assert_eq!(judged(&silent, &none).as_deref(), Some("can never be used again"));
        let pending = Placed { step: Some("place".to_owned()), status: Status::Pending, ..placed };
        assert_eq!(judged(&silent, &HashMap::from([(pending.id, pending)])), None);
    }
}
