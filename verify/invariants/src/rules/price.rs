//! I10: a line's price is the catalog's at that moment; a total is the sum of its lines.
//!
//! productdb records each price with the time from which it is valid. An order's time is the
//! function's clock, after it has read the prices; a concurrent price change may or may not be
//! seen. So a line is correct if its product had its price at some time of the minute before.
//! Orders from before a product's history began are not checked by it.

use domain::Money;
use domain::orders::OrderLine;
use store_postgres::reconcile::{OrderRecord, PriceRecord};

use super::labels::order_label;
use crate::report::{Invariant, Violation};

/// A function takes less between reading the price and setting the order's time, in seconds.
const PRICE_READ_SECONDS: i64 = 60;
/// Clocks differ by less, in seconds.
const CLOCK_SKEW_SECONDS: i64 = 5;

/// Checks an order's total, and that each product has one line.
pub(crate) fn check_total(placed: &OrderRecord) -> Option<Violation> {
    let cents = |line: &OrderLine| line.price.cents().saturating_mul(i64::from(line.quantity));
    let sum = Money::from_cents(placed.lines.iter().map(cents).sum());
    (sum != placed.total || placed.lines.is_empty()).then(|| {
        let problem = "has a total that is not the sum of its lines";
        Violation::new(Invariant::Price, order_label(placed.id), problem, sum, placed.total)
    })
}

/// Checks a line against its product's prices, oldest first; `None` if their history began later.
pub(crate) fn check_line(placed: &OrderRecord, line: &OrderLine, prices: &[PriceRecord]) -> Option<Option<Violation>> {
    let (from, to) =
        (placed.created_at.plus_seconds(-PRICE_READ_SECONDS), placed.created_at.plus_seconds(CLOCK_SKEW_SECONDS));
    prices.first().filter(|first| first.since <= to)?;
    let ends = prices.iter().skip(1).map(|next| Some(next.since)).chain([None]);
    let asked = prices.iter().zip(ends).filter(|(price, end)| price.since <= to && end.is_none_or(|end| end >= from));
    let asked: Vec<Money> = asked.map(|(price, _)| price.price).collect();
    Some((!asked.contains(&line.price)).then(|| {
        let about = format!("{}, product {}", order_label(placed.id), line.product_id);
        let expected = asked.iter().map(Money::to_string).collect::<Vec<_>>().join(" or ");
        Violation::new(Invariant::Price, about, "has a price that the catalog did not have", expected, line.price)
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{confirmed_order, placed_plus};
    use super::*;

    #[test]
    fn a_total_is_the_sum_of_its_lines() {
        let mut placed = confirmed_order(1, 1000);
        assert!(check_total(&placed).is_none());
        placed.lines[0].quantity = 2;
        assert!(check_total(&placed).is_some());
        placed.lines[0].quantity = 1;
        placed.total = Money::from_cents(999);
        assert!(check_total(&placed).is_some());
        placed.lines.clear();
        placed.total = Money::ZERO;
        assert!(check_total(&placed).is_some());
    }

    #[test]
    fn a_line_has_the_catalog_price_of_its_time() {
        let placed = confirmed_order(1, 1000);
        let line = placed.lines[0].clone();
        let price = |cents, seconds| PriceRecord {
            product: line.product_id,
            price: Money::from_cents(cents),
            since: placed_plus(seconds),
        };
        let check = |prices: &[PriceRecord]| check_line(&placed, &line, prices).map(|finding| finding.is_none());
        assert_eq!(check(&[price(1000, -9000)]), Some(true));
        assert_eq!(check(&[price(999, -9000)]), Some(false));
        assert_eq!(check(&[price(1000, -9000), price(1100, -3600)]), Some(false));
        // It had just changed, or changed concurrently.
        assert_eq!(check(&[price(1000, -9000), price(1100, -30)]), Some(true));
        assert_eq!(check(&[price(900, -9000), price(1000, 2)]), Some(true));
        assert_eq!(check(&[price(900, -9000), price(1000, 60)]), Some(false));
        // Nothing is known of that time.
        assert_eq!(check(&[price(900, 60)]), None);
        assert_eq!(check(&[]), None);
    }
}
