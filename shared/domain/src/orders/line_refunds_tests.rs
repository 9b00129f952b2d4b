use proptest::prelude::*;

use super::*;
use crate::orders::OrderStatus;
use crate::orders::fulfilments::tests::{order, wanted};

fn position(lines: &[(i32, i32, i64)], amount: i64) -> RefundPosition {
    let line = |(product, refunded, cents): &(i32, i32, i64)| LinePosition {
        product_id: ProductId::new(*product),
        refunded: *refunded,
        refunded_amount: Money::from_cents(*cents),
    };
    let lines = lines.iter().map(line).collect();
    RefundPosition { lines, shipping_refunded: false, amount: Money::from_cents(amount) }
}

fn back(of: &[(i32, i32)]) -> Vec<ReturnLine> {
    let line = |(product, quantity): &(i32, i32)| ReturnLine {
        product_id: ProductId::new(*product),
        quantity: *quantity,
        restocked: 0,
    };
    of.iter().map(line).collect()
}

/// Three pieces for 10.00 and one for 25.00, shipping 4.90.
fn bought() -> Order {
    let mut order = order(OrderStatus::Shipped, &[(7, 3), (8, 1)]);
    order.items[0].total = Money::from_cents(1000);
    order.items[1].total = Money::from_cents(2500);
    order.shipping = Money::from_cents(490);
    order.total = Money::from_cents(3990);
    order
}

#[test]
fn the_pieces_of_a_line_come_to_its_price() {
    let share = |before, more| refund_share(Money::from_cents(1000), 3, before, more).cents();
    assert_eq!(share((0, Money::ZERO), 1), 333);
    assert_eq!(share((1, Money::from_cents(333)), 1), 334);
    assert_eq!(share((2, Money::from_cents(667)), 1), 333);
    assert_eq!(share((0, Money::ZERO), 3), 1000);
    // Half a cent is a cent.
    assert_eq!(refund_share(Money::from_cents(1), 2, (0, Money::ZERO), 1).cents(), 1);
    assert_eq!(refund_share(Money::ZERO, 2, (1, Money::ZERO), 1), Money::ZERO);
}

#[test]
fn an_admin_refunds_what_is_left_of_lines_and_of_the_payment() {
    let order = bought();
    let plan = position(&[], 0).plan_lines(&order, &wanted(&[(7, 1), (8, 1)]), true).unwrap();
    assert_eq!(plan.lines.iter().map(|line| line.amount.cents()).collect::<Vec<_>>(), [333, 2500]);
    assert_eq!((plan.shipping, plan.amount.cents()), (Some(Money::from_cents(490)), 3323));
    let some = position(&[(7, 2, 667)], 667);
    let excess = some.plan_lines(&order, &wanted(&[(7, 2)]), false);
    let named = ExcessPieces { product_id: ProductId::new(7), requested: 2, left: 1 };
    assert_eq!(excess, Err(LineRefundError::TooManyPieces(vec![named])));
    assert_eq!(some.plan_lines(&order, &wanted(&[(7, 1)]), false).unwrap().amount.cents(), 333);
    // Others were refunded by amount.
    let refundable = Money::from_cents(332);
    let short = RefundPosition { amount: Money::from_cents(3658), ..some.clone() };
    assert_eq!(short.plan_lines(&order, &wanted(&[(7, 1)]), false), Err(LineRefundError::TooLarge { refundable }));
    let shipped = RefundPosition { shipping_refunded: true, ..some };
    assert_eq!(shipped.plan_lines(&order, &wanted(&[(7, 1)]), true), Err(LineRefundError::ShippingRefunded));
    let mut free = bought();
    free.items[1].total = Money::ZERO;
    assert_eq!(position(&[], 0).plan_lines(&free, &wanted(&[(8, 1)]), false), Err(LineRefundError::Nothing));
}

#[test]
fn a_return_is_refunded_as_far_as_it_was_not() {
    let order = bought();
    // One of the two pieces that come back was refunded before.
    let plan = position(&[(7, 2, 667)], 667).plan_return(&order, &back(&[(7, 2)]), false);
    assert_eq!((plan.lines.len(), plan.lines[0].quantity, plan.amount.cents(), plan.shipping), (1, 1, 333, None));
    let plan = position(&[(7, 3, 1000)], 1000).plan_return(&order, &back(&[(7, 2)]), false);
    assert_eq!((plan.lines.len(), plan.amount), (0, Money::ZERO));
    // The whole order is back: with its shipping, once.
    let whole = position(&[], 0).plan_return(&order, &back(&[(7, 3), (8, 1)]), true);
    assert_eq!((whole.amount, whole.shipping), (order.total, Some(Money::from_cents(490))));
    let again = RefundPosition { shipping_refunded: true, ..position(&[], 0) };
    assert_eq!(again.plan_return(&order, &back(&[(7, 3), (8, 1)]), true).amount.cents(), 3500);
    // Never more than is left.
    let plan = position(&[], 3900).plan_return(&order, &back(&[(8, 1)]), false);
    assert_eq!((plan.lines[0].amount.cents(), plan.amount.cents()), (2500, 90));
}

proptest! {
    #[test]
    fn any_split_comes_to_the_price_and_never_above(
        total in 0..1_000_000_i64,
        quantity in 1..500_i32,
        splits in prop::collection::vec(1..40_i32, 1..60),
        refused in prop::collection::vec(any::<bool>(), 60),
    ) {
        let total = Money::from_cents(total);
        let (mut pieces, mut amount) = (0, Money::ZERO);
        for (more, is_refused) in splits.into_iter().zip(refused) {
            let more = more.min(quantity - pieces);
            let share = refund_share(total, quantity, (pieces, amount), more);
            prop_assert!(share >= Money::ZERO && amount + share <= total);
            // A refused refund gives its pieces back.
            if !is_refused {
                (pieces, amount) = (pieces + more, amount + share);
            }
        }
        let rest = refund_share(total, quantity, (pieces, amount), quantity - pieces);
        prop_assert_eq!(amount + rest, total);
    }

    #[test]
    fn refunds_in_order_are_rounded_as_a_whole(
        total in 0..1_000_000_i64, quantity in 1..500_i32, splits in prop::collection::vec(1..40_i32, 1..60),
    ) {
        let (mut pieces, mut amount) = (0_i32, 0_i64);
        for more in splits {
            let more = more.min(quantity - pieces);
            let share = refund_share(Money::from_cents(total), quantity, (pieces, Money::from_cents(amount)), more);
            (pieces, amount) = (pieces + more, amount + share.cents());
            let twice_off = (2 * amount * i64::from(quantity) - 2 * total * i64::from(pieces)).abs();
            prop_assert!(twice_off <= i64::from(quantity), "{} pieces for {}", pieces, amount);
        }
    }
}
