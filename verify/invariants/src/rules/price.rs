//! I10: a line's price is the catalog's at that moment; the amounts of an order add up, and its lines'
//! shares are the whole.
//!
//! productdb records each price with the time from which it is valid. An order's time is the
//! function's clock, after it has read the prices; a concurrent price change may or may not be
//! seen. So a line is correct if its product had its price at some time of the minute before.
//! Orders from before a product's history began are not checked by it.

use domain::Money;
use domain::orders::OrderLine;
use domain::pricing::Amounts;
use store_postgres::reconcile::{OrderRecord, PriceRecord};

use super::labels::order_label;
use crate::report::{Invariant, Violation};

/// A function takes less between reading the price and setting the order's time, in seconds.
const PRICE_READ_SECONDS: i64 = 60;
/// Clocks differ by less, in seconds.
const CLOCK_SKEW_SECONDS: i64 = 5;

/// Checks that an order's amounts follow from its lines, to the cent.
pub(crate) fn check_amounts(placed: &OrderRecord) -> Vec<Violation> {
    let Amounts { subtotal, discount, shipping, shipping_tax, tax, tax_included, total } = placed.amounts;
    let sum = |cents: fn(&OrderLine) -> i64| Money::from_cents(placed.lines.iter().map(cents).sum());
    let added = if tax_included { Money::ZERO } else { tax };
    let shipping_paid = if tax_included { shipping } else { shipping + shipping_tax };
    let mut wrong = Vec::new();
    for (problem, expected, found) in [
        ("has a subtotal that is not the sum of its lines' prices", sum(gross_cents), subtotal),
        ("has a discount that is not the sum of its lines' shares", sum(|line| line.discount.cents()), discount),
        (
            "has a tax that is not the sum of its lines' and shipping's",
            sum(|line| line.tax.cents()) + shipping_tax,
            tax,
        ),
        ("has a total that does not follow from its amounts", subtotal - discount + shipping + added, total),
        (
            "has a total that is not the sum of its lines' and shipping",
            sum(|line| line.total.cents()) + shipping_paid,
            total,
        ),
    ] {
        if expected != found || placed.lines.is_empty() {
            wrong.push(Violation::new(Invariant::Price, order_label(placed.id), problem, expected, found));
        }
    }
    wrong.extend(placed.lines.iter().filter_map(|line| check_line_total(placed, line, tax_included)));
    wrong
}

fn gross_cents(line: &OrderLine) -> i64 {
    line.price.cents().saturating_mul(i64::from(line.quantity))
}

/// What is paid for a line, and the tax on that by the line's own rate.
fn check_line_total(placed: &OrderRecord, line: &OrderLine, tax_included: bool) -> Option<Violation> {
    let net = Money::from_cents(gross_cents(line)) - line.discount;
    let (tax, total) = match tax_included {
        true => (line.tax_rate.contained_in(net), net),
        false => (line.tax_rate.of(net), net + line.tax),
    };
    let about = format!("{}, product {}", order_label(placed.id), line.product_id);
    let wrong = |problem, expected, found| Some(Violation::new(Invariant::Price, about, problem, expected, found));
    if tax != line.tax {
        return wrong("has a tax that is not of its rate", tax, line.tax);
    }
    if total != line.total {
        wrong("has a total that does not follow from its amounts", total, line.total)
    } else {
        None
    }
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
    use domain::pricing::Percentage;

    use super::super::fixtures::{confirmed_order, placed_plus};
    use super::*;

    #[test]
    fn amounts_add_up_to_the_cent() {
        let placed = confirmed_order(1, 1000);
        assert!(check_amounts(&placed).is_empty());
        let broken = |change: fn(&mut OrderRecord)| {
            let mut other = placed.clone();
            change(&mut other);
            check_amounts(&other).len()
        };
        let cent = Money::from_cents(1);
        assert!(broken(|order| order.lines[0].quantity = 2) > 0);
        assert!(broken(|order| order.amounts.total = Money::from_cents(999)) > 0);
        assert!(broken(|order| order.lines.clear()) > 0);
        assert_eq!(broken(|order| order.amounts.tax = Money::from_cents(1)), 1);
        assert!(broken(|order| order.lines[0].discount = Money::from_cents(1)) > 0);
        assert_eq!(broken(|order| order.lines[0].tax_rate = Percentage::from_basis_points(1900)), 1);

        let mut taxed = placed.clone();
        taxed.lines[0].tax_rate = Percentage::from_basis_points(1000);
        taxed.lines[0].tax = Money::from_cents(100);
        taxed.lines[0].total = Money::from_cents(1100);
        taxed.amounts = Amounts {
            shipping: Money::from_cents(50),
            shipping_tax: cent,
            tax: Money::from_cents(101),
            tax_included: false,
            total: Money::from_cents(1151),
            ..taxed.amounts
        };
        assert_eq!(check_amounts(&taxed), []);
        taxed.amounts.tax_included = true;
        assert!(!check_amounts(&taxed).is_empty());
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
