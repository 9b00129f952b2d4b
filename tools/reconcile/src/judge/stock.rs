//! I1: stock is what came in less what was sold, what is reserved is held, what is sold is what
//! orders that stand have bought; I7: nothing is held or sold for no order; and I11: what is not in
//! the catalogue has no stock but what is reserved for orders that are under way.

use std::collections::BTreeMap;

use domain::ProductId;
use domain::events::Queue;
use postgres::audit::{Counted, Kept, Placed, Shown, Stocked};

use super::{order, stands};
use crate::moment::Moment;
use crate::report::{Finding, Invariant};

/// Judges a product by its own database alone, of one moment: `held` and `sold` are the sums of
/// its reservations.
pub(crate) fn of_product(stock: &Stocked, held: i64, sold: i64) -> Vec<Finding> {
    let about = format!("product {}", stock.product);
    let (quantity, reserved) = (i64::from(stock.quantity), i64::from(stock.reserved));
    let mut findings = Vec::new();
    let mut judge = |right: bool, problem: &str, expected: i64, found: i64| {
        if !right {
            findings.push(Finding::new(Invariant::Stock, about.clone(), problem, expected, found));
        }
    };
    judge(quantity == stock.ledger, "has a quantity that is not the sum of its ledger", stock.ledger, quantity);
    judge(reserved == held, "has more or less reserved than is held", held, reserved);
    judge(sold == stock.sold, "has other pieces sold than its ledger says", stock.sold, sold);
    judge(reserved >= 0 && quantity >= reserved, "has less than nothing available", 0, quantity - reserved);
    findings
}

/// Judges what an order at rest has bought, and that it holds nothing any more.
pub(crate) fn of_order(placed: &Placed, counted: &[Counted]) -> Vec<Finding> {
    let mut sold: BTreeMap<ProductId, i64> = BTreeMap::new();
    for counted in counted.iter().filter(|counted| counted.kept == Kept::Sold) {
        *sold.entry(counted.product).or_default() += i64::from(counted.quantity);
    }
    let bought: BTreeMap<ProductId, i64> = match stands(placed.status) {
        true => placed.lines.iter().map(|line| (line.product_id, i64::from(line.quantity))).collect(),
        false => BTreeMap::new(),
    };
    let mut findings = Vec::new();
    if sold != bought {
        let about = order(placed.id);
        let problem = format!("is {} and has other pieces sold than its lines", placed.status.as_str());
        findings.push(Finding::new(Invariant::Stock, about, problem, pieces(&bought), pieces(&sold)));
    }
    let held = counted.iter().filter(|counted| counted.kept == Kept::Held);
    findings.extend(held.map(|held| {
        let about = format!("{} of product {}", order(placed.id), held.product);
        let found = format!("{} pieces by attempt {}", held.quantity, held.attempt);
        Finding::new(Invariant::Orphan, about, "is held for an order that nothing is under way with", "nothing", found)
    }));
    findings
}

/// Pieces of an order that is not there. Those that were released may be all that is left of an
/// order that was forgotten for want of stock.
pub(crate) fn orphan(counted: &Counted) -> Option<Finding> {
    let word = match counted.kept {
        Kept::Held => "held",
        Kept::Sold => "sold",
        Kept::Released => return None,
    };
    let about = format!("{} of product {}", order(counted.order), counted.product);
    let found = format!("{} pieces {word}", counted.quantity);
    Some(Finding::new(Invariant::Orphan, about, "has pieces though there is no such order", "nothing", found))
}

/// Judges what there is of a product that the catalogue does not have.
pub(crate) fn gone(product: ProductId, quantity: i32, reserved: i32) -> Option<Finding> {
    (quantity != reserved).then(|| {
        let problem = "is not in the catalogue and has more stock than is reserved";
        Finding::new(Invariant::Gone, format!("product {product}"), problem, reserved, quantity)
    })
}

/// Judges what the catalogue shows of a product's stock.
pub(crate) fn projection(stock: Option<&Stocked>, shown: &Shown, moment: &Moment) -> Option<Finding> {
    let available = stock.map_or(0, |stock| stock.quantity - stock.reserved);
    if shown.stock == available {
        return None;
    }
    let wrong = match stock {
        Some(stock) if shown.stock_version == stock.version => true,
        Some(stock) if shown.stock_version < stock.version => moment.is_taken(stock.updated_at, Queue::Catalog),
        // Read a moment later than inventory, which may have moved meanwhile.
        _ => moment.is_settled(),
    };
    wrong.then(|| {
        let about = format!("product {}", shown.id);
        let problem = "shows another stock than inventory has available";
        Finding::new(Invariant::Stock, about, problem, available, shown.stock)
    })
}

fn pieces(of: &BTreeMap<ProductId, i64>) -> String {
    if of.is_empty() {
        return "nothing".to_owned();
    }
    of.iter().map(|(product, pieces)| format!("{pieces} × product {product}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, confirmed, later, pieces};
    use super::*;
    use domain::orders::Status;

    fn problems(findings: Vec<Finding>) -> Vec<(Invariant, String)> {
        findings.into_iter().map(|finding| (finding.invariant, finding.problem)).collect()
    }

    #[test]
    fn an_orders_lines_are_sold_while_it_stands_and_nothing_is_held_afterwards() {
        let placed = confirmed(1, 1000);
        let cancelled = Placed { status: Status::Cancelled, ..placed.clone() };
        let with = |placed: &Placed, kept: &[Kept]| {
            let counted: Vec<Counted> = kept.iter().map(|kept| pieces(placed, *kept)).collect();
            problems(of_order(placed, &counted)).into_iter().map(|(invariant, _)| invariant).collect::<Vec<_>>()
        };
        assert_eq!(with(&placed, &[Kept::Sold]), []);
        assert_eq!(with(&placed, &[Kept::Released, Kept::Sold]), []);
        assert_eq!(with(&placed, &[]), [Invariant::Stock]);
        assert_eq!(with(&placed, &[Kept::Sold, Kept::Sold]), [Invariant::Stock]);
        assert_eq!(with(&placed, &[Kept::Sold, Kept::Held]), [Invariant::Orphan]);
        assert_eq!(with(&cancelled, &[Kept::Released]), []);
        assert_eq!(with(&cancelled, &[Kept::Sold]), [Invariant::Stock]);
        assert_eq!(with(&cancelled, &[Kept::Held]), [Invariant::Orphan]);
        for (kept, found) in [(Kept::Held, true), (Kept::Sold, true), (Kept::Released, false)] {
            assert_eq!(orphan(&pieces(&placed, kept)).is_some(), found, "{kept:?}");
        }
    }

    fn stocked() -> Stocked {
        let product = ProductId::new(7);
        Stocked { product, quantity: 5, reserved: 2, version: 3, updated_at: at(0), ledger: 5, sold: 4 }
    }

    #[test]
    fn a_product_is_the_sum_of_its_ledger_and_of_its_holds() {
        let stock = stocked();
        assert_eq!(of_product(&stock, 2, 4), []);
        assert_eq!(of_product(&stock, 1, 4).len(), 1);
        assert_eq!(of_product(&stock, 2, 5).len(), 1);
        assert_eq!(of_product(&Stocked { ledger: 6, ..stock }, 2, 4).len(), 1);
        assert_eq!(of_product(&Stocked { quantity: 1, ledger: 1, ..stock }, 2, 4).len(), 1);
    }

    #[test]
    fn the_catalogue_may_lag_for_as_long_as_a_message_takes() {
        let stock = stocked();
        let shown = |stock, stock_version| Shown {
            id: ProductId::new(7),
            stock,
            stock_version,
            rating_count: 0,
            rating_sum: 0,
            rating_version: 0,
        };
        let wrong = |stock: Option<&Stocked>, shown, moment: &Moment| projection(stock, &shown, moment).is_some();
        let (soon, late, settled) = (later(10, false), later(100, false), later(10, true));
        for moment in [&soon, &late, &settled] {
            assert!(!wrong(Some(&stock), shown(3, 3), moment));
            assert!(!wrong(Some(&stock), shown(3, 1), moment));
            assert!(wrong(Some(&stock), shown(4, 3), moment));
            assert!(!wrong(None, shown(0, 0), moment));
        }
        assert_eq!([&soon, &late, &settled].map(|m| wrong(Some(&stock), shown(4, 2), m)), [false, true, true]);
        assert_eq!([&soon, &late, &settled].map(|m| wrong(Some(&stock), shown(4, 4), m)), [false, false, true]);
        assert_eq!([&soon, &late, &settled].map(|m| wrong(None, shown(4, 4), m)), [false, false, true]);
    }
}
