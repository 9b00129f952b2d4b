//! I5: what a response said is stored.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::orders::OrderStatus;
use domain::{OrderId, PaymentId, ProductId, ReviewId, UserId};
use store_mongo::reconcile::ReviewRecord;
use store_postgres::reconcile::OrderRecord;

use crate::check_state::{PaymentSummary, for_order};
use crate::history::{Acknowledged, OrderOutcome, OrderedItem};
use crate::report::{Invariant, Violation};

/// What the stores have of the objects in a part of a history.
#[derive(Default)]
pub(crate) struct StoredRecords {
    pub(crate) users: HashSet<UserId>,
    pub(crate) orders: HashMap<OrderId, OrderRecord>,
    pub(crate) reviews: HashMap<ReviewId, ReviewRecord>,
    pub(crate) events: HashSet<domain::EventId>,
    /// Products whose stock once had this quantity.
    pub(crate) stock_counts: HashSet<(ProductId, i32)>,
}

/// What is known of missing reviews: those whose deletion was reported to a client or is in an
/// outbox.
pub(crate) type DeletedReviews<'a> = &'a HashSet<ReviewId>;

pub(crate) fn check_acknowledgement(
    acknowledged: &Acknowledged,
    there: &StoredRecords,
    paid: &[PaymentSummary],
    deleted: DeletedReviews<'_>,
) -> Option<Violation> {
    match acknowledged {
        Acknowledged::Signup { user_id } => {
            let missing = !there.users.contains(user_id);
            missing.then(|| violation(format!("user {user_id}"), "signed up and does not exist", "an account", "none"))
        }
        Acknowledged::Order { order_id, user_id, total, status, items, .. } => {
            let Some(placed) = there.orders.get(order_id) else {
                return Some(violation(subject(*order_id), "was accepted and does not exist", total, "no such order"));
            };
            check_order(placed, *user_id, *total, *status, items)
        }
        Acknowledged::Cancel { order_id } => {
            let status = there.orders.get(order_id).map(|placed| placed.status);
            let found = status.map_or("no such order", OrderStatus::as_str);
            let right = status == Some(OrderStatus::Cancelled);
            (!right).then(|| violation(subject(*order_id), "was cancelled and is not cancelled", "cancelled", found))
        }
        Acknowledged::Payment { payment_id, order_id, amount } => {
            let kept = for_order(paid, *order_id).iter().find(|paid| paid.id == *payment_id);
            let right = kept.is_some_and(|paid| paid.was_captured() && paid.amount == *amount);
            let found = kept.map_or("none".to_owned(), |paid| format!("{} {}", paid.amount, paid.status.as_str()));
            (!right).then(|| violation(format!("payment {payment_id}"), "was made and does not exist", amount, found))
        }
        Acknowledged::Refund { payment_id, refund_id, amount } => {
            let kept = find_refund_amount(paid, *payment_id, refund_id);
            let about = format!("refund {refund_id} of payment {payment_id}");
            let found = kept.map_or("none".to_owned(), |amount| amount.to_string());
            (kept != Some(*amount)).then(|| violation(about, "was made and does not exist", amount, found))
        }
        Acknowledged::Review { review_id, product_id, user_id, rating } => {
            check_review(there.reviews.get(review_id), review_id, (*product_id, *user_id), *rating, deleted)
        }
        Acknowledged::ReviewDeleted { review_id } => {
            let there = there.reviews.contains_key(review_id);
            there.then(|| violation(format!("review {review_id}"), "was deleted and still exists", "none", "a review"))
        }
        Acknowledged::Event { event_id } => {
            let missing = !there.events.contains(event_id);
            missing.then(|| {
                violation(format!("event {event_id}"), "was accepted and is not stored", "stored", "not stored")
            })
        }
        Acknowledged::Stock { product_id, quantity } => {
            let missing = !there.stock_counts.contains(&(*product_id, *quantity));
            let about = format!("product {product_id}");
            missing
                .then(|| violation(about, "was recounted, but its ledger has no such entry", quantity, "no such row"))
        }
    }
}

fn check_order(
    placed: &OrderRecord,
    user: UserId,
    total: domain::Money,
    acknowledged: OrderOutcome,
    items: &[OrderedItem],
) -> Option<Violation> {
    let about = subject(placed.id);
    if (placed.user, placed.total) != (user, total) {
        let (expected, found) =
            (format!("{total} of user {user}"), format!("{} of user {}", placed.total, placed.user));
        return Some(violation(about, "was accepted with other values", expected, found));
    }
    let mut wanted: BTreeMap<ProductId, i32> = BTreeMap::new();
    for item in items {
        *wanted.entry(item.product_id).or_default() += item.quantity;
    }
    let bought: BTreeMap<ProductId, i32> = placed.lines.iter().map(|line| (line.product_id, line.quantity)).collect();
    if wanted != bought {
        return Some(violation(about, "was accepted with other lines", format!("{wanted:?}"), format!("{bought:?}")));
    }
    let acknowledged = match acknowledged {
        OrderOutcome::Confirmed => OrderStatus::Confirmed,
        OrderOutcome::PaymentFailed => OrderStatus::PaymentFailed,
    };
    let reached = placed.timeline.iter().any(|step| step.status == acknowledged);
    // From there it may have changed further, and in no other way: it never waits for a payment
    // once it was paid.
    let stands = match acknowledged {
        OrderStatus::PaymentFailed => placed.status != OrderStatus::Pending,
        _ => ![OrderStatus::Pending, OrderStatus::PaymentFailed].contains(&placed.status),
    };
    let found = placed.status.as_str();
    (!reached || !stands).then(|| {
        violation(about, "was acknowledged with a status that it never had or has left", acknowledged.as_str(), found)
    })
}

fn find_refund_amount(paid: &[PaymentSummary], payment: PaymentId, id: &str) -> Option<domain::Money> {
    let paid = for_order(paid, payment.order_id()?).iter().find(|paid| paid.id == payment)?;
    paid.refunds.iter().find(|(there, _)| there == id).map(|(_, amount)| *amount)
}

fn check_review(
    written: Option<&ReviewRecord>,
    id: &ReviewId,
    (product, user): (ProductId, UserId),
    rating: u8,
    deleted: DeletedReviews<'_>,
) -> Option<Violation> {
    let about = format!("review {id}");
    let expected = format!("{rating} stars for product {product} by user {user}");
    let Some(written) = written else {
        return (!deleted.contains(id)).then(|| violation(about, "was written and does not exist", expected, "none"));
    };
    let same = (written.product, written.user) == (product, user);
    let found = format!("{} stars for product {} by user {}", written.rating, written.product, written.user);
    // A review that was changed later has the rating of that change.
    let changed = same && (!written.unchanged || written.rating == i64::from(rating));
    (!changed).then(|| violation(about, "was written with other values", expected, found))
}

fn subject(order: OrderId) -> String {
    super::labels::order_label(order)
}

fn violation(about: String, problem: &str, expected: impl ToString, found: impl ToString) -> Violation {
    Violation::new(Invariant::Acknowledgements, about, problem, expected, found)
}

/// Which order each idempotency key was answered with; a violation if there are two.
pub(crate) fn orders_by_key(acknowledged: &[Acknowledged]) -> (HashMap<(UserId, String), OrderId>, Vec<Violation>) {
    let (mut keys, mut findings): (HashMap<(UserId, String), OrderId>, _) = (HashMap::new(), Vec::new());
    for acknowledged in acknowledged {
        let Acknowledged::Order { order_id, user_id, key: Some(key), .. } = acknowledged else { continue };
        let first = *keys.entry((*user_id, key.clone())).or_insert(*order_id);
        if first != *order_id {
            let about = format!("key `{key}` of user {user_id}");
            findings.push(violation(about, "got two orders in its responses", subject(first), subject(*order_id)));
        }
    }
    (keys, findings)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{captured_payment, confirmed_order};
    use super::*;
    use domain::Money;
    use domain::orders::TimelineEntry;

    fn acknowledged_order(placed: &OrderRecord, status: OrderOutcome) -> Acknowledged {
        let items = vec![OrderedItem { product_id: ProductId::new(7), quantity: 1 }];
        let (order_id, user_id, total, key) = (placed.id, placed.user, placed.total, Some("k".to_owned()));
        Acknowledged::Order { order_id, user_id, total, status, items, key }
    }

    fn problem(acknowledged: &Acknowledged, there: &[OrderRecord]) -> Option<String> {
        let orders = there.iter().map(|placed| (placed.id, placed.clone())).collect();
        let there = StoredRecords { orders, ..StoredRecords::default() };
        check_acknowledgement(acknowledged, &there, &[], &HashSet::new()).map(|finding| finding.problem)
    }

    #[test]
    fn an_acknowledged_order_is_stored_as_acknowledged() {
        let placed = confirmed_order(1, 1000);
        let accepted = acknowledged_order(&placed, OrderOutcome::Confirmed);
        assert_eq!(problem(&accepted, std::slice::from_ref(&placed)), None);
        assert_eq!(problem(&accepted, &[]).as_deref(), Some("was accepted and does not exist"));
        let cheaper = OrderRecord { total: Money::from_cents(1), ..placed.clone() };
        assert_eq!(problem(&accepted, &[cheaper]).as_deref(), Some("was accepted with other values"));
        let fewer = OrderRecord { lines: Vec::new(), ..placed.clone() };
        assert_eq!(problem(&accepted, &[fewer]).as_deref(), Some("was accepted with other lines"));
        let left = Some("was acknowledged with a status that it never had or has left");
        for (status, is_left) in [
            (OrderStatus::Shipped, false),
            (OrderStatus::Cancelled, false),
            (OrderStatus::PaymentFailed, true),
            (OrderStatus::Pending, true),
        ] {
            let moved = OrderRecord { status, ..placed.clone() };
            assert_eq!(problem(&accepted, &[moved]).as_deref(), left.filter(|_| is_left), "{status:?}");
        }
        assert_eq!(
            problem(&acknowledged_order(&placed, OrderOutcome::PaymentFailed), std::slice::from_ref(&placed))
                .as_deref(),
            left
        );
        let mut declined = placed;
        declined
            .timeline
            .insert(1, TimelineEntry { status: OrderStatus::PaymentFailed, ..declined.timeline[0].clone() });
        assert_eq!(problem(&acknowledged_order(&declined, OrderOutcome::PaymentFailed), &[declined]), None);
    }

    #[test]
    fn a_payment_and_a_refund_are_in_the_ledger() {
        let placed = confirmed_order(1, 1000);
        let paid =
            PaymentSummary { refunds: vec![("r".to_owned(), Money::from_cents(1))], ..captured_payment(&placed) };
        let check = |acknowledged: &Acknowledged, paid: &[PaymentSummary]| {
            check_acknowledgement(acknowledged, &StoredRecords::default(), paid, &HashSet::new())
                .map(|finding| finding.about)
        };
        let (payment_id, order_id, amount) = (paid.id, placed.id, placed.total);
        let made = Acknowledged::Payment { payment_id, order_id, amount };
        let back = Acknowledged::Refund { payment_id, refund_id: "r".to_owned(), amount: Money::from_cents(1) };
        for acknowledged in [made, back] {
            assert_eq!(check(&acknowledged, std::slice::from_ref(&paid)), None);
            assert!(check(&acknowledged, &[]).is_some());
        }
    }

    #[test]
    fn a_key_is_answered_with_one_order() {
        let (one, two) = (
            acknowledged_order(&confirmed_order(1, 1000), OrderOutcome::Confirmed),
            acknowledged_order(&confirmed_order(2, 1000), OrderOutcome::Confirmed),
        );
        assert_eq!(orders_by_key(&[one.clone(), one.clone()]).1.len(), 0);
        assert_eq!(orders_by_key(&[one, two]).1.len(), 1);
    }
}
