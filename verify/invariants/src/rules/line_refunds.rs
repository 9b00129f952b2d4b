//! I20: each piece and the shipping of an order are refunded at most once and for their price, each line
//! counts them, and what is refunded in all is at most what was paid. What came back is refunded.

use std::collections::BTreeMap;

use domain::orders::{OrderLine, ReturnStatus};
use domain::{Money, ProductId};
use store_postgres::reconcile::{
    LineCountRecord, OrderRecord, RefundLineRecord, RefundRecord, RefundState, ReturnRecord,
};

use super::labels::order_label;
use crate::report::{Invariant, Violation};

/// Pieces and their price.
type Refunded = (i32, Money);

/// Checks an order's refunds; of all its rows at one moment.
pub(crate) fn check_order(
    placed: &OrderRecord,
    lines: &[RefundLineRecord],
    counts: &[LineCountRecord],
    returned: &[ReturnRecord],
) -> Vec<Violation> {
    let standing: Vec<&RefundRecord> =
        placed.refunds.iter().filter(|refund| refund.state != RefundState::Rejected).collect();
    let mut by_product = BTreeMap::<ProductId, Refunded>::new();
    for line in lines.iter().filter(|line| standing.iter().any(|refund| refund.id == line.refund)) {
        let sum = by_product.entry(line.product).or_insert((0, Money::ZERO));
        *sum = (sum.0 + line.quantity, sum.1 + line.amount);
    }
    let mut found = Vec::new();
    for bought in &placed.lines {
        let refunded = by_product.remove(&bought.product_id).unwrap_or((0, Money::ZERO));
        let counted = counts.iter().find(|line| line.product == bought.product_id);
        let counted = counted.map_or((0, Money::ZERO), |line| (line.refunded, line.refunded_amount));
        let back = returned.iter().filter(|line| line.status == ReturnStatus::Received);
        let back = back.filter(|line| line.product == bought.product_id).map(|line| line.quantity).sum();
        let has_rejected = standing.len() < placed.refunds.len();
        found.extend(check_line(placed, bought, refunded, counted, back, has_rejected));
    }
    found.extend(by_product.into_iter().map(|(product, refunded)| {
        line_violation(placed, product, "is refunded and was not bought", "nothing", describe(refunded))
    }));
    found.extend(check_sums(placed, lines, &standing));
    found
}

fn check_line(
    placed: &OrderRecord,
    bought: &OrderLine,
    refunded: Refunded,
    counted: Refunded,
    back: i32,
    has_rejected: bool,
) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut check = |right: bool, problem: &str, expected: String, is: String| {
        if !right {
            found.push(line_violation(placed, bought.product_id, problem, &expected, is));
        }
    };
    let (pieces, amount) = refunded;
    check(refunded == counted, "counts other refunds than it has", describe(refunded), describe(counted));
    let whole = (bought.quantity, bought.total);
    check(pieces <= bought.quantity, "has more pieces refunded than were bought", describe(whole), describe(refunded));
    check(amount <= bought.total, "is refunded for more than its price", describe(whole), describe(refunded));
    // A rejected refund gave pieces back whose cents others had been rounded by.
    let exact =
        domain::orders::refund_share(bought.total, bought.quantity, (0, Money::ZERO), pieces.min(bought.quantity));
    let is_exact = amount == exact || (has_rejected && pieces < bought.quantity);
    check(is_exact, "is refunded for another price than its pieces have", exact.to_string(), amount.to_string());
    check(pieces >= back, "has pieces that came back and are not refunded", back.to_string(), pieces.to_string());
    found
}

/// Checks each refund against its parts, and all of them against the payment.
fn check_sums(placed: &OrderRecord, lines: &[RefundLineRecord], standing: &[&RefundRecord]) -> Vec<Violation> {
    let mut found = Vec::new();
    let all: Money = standing.iter().map(|refund| refund.amount).sum();
    if all > placed.total {
        let (about, problem) = (order_label(placed.id), "is refunded for more than it cost");
        found.push(Violation::new(Invariant::LineRefunds, about, problem, placed.total, all));
    }
    let shipping: Vec<Money> = standing.iter().filter_map(|refund| refund.shipping).collect();
    let tax = if placed.amounts.tax_included { Money::ZERO } else { placed.amounts.shipping_tax };
    let price = placed.amounts.shipping + tax;
    if shipping.len() > 1 || shipping.iter().any(|refunded| *refunded != price) {
        let (about, problem) = (order_label(placed.id), "has its shipping refunded otherwise than once for its price");
        found.push(Violation::new(Invariant::LineRefunds, about, problem, price, format!("{shipping:?}")));
    }
    for refund in standing {
        let parts: Vec<Money> = lines.iter().filter(|line| line.refund == refund.id).map(|line| line.amount).collect();
        if parts.is_empty() && refund.shipping.is_none() && refund.return_id.is_none() {
            continue;
        }
        let sum: Money = parts.into_iter().chain(refund.shipping).sum();
        // A return gets what is left: then nothing is left, unless another refund was rejected since.
        let is_rest = refund.return_id.is_some() && refund.amount < sum;
        let nothing_left = all == placed.total || standing.len() < placed.refunds.len();
        if refund.amount != sum && !(is_rest && nothing_left) {
            let about = format!("refund {} of {}", refund.id, order_label(placed.id));
            let problem = "has another amount than its parts";
            found.push(Violation::new(Invariant::LineRefunds, about, problem, sum, refund.amount));
        }
    }
    found
}

fn line_violation(
    placed: &OrderRecord,
    product: ProductId,
    problem: &str,
    expected: &str,
    found: impl ToString,
) -> Violation {
    let about = format!("{}, product {product}", order_label(placed.id));
    Violation::new(Invariant::LineRefunds, about, problem, expected, found)
}

fn describe((pieces, amount): Refunded) -> String {
    format!("{pieces} for {amount}")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{confirmed_order, placed_plus, refund_of};
    use super::*;
    use domain::ReturnId;
    use uuid::Uuid;

    /// Three pieces for 10.00 and shipping for 4.90, with a refund of this many of them.
    fn problems(pieces: i32, cents: i64, counted: (i32, i64), change: impl FnOnce(&mut OrderRecord)) -> Vec<String> {
        let mut placed = confirmed_order(1, 1490);
        placed.lines[0].quantity = 3;
        placed.lines[0].total = Money::from_cents(1000);
        placed.amounts.shipping = Money::from_cents(490);
        placed.refunds = vec![refund_of(&placed, cents, RefundState::Done)];
        change(&mut placed);
        let (order, product) = (placed.id, ProductId::new(7));
        let parts = placed.refunds[0].shipping.map_or(cents, |shipping| cents - shipping.cents());
        let line = RefundLineRecord {
            order,
            refund: Uuid::from_u128(9),
            product,
            quantity: pieces,
            amount: Money::from_cents(parts),
        };
        let counts = [LineCountRecord {
            order,
            product,
            returned: 0,
            refunded: counted.0,
            refunded_amount: Money::from_cents(counted.1),
        }];
        check_order(&placed, &[line], &counts, &[]).into_iter().map(|found| found.problem).collect()
    }

    #[test]
    fn pieces_are_refunded_once_for_their_price() {
        assert!(problems(2, 667, (2, 667), |_| ()).is_empty());
        assert_eq!(problems(2, 666, (2, 666), |_| ()), ["is refunded for another price than its pieces have"]);
        assert_eq!(problems(2, 667, (1, 333), |_| ()), ["counts other refunds than it has"]);
        let twice = problems(4, 1000, (4, 1000), |_| ());
        assert_eq!(twice, ["has more pieces refunded than were bought"]);
        let kept = problems(2, 667, (2, 667), |placed| placed.refunds[0].state = RefundState::Rejected);
        assert_eq!(kept, ["counts other refunds than it has"]);
        let dearer = problems(2, 667, (2, 667), |placed| placed.refunds[0].amount = Money::from_cents(700));
        assert_eq!(dearer, ["has another amount than its parts"]);
        let more = |placed: &mut OrderRecord| {
            let second = RefundRecord { id: Uuid::from_u128(8), ..refund_of(placed, 900, RefundState::Pending) };
            placed.refunds.push(second);
        };
        assert_eq!(problems(2, 667, (2, 667), more), ["is refunded for more than it cost"]);
    }

    #[test]
    fn shipping_is_refunded_once_and_a_return_gets_what_is_left() {
        let with = |shipping: i64| {
            move |placed: &mut OrderRecord| placed.refunds[0].shipping = Some(Money::from_cents(shipping))
        };
        assert!(problems(3, 1490, (3, 1000), with(490)).is_empty());
        let wrong = problems(3, 1490, (3, 990), with(500));
        assert!(wrong.contains(&"has its shipping refunded otherwise than once for its price".to_owned()), "{wrong:?}");
        let capped = |spent: i64| {
            move |placed: &mut OrderRecord| {
                placed.refunds[0].return_id = Some(ReturnId::new(Uuid::from_u128(9)));
                placed.refunds[0].amount = Money::from_cents(100);
                let other = RefundRecord { id: Uuid::from_u128(8), ..refund_of(placed, spent, RefundState::Done) };
                placed.refunds.push(other);
            }
        };
        assert!(problems(2, 667, (2, 667), capped(1390)).is_empty());
        assert_eq!(problems(2, 667, (2, 667), capped(1000)), ["has another amount than its parts"]);
    }

    #[test]
    fn what_came_back_is_refunded() {
        let placed = confirmed_order(1, 1000);
        let back = ReturnRecord {
            order: placed.id,
            id: ReturnId::new(Uuid::from_u128(9)),
            status: ReturnStatus::Received,
            product: ProductId::new(7),
            quantity: 1,
            restocked: 0,
            created_at: placed_plus(1),
            decided_at: None,
            received_at: Some(placed_plus(2)),
        };
        let found = check_order(&placed, &[], &[], &[back]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].problem, "has pieces that came back and are not refunded");
    }
}
