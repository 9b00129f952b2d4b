//! I19: no more pieces are in returns than were shipped, and each line counts them; a received return has
//! its one refund, and stock got back what is marked so, once.

use std::collections::{BTreeMap, BTreeSet};

use domain::orders::ReturnStatus;
use domain::{ProductId, ReturnId};
use store_postgres::reconcile::{
    FulfilmentRecord, LineCountRecord, OrderRecord, RefundState, RestockRecord, ReturnRecord,
};

use super::labels::order_label;
use crate::report::{Invariant, Violation};

/// An order's rows about what came back.
#[derive(Clone, Copy)]
pub(crate) struct ReturnedPieces<'a> {
    pub(crate) shipped: &'a [FulfilmentRecord],
    pub(crate) returned: &'a [ReturnRecord],
    pub(crate) counts: &'a [LineCountRecord],
    /// By inventory's ledger.
    pub(crate) restocked: &'a [RestockRecord],
}

/// Checks an order's returns; stock only of an idle order.
pub(crate) fn check_order(placed: &OrderRecord, pieces: ReturnedPieces<'_>, is_idle: bool) -> Vec<Violation> {
    let mut found = check_counts(placed, pieces);
    let ids: BTreeSet<ReturnId> = pieces.returned.iter().map(|line| line.id).collect();
    for id in ids {
        let lines = pieces.returned.iter().filter(|line| line.id == id);
        found.extend(lines.clone().take(1).filter_map(|line| check_refund(placed, line)));
        found.extend(lines.filter(|line| line.status != ReturnStatus::Received && line.restocked > 0).map(|line| {
            let problem = "has pieces to restock that have not come back";
            violation(placed, line.id, problem, "none", line.restocked)
        }));
    }
    if is_idle {
        found.extend(check_stock(placed, pieces));
    }
    found
}

fn check_counts(placed: &OrderRecord, pieces: ReturnedPieces<'_>) -> Vec<Violation> {
    let mut shipped = BTreeMap::<ProductId, i32>::new();
    for line in pieces.shipped {
        *shipped.entry(line.product).or_default() += line.quantity;
    }
    let mut returned = BTreeMap::<ProductId, i32>::new();
    for line in pieces.returned.iter().filter(|line| line.status != ReturnStatus::Rejected) {
        *returned.entry(line.product).or_default() += line.quantity;
    }
    let counted: BTreeMap<ProductId, i32> =
        pieces.counts.iter().map(|line| (line.product, line.returned)).filter(|(_, pieces)| *pieces != 0).collect();
    let mut found = Vec::new();
    for product in returned.keys().chain(counted.keys()).collect::<BTreeSet<_>>() {
        let of = |counts: &BTreeMap<ProductId, i32>| counts.get(product).copied().unwrap_or_default();
        let about = format!("{}, product {product}", order_label(placed.id));
        if of(&returned) > of(&shipped) {
            let (problem, expected) =
                ("more pieces are returned than were shipped", format!("at most {}", of(&shipped)));
            found.push(Violation::new(Invariant::Returns, about.clone(), problem, expected, of(&returned)));
        }
        if of(&returned) != of(&counted) {
            let problem = "its line counts other pieces than its returns have";
            found.push(Violation::new(Invariant::Returns, about, problem, of(&returned), of(&counted)));
        }
    }
    found
}

/// A received return has a refund, and no other return has one.
fn check_refund(placed: &OrderRecord, line: &ReturnRecord) -> Option<Violation> {
    let refunds = placed.refunds.iter().filter(|refund| refund.return_id == Some(line.id));
    let refunds = refunds.filter(|refund| refund.state != RefundState::Rejected).count();
    let expected = usize::from(line.status == ReturnStatus::Received);
    (refunds != expected).then(|| {
        let problem = format!("is {} and has another number of refunds", line.status.as_str());
        violation(placed, line.id, &problem, expected, refunds)
    })
}

fn check_stock(placed: &OrderRecord, pieces: ReturnedPieces<'_>) -> Vec<Violation> {
    let marked: BTreeMap<_, _> = pieces.returned.iter().map(|line| ((line.id, line.product), line.restocked)).collect();
    let mut back = BTreeMap::<(ReturnId, ProductId), i32>::new();
    for line in pieces.restocked {
        *back.entry((line.id, line.product)).or_default() += line.quantity;
    }
    let all: BTreeSet<_> = marked.keys().chain(back.keys()).collect();
    let differing = all.into_iter().filter_map(|key| {
        let of = |pieces: &BTreeMap<_, i32>| pieces.get(key).copied().unwrap_or_default();
        let (marked, back) = (of(&marked), of(&back));
        (marked != back).then(|| {
            let problem = format!("has put other pieces of product {} back than are marked so", key.1);
            violation(placed, key.0, &problem, marked, back)
        })
    });
    differing.collect()
}

fn violation(
    placed: &OrderRecord,
    id: ReturnId,
    problem: &str,
    expected: impl ToString,
    found: impl ToString,
) -> Violation {
    Violation::new(Invariant::Returns, format!("return {id} of {}", order_label(placed.id)), problem, expected, found)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{confirmed_order, placed_plus, refund_of};
    use super::*;
    use domain::FulfilmentId;
    use domain::orders::FulfilmentStatus;
    use store_postgres::reconcile::RefundRecord;
    use uuid::Uuid;

    fn returned(status: ReturnStatus, quantity: i32, restocked: i32) -> ReturnRecord {
        ReturnRecord {
            order: domain::OrderId::new(1),
            id: ReturnId::new(Uuid::from_u128(9)),
            status,
            product: ProductId::new(7),
            quantity,
            restocked,
            created_at: placed_plus(5),
            decided_at: None,
            received_at: None,
        }
    }

    fn problems(of: ReturnRecord, counted: i32, refunds: Vec<RefundRecord>, restocked: &[i32]) -> usize {
        let placed = OrderRecord { refunds, ..confirmed_order(1, 1000) };
        let shipped = [FulfilmentRecord {
            order: placed.id,
            fulfilment: FulfilmentId::new(Uuid::from_u128(1)),
            product: ProductId::new(7),
            quantity: 2,
            status: FulfilmentStatus::Delivered,
            delivered_at: Some(placed_plus(3)),
        }];
        let counts = [LineCountRecord {
            order: placed.id,
            product: ProductId::new(7),
            returned: counted,
            refunded: 0,
            refunded_amount: domain::Money::ZERO,
        }];
        let back =
            |quantity: &i32| RestockRecord { order: placed.id, id: of.id, product: of.product, quantity: *quantity };
        let restocked: Vec<RestockRecord> = restocked.iter().map(back).collect();
        let pieces = ReturnedPieces { shipped: &shipped, returned: &[of], counts: &counts, restocked: &restocked };
        check_order(&placed, pieces, true).len()
    }

    #[test]
    fn a_return_has_shipped_pieces_one_refund_and_its_stock() {
        use ReturnStatus::{Received, Rejected, Requested};
        let refund = |state| {
            let of = refund_of(&confirmed_order(1, 1000), 500, state);
            vec![RefundRecord { return_id: Some(ReturnId::new(Uuid::from_u128(9))), ..of }]
        };
        assert_eq!(problems(returned(Requested, 2, 0), 2, vec![], &[]), 0);
        assert_eq!(problems(returned(Requested, 3, 0), 3, vec![], &[]), 1);
        assert_eq!(problems(returned(Requested, 1, 0), 2, vec![], &[]), 1);
        assert_eq!(problems(returned(Rejected, 1, 0), 0, vec![], &[]), 0);
        assert_eq!(problems(returned(Rejected, 1, 0), 1, vec![], &[]), 1);
        assert_eq!(problems(returned(Requested, 1, 0), 1, refund(RefundState::Done), &[]), 1);
        assert_eq!(problems(returned(Received, 1, 1), 1, refund(RefundState::Done), &[1]), 0);
        assert_eq!(problems(returned(Received, 1, 1), 1, vec![], &[1]), 1);
        for wrong in [&[][..], &[1, 1], &[2]] {
            assert_eq!(problems(returned(Received, 1, 1), 1, refund(RefundState::Done), wrong), 1, "{wrong:?}");
        }
        assert_eq!(problems(returned(Received, 1, 0), 1, refund(RefundState::Done), &[1]), 1);
    }
}
