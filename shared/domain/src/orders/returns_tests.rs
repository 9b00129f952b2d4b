use super::*;
use crate::orders::fulfilments::tests::{order, shipped, wanted};
use crate::orders::{BasketLine, FulfilmentStatus, Quantity};

fn pieces(of: &[(i32, i32)]) -> Vec<ReturnLine> {
    let line = |(product, quantity): &(i32, i32)| ReturnLine {
        product_id: ProductId::new(*product),
        quantity: *quantity,
        restocked: 0,
    };
    of.iter().map(line).collect()
}

fn returned(status: ReturnStatus, of: &[(i32, i32)]) -> Return {
    Return {
        id: ReturnId::new(uuid::Uuid::from_u128(1)),
        order_id: OrderId::new(1),
        status,
        items: pieces(of),
        reason: "Too small".to_owned(),
        note: None,
        refunded: None,
        created_at: Timestamp::from_millis(0),
        decided_at: None,
        received_at: None,
    }
}

fn arrived(fulfilment: Fulfilment, day: i64) -> Fulfilment {
    let delivered_at = Some(Timestamp::from_millis(0).plus_seconds(day * DAY_SECONDS));
    Fulfilment { status: FulfilmentStatus::Delivered, delivered_at, ..fulfilment }
}

#[test]
fn shipped_pieces_that_are_in_no_return_may_come_back() {
    use ReturnStatus::{Received, Rejected, Requested};
    let order = order(OrderStatus::PartiallyShipped, &[(7, 3), (8, 1)]);
    let sent = [shipped(1, &[(7, 1)]), shipped(2, &[(7, 1), (8, 1)])];
    let plan = |returns: &[Return], of: &[(i32, i64)]| plan_return(&order, &sent, returns, &wanted(of), None);
    assert_eq!(plan(&[], &[(7, 2)]), Ok(pieces(&[(7, 2)])));
    let excess = |product, requested, left| {
        Err(ReturnError::TooManyPieces(vec![ExcessPieces { product_id: ProductId::new(product), requested, left }]))
    };
    // One of the three was not shipped.
    assert_eq!(plan(&[], &[(7, 3)]), excess(7, 3, 2));
    assert_eq!(plan(&[], &[(9, 1)]), excess(9, 1, 0));
    for holds in [Requested, Received] {
        assert_eq!(plan(&[returned(holds, &[(7, 1)])], &[(7, 2)]), excess(7, 2, 1));
    }
    assert_eq!(plan(&[returned(Rejected, &[(7, 1)])], &[(7, 2)]), Ok(pieces(&[(7, 2)])));
    let all = vec![returned(Rejected, &[(7, 1)]); MAX_RETURNS];
    assert_eq!(plan(&all, &[(7, 1)]), Err(ReturnError::TooManyReturns));
    let unsent = plan_return(&order, &[], &[], &wanted(&[(7, 1)]), None);
    assert_eq!(unsent, Err(ReturnError::NothingShipped(OrderStatus::PartiallyShipped)));
    let left = left_to_return(&sent, &[returned(Requested, &[(7, 2)])]);
    assert_eq!(left.iter().map(|line| (line.product_id.get(), line.quantity)).collect::<Vec<_>>(), [(8, 1)]);
}

#[test]
fn an_owner_has_some_days_after_the_last_delivery() {
    let at = |day: i64| Timestamp::from_millis(0).plus_seconds(day * DAY_SECONDS);
    let plan = |status, sent: &[Fulfilment], day: i64| {
        let window = Some(ReturnWindow { days: 14, now: at(day) });
        plan_return(&order(status, &[(7, 2)]), sent, &[], &wanted(&[(7, 1)]), window).map(|lines| lines.len())
    };
    let (one, two) = (arrived(shipped(1, &[(7, 1)]), 3), shipped(2, &[(7, 1)]));
    // As long as anything has not arrived.
    assert_eq!(plan(OrderStatus::PartiallyShipped, std::slice::from_ref(&one), 400), Ok(1));
    assert_eq!(plan(OrderStatus::Shipped, &[one.clone(), two.clone()], 400), Ok(1));
    let both = [one, arrived(two, 5)];
    assert_eq!(plan(OrderStatus::Delivered, &both, 19), Ok(1));
    assert_eq!(plan(OrderStatus::Delivered, &both, 20), Err(ReturnError::PeriodOver(at(19))));
    // An admin always may.
    let order = order(OrderStatus::Delivered, &[(7, 2)]);
    assert!(plan_return(&order, &both, &[], &wanted(&[(7, 1)]), None).is_ok());
    assert_eq!(returnable_until(&order, &both, 14), Returnable::Until(at(19)));
}

#[test]
fn no_more_is_restocked_than_came_back() {
    let lines = pieces(&[(7, 2), (8, 1)]);
    assert_eq!(plan_restock(&lines, None), Ok(lines.clone()));
    let some = plan_restock(&lines, Some(&wanted(&[(7, 1)]))).unwrap();
    assert_eq!(some.iter().map(|line| line.restocked).collect::<Vec<_>>(), [1, 0]);
    for bad in [(7, 3), (9, 1)] {
        let line = [BasketLine { product_id: ProductId::new(bad.0), quantity: Quantity::try_from(bad.1).unwrap() }];
        let basket = Basket::from_lines(&line).unwrap();
        assert!(matches!(plan_restock(&lines, Some(&basket)), Err(ReturnError::TooManyPieces(_))), "{bad:?}");
    }
}

#[test]
fn a_return_is_decided_once() {
    use ReturnStatus::{Approved, Received, Rejected, Requested};
    let allowed = [
        (Requested, Approved),
        (Requested, Rejected),
        (Requested, Received),
        (Approved, Rejected),
        (Approved, Received),
    ];
    for from in [Requested, Approved, Rejected, Received] {
        assert_eq!(ReturnStatus::parse(from.as_str()), Some(from));
        for to in [Requested, Approved, Rejected, Received] {
            assert_eq!(from.can_become(to), allowed.contains(&(from, to)), "{from:?} → {to:?}");
        }
    }
}
