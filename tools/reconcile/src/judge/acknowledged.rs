//! I5: what a client was told is so.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::orders::Status;
use domain::{OrderId, PaymentId, ProductId, ReviewId, UserId};
use mongo::audit::Written;
use postgres::audit::Placed;

use crate::history::{Acknowledged, Piece, Placed as Told};
use crate::read::{Paid, of};
use crate::report::{Finding, Invariant};

/// What the stores have of what a part of a history speaks of.
#[derive(Default)]
pub(crate) struct There {
    pub(crate) users: HashSet<UserId>,
    pub(crate) orders: HashMap<OrderId, Placed>,
    pub(crate) reviews: HashMap<ReviewId, Written>,
    pub(crate) events: HashSet<domain::EventId>,
    /// Products whose stock once stood at so many pieces.
    pub(crate) counted: HashSet<(ProductId, i32)>,
}

/// What is known of reviews that are not there: those whose deletion was told of, to a client or
/// in an outbox.
pub(crate) type Deleted<'a> = &'a HashSet<ReviewId>;

/// Judges one answer.
pub(crate) fn answer(told: &Acknowledged, there: &There, paid: &[Paid], deleted: Deleted<'_>) -> Option<Finding> {
    match told {
        Acknowledged::Signup { user_id } => {
            let missing = !there.users.contains(user_id);
            missing.then(|| lost(format!("user {user_id}"), "signed up and is not there", "an account", "none"))
        }
        Acknowledged::Order { order_id, user_id, total, status, items, .. } => {
            let Some(placed) = there.orders.get(order_id) else {
                return Some(lost(name(*order_id), "was accepted and is not there", total, "no such order"));
            };
            order(placed, *user_id, *total, *status, items)
        }
        Acknowledged::Cancel { order_id } => {
            let status = there.orders.get(order_id).map(|placed| placed.status);
            let found = status.map_or("no such order", Status::as_str);
            let right = status == Some(Status::Cancelled);
            (!right).then(|| lost(name(*order_id), "was cancelled and is not", "cancelled", found))
        }
        Acknowledged::Payment { payment_id, order_id, amount } => {
            let kept = of(paid, *order_id).iter().find(|paid| paid.id == *payment_id);
            let right = kept.is_some_and(|paid| paid.was_captured() && paid.amount == *amount);
            let found = kept.map_or("none".to_owned(), |paid| format!("{} {}", paid.amount, paid.status.as_str()));
            (!right).then(|| lost(format!("payment {payment_id}"), "was made and is not there", amount, found))
        }
        Acknowledged::Refund { payment_id, refund_id, amount } => {
            let kept = refund(paid, *payment_id, refund_id);
            let about = format!("refund {refund_id} of payment {payment_id}");
            let found = kept.map_or("none".to_owned(), |amount| amount.to_string());
            (kept != Some(*amount)).then(|| lost(about, "was made and is not there", amount, found))
        }
        Acknowledged::Review { review_id, product_id, user_id, rating } => {
            review(there.reviews.get(review_id), review_id, (*product_id, *user_id), *rating, deleted)
        }
        Acknowledged::ReviewDeleted { review_id } => {
            let there = there.reviews.contains_key(review_id);
            there.then(|| lost(format!("review {review_id}"), "was deleted and is there", "none", "a review"))
        }
        Acknowledged::Event { event_id } => {
            let missing = !there.events.contains(event_id);
            missing.then(|| lost(format!("event {event_id}"), "was taken and is not there", "stored", "not stored"))
        }
        Acknowledged::Stock { product_id, quantity } => {
            let missing = !there.counted.contains(&(*product_id, *quantity));
            let about = format!("product {product_id}");
            missing.then(|| lost(about, "was counted anew, and its ledger does not know it", quantity, "no such row"))
        }
    }
}

fn order(placed: &Placed, user: UserId, total: domain::Money, told: Told, items: &[Piece]) -> Option<Finding> {
    let about = name(placed.id);
    if (placed.user, placed.total) != (user, total) {
        let (expected, found) =
            (format!("{total} of user {user}"), format!("{} of user {}", placed.total, placed.user));
        return Some(lost(about, "was accepted as another", expected, found));
    }
    let mut wanted: BTreeMap<ProductId, i32> = BTreeMap::new();
    for item in items {
        *wanted.entry(item.product_id).or_default() += item.quantity;
    }
    let bought: BTreeMap<ProductId, i32> = placed.lines.iter().map(|line| (line.product_id, line.quantity)).collect();
    if wanted != bought {
        return Some(lost(about, "was accepted with other lines", format!("{wanted:?}"), format!("{bought:?}")));
    }
    let told = match told {
        Told::Confirmed => Status::Confirmed,
        Told::PaymentFailed => Status::PaymentFailed,
    };
    let reached = placed.timeline.iter().any(|step| step.status == told);
    // From there it may have gone on, and nowhere else: it never waits to be paid once it was.
    let stands = match told {
        Status::PaymentFailed => placed.status != Status::Pending,
        _ => ![Status::Pending, Status::PaymentFailed].contains(&placed.status),
    };
    let found = placed.status.as_str();
    (!reached || !stands).then(|| lost(about, "was told a status that it never had or has left", told.as_str(), found))
}

fn refund(paid: &[Paid], payment: PaymentId, id: &str) -> Option<domain::Money> {
    let paid = of(paid, payment.order()?).iter().find(|paid| paid.id == payment)?;
    paid.refunds.iter().find(|(there, _)| there == id).map(|(_, amount)| *amount)
}

fn review(
    written: Option<&Written>,
    id: &ReviewId,
    (product, user): (ProductId, UserId),
    rating: u8,
    deleted: Deleted<'_>,
) -> Option<Finding> {
    let about = format!("review {id}");
    let expected = format!("{rating} stars for product {product} by user {user}");
    let Some(written) = written else {
        return (!deleted.contains(id)).then(|| lost(about, "was written and is not there", expected, "none"));
    };
    let same = (written.product, written.user) == (product, user);
    let found = format!("{} stars for product {} by user {}", written.rating, written.product, written.user);
    // One that was changed later has the stars of that change.
    let changed = same && (!written.unchanged || written.rating == i64::from(rating));
    (!changed).then(|| lost(about, "was written as another", expected, found))
}

fn name(order: OrderId) -> String {
    super::order(order)
}

fn lost(about: String, problem: &str, expected: impl ToString, found: impl ToString) -> Finding {
    Finding::new(Invariant::Acknowledged, about, problem, expected, found)
}

/// Which order each idempotency key was answered with; a finding where there are two.
pub(crate) fn by_key(told: &[Acknowledged]) -> (HashMap<(UserId, String), OrderId>, Vec<Finding>) {
    let (mut keys, mut findings): (HashMap<(UserId, String), OrderId>, _) = (HashMap::new(), Vec::new());
    for told in told {
        let Acknowledged::Order { order_id, user_id, key: Some(key), .. } = told else { continue };
        let first = *keys.entry((*user_id, key.clone())).or_insert(*order_id);
        if first != *order_id {
            let about = format!("key `{key}` of user {user_id}");
            findings.push(lost(about, "was answered with two orders", name(first), name(*order_id)));
        }
    }
    (keys, findings)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{capture, confirmed};
    use super::*;
    use domain::Money;
    use domain::orders::Step;

    fn told(placed: &Placed, status: Told) -> Acknowledged {
        let items = vec![Piece { product_id: ProductId::new(7), quantity: 1 }];
        let (order_id, user_id, total, key) = (placed.id, placed.user, placed.total, Some("k".to_owned()));
        Acknowledged::Order { order_id, user_id, total, status, items, key }
    }

    fn problem(told: &Acknowledged, there: &[Placed]) -> Option<String> {
        let orders = there.iter().map(|placed| (placed.id, placed.clone())).collect();
        let there = There { orders, ..There::default() };
        answer(told, &there, &[], &HashSet::new()).map(|finding| finding.problem)
    }

    #[test]
    fn an_accepted_order_is_there_as_it_was_accepted() {
        let placed = confirmed(1, 1000);
        let accepted = told(&placed, Told::Confirmed);
        assert_eq!(problem(&accepted, std::slice::from_ref(&placed)), None);
        assert_eq!(problem(&accepted, &[]).as_deref(), Some("was accepted and is not there"));
        let cheaper = Placed { total: Money::from_cents(1), ..placed.clone() };
        assert_eq!(problem(&accepted, &[cheaper]).as_deref(), Some("was accepted as another"));
        let fewer = Placed { lines: Vec::new(), ..placed.clone() };
        assert_eq!(problem(&accepted, &[fewer]).as_deref(), Some("was accepted with other lines"));
        let left = Some("was told a status that it never had or has left");
        for (status, is_left) in [
            (Status::Shipped, false),
            (Status::Cancelled, false),
            (Status::PaymentFailed, true),
            (Status::Pending, true),
        ] {
            let moved = Placed { status, ..placed.clone() };
            assert_eq!(problem(&accepted, &[moved]).as_deref(), left.filter(|_| is_left), "{status:?}");
        }
        assert_eq!(problem(&told(&placed, Told::PaymentFailed), std::slice::from_ref(&placed)).as_deref(), left);
        let mut declined = placed;
        declined.timeline.insert(1, Step { status: Status::PaymentFailed, ..declined.timeline[0].clone() });
        assert_eq!(problem(&told(&declined, Told::PaymentFailed), &[declined]), None);
    }

    #[test]
    fn a_payment_and_a_refund_are_in_the_ledger() {
        let placed = confirmed(1, 1000);
        let paid = Paid { refunds: vec![("r".to_owned(), Money::from_cents(1))], ..capture(&placed) };
        let judged = |told: &Acknowledged, paid: &[Paid]| {
            answer(told, &There::default(), paid, &HashSet::new()).map(|finding| finding.about)
        };
        let (payment_id, order_id, amount) = (paid.id, placed.id, placed.total);
        let made = Acknowledged::Payment { payment_id, order_id, amount };
        let back = Acknowledged::Refund { payment_id, refund_id: "r".to_owned(), amount: Money::from_cents(1) };
        for told in [made, back] {
            assert_eq!(judged(&told, std::slice::from_ref(&paid)), None);
            assert!(judged(&told, &[]).is_some());
        }
    }

    #[test]
    fn a_key_is_answered_with_one_order() {
        let (one, two) = (told(&confirmed(1, 1000), Told::Confirmed), told(&confirmed(2, 1000), Told::Confirmed));
        assert_eq!(by_key(&[one.clone(), one.clone()]).1.len(), 0);
        assert_eq!(by_key(&[one, two]).1.len(), 1);
    }
}
