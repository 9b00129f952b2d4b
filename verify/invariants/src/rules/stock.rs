//! I1: stock is what came in minus what was sold, the reserved quantity equals the reservations,
//! and what is sold equals the lines of paid orders; I7: nothing is reserved or sold for a missing
//! order; and I11: a removed product has no stock except what is reserved for orders in progress.

use std::collections::BTreeMap;

use domain::ProductId;
use domain::events::Queue;
use store_postgres::reconcile::{OrderRecord, ProductProjection, ReservationRecord, ReservationState, StockRecord};

use super::labels::{is_paid, order_label};
use crate::check_context::CheckContext;
use crate::report::{Invariant, Violation};

/// Checks a product by its own database alone, of one moment: `held` and `sold` are the sums of its
/// reservations.
pub(crate) fn check_product(stock: &StockRecord, held: i64, sold: i64) -> Vec<Violation> {
    let about = format!("product {}", stock.product);
    let (quantity, reserved) = (i64::from(stock.quantity), i64::from(stock.reserved));
    let mut findings = Vec::new();
    let mut check = |right: bool, problem: &str, expected: i64, found: i64| {
        if !right {
            findings.push(Violation::new(Invariant::Stock, about.clone(), problem, expected, found));
        }
    };
    check(quantity == stock.ledger_sum, "has a quantity that is not the sum of its ledger", stock.ledger_sum, quantity);
    check(reserved == held, "has other units reserved than its reservations", held, reserved);
    check(sold == stock.net_sold, "has other units sold than its ledger", stock.net_sold, sold);
    check(reserved >= 0 && quantity >= reserved, "has less than nothing available", 0, quantity - reserved);
    findings
}

/// Checks what an idle order has bought, and that it has no open reservation.
pub(crate) fn check_order(placed: &OrderRecord, counted: &[ReservationRecord]) -> Vec<Violation> {
    let mut sold: BTreeMap<ProductId, i64> = BTreeMap::new();
    for counted in counted.iter().filter(|counted| counted.state == ReservationState::Committed) {
        *sold.entry(counted.product).or_default() += i64::from(counted.quantity);
    }
    let bought: BTreeMap<ProductId, i64> = match is_paid(placed.status) {
        true => placed.lines.iter().map(|line| (line.product_id, i64::from(line.quantity))).collect(),
        false => BTreeMap::new(),
    };
    let mut findings = Vec::new();
    if sold != bought {
        let about = order_label(placed.id);
        let problem = format!("is {} and has other units sold than its lines", placed.status.as_str());
        findings.push(Violation::new(
            Invariant::Stock,
            about,
            problem,
            describe_quantities(&bought),
            describe_quantities(&sold),
        ));
    }
    let held = counted.iter().filter(|counted| counted.state == ReservationState::Reserved);
    findings.extend(held.map(|held| {
        let about = format!("{} of product {}", order_label(placed.id), held.product);
        let found = format!("{} units by attempt {}", held.quantity, held.attempt);
        Violation::new(
            Invariant::Orphans,
            about,
            "is reserved for an order that has no saga in progress",
            "nothing",
            found,
        )
    }));
    findings
}

/// Units of a missing order. Released ones may be all that is left of an order that was deleted for
/// lack of stock.
pub(crate) fn check_orphan_reservation(counted: &ReservationRecord) -> Option<Violation> {
    let word = match counted.state {
        ReservationState::Reserved => "reserved",
        ReservationState::Committed => "sold",
        ReservationState::Released => return None,
    };
    let about = format!("{} of product {}", order_label(counted.order), counted.product);
    let found = format!("{} units {word}", counted.quantity);
    Some(Violation::new(Invariant::Orphans, about, "has units though there is no such order", "nothing", found))
}

/// Checks the stock of a product that is not in the catalog.
pub(crate) fn check_removed_product(product: ProductId, quantity: i32, reserved: i32) -> Option<Violation> {
    (quantity != reserved).then(|| {
        let problem = "is not in the catalog and has more stock than is reserved";
        Violation::new(Invariant::RemovedProducts, format!("product {product}"), problem, reserved, quantity)
    })
}

/// Checks the catalog's projection of a product's stock.
pub(crate) fn check_projection(
    stock: Option<&StockRecord>,
    shown: &ProductProjection,
    moment: &CheckContext,
) -> Option<Violation> {
    let available = stock.map_or(0, |stock| stock.quantity - stock.reserved);
    if shown.stock == available {
        return None;
    }
    let wrong = match stock {
        Some(stock) if shown.stock_version == stock.version => true,
        Some(stock) if shown.stock_version < stock.version => moment.must_be_consumed(stock.updated_at, Queue::Catalog),
        // Read a moment later than inventory, which may have changed in between.
        _ => moment.is_quiescent(),
    };
    wrong.then(|| {
        let about = format!("product {}", shown.id);
        let problem = "shows another stock than inventory has available";
        Violation::new(Invariant::Stock, about, problem, available, shown.stock)
    })
}

fn describe_quantities(of: &BTreeMap<ProductId, i64>) -> String {
    if of.is_empty() {
        return "nothing".to_owned();
    }
    of.iter().map(|(product, pieces)| format!("{pieces} × product {product}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{confirmed_order, context_at, placed_plus, reservation_of};
    use super::*;
    use domain::orders::OrderStatus;

    fn problems(findings: Vec<Violation>) -> Vec<(Invariant, String)> {
        findings.into_iter().map(|finding| (finding.invariant, finding.problem)).collect()
    }

    #[test]
    fn a_paid_orders_lines_are_sold_and_nothing_stays_reserved() {
        let placed = confirmed_order(1, 1000);
        let cancelled = OrderRecord { status: OrderStatus::Cancelled, ..placed.clone() };
        let with = |placed: &OrderRecord, kept: &[ReservationState]| {
            let counted: Vec<ReservationRecord> = kept.iter().map(|kept| reservation_of(placed, *kept)).collect();
            problems(check_order(placed, &counted)).into_iter().map(|(invariant, _)| invariant).collect::<Vec<_>>()
        };
        assert_eq!(with(&placed, &[ReservationState::Committed]), []);
        assert_eq!(with(&placed, &[ReservationState::Released, ReservationState::Committed]), []);
        assert_eq!(with(&placed, &[]), [Invariant::Stock]);
        assert_eq!(with(&placed, &[ReservationState::Committed, ReservationState::Committed]), [Invariant::Stock]);
        assert_eq!(with(&placed, &[ReservationState::Committed, ReservationState::Reserved]), [Invariant::Orphans]);
        assert_eq!(with(&cancelled, &[ReservationState::Released]), []);
        assert_eq!(with(&cancelled, &[ReservationState::Committed]), [Invariant::Stock]);
        assert_eq!(with(&cancelled, &[ReservationState::Reserved]), [Invariant::Orphans]);
        for (kept, found) in [
            (ReservationState::Reserved, true),
            (ReservationState::Committed, true),
            (ReservationState::Released, false),
        ] {
            assert_eq!(check_orphan_reservation(&reservation_of(&placed, kept)).is_some(), found, "{kept:?}");
        }
    }

    fn stocked() -> StockRecord {
        let product = ProductId::new(7);
        StockRecord {
            product,
            quantity: 5,
            reserved: 2,
            version: 3,
            updated_at: placed_plus(0),
            ledger_sum: 5,
            net_sold: 4,
        }
    }

    #[test]
    fn a_products_stock_is_the_sum_of_its_ledger_and_reservations() {
        let stock = stocked();
        assert_eq!(check_product(&stock, 2, 4), []);
        assert_eq!(check_product(&stock, 1, 4).len(), 1);
        assert_eq!(check_product(&stock, 2, 5).len(), 1);
        assert_eq!(check_product(&StockRecord { ledger_sum: 6, ..stock }, 2, 4).len(), 1);
        assert_eq!(check_product(&StockRecord { quantity: 1, ledger_sum: 1, ..stock }, 2, 4).len(), 1);
    }

    #[test]
    fn the_catalog_may_lag_until_the_message_is_due() {
        let stock = stocked();
        let shown = |stock, stock_version| ProductProjection {
            id: ProductId::new(7),
            stock,
            stock_version,
            rating_count: 0,
            rating_sum: 0,
            rating_version: 0,
        };
        let wrong = |stock: Option<&StockRecord>, shown, moment: &CheckContext| {
            check_projection(stock, &shown, moment).is_some()
        };
        let (soon, late, settled) = (context_at(10, false), context_at(100, false), context_at(10, true));
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
