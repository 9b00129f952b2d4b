use super::*;
use crate::orders::{BasketLine, OrderDraft, Quantity};
use crate::pricing::{Amounts, Currency};
use crate::{Money, UserId};

pub(in crate::orders) fn order(status: OrderStatus, lines: &[(i32, i32)]) -> Order {
    let price = Money::from_cents(100);
    let line = |(product, quantity): &(i32, i32)| {
        OrderLine::goods(ProductId::new(*product), format!("P{product}"), *quantity, price)
    };
    let lines: Vec<OrderLine> = lines.iter().map(line).collect();
    let total = lines.iter().map(|line| line.total).sum();
    let draft = OrderDraft {
        currency: Currency::EUR,
        lines,
        amounts: Amounts {
            subtotal: total,
            discount: Money::ZERO,
            shipping: Money::ZERO,
            shipping_tax: Money::ZERO,
            tax: Money::ZERO,
            tax_included: true,
            total,
        },
        shipping_address: None,
        email: None,
        shipping_method: None,
        discount: None,
        rules_version: 1,
    };
    Order { status, ..draft.placed(OrderId::new(1), UserId::new(2), Timestamp::from_millis(0)) }
}

fn lines(lines: &[(i32, i32)]) -> Vec<FulfilmentLine> {
    let line =
        |(product, quantity): &(i32, i32)| FulfilmentLine { product_id: ProductId::new(*product), quantity: *quantity };
    lines.iter().map(line).collect()
}

pub(in crate::orders) fn shipped(id: u128, of: &[(i32, i32)]) -> Fulfilment {
    let id = FulfilmentId::new(uuid::Uuid::from_u128(id));
    Fulfilment::new(id, OrderId::new(1), lines(of), Tracking::default(), Timestamp::from_millis(0))
}

pub(in crate::orders) fn wanted(lines: &[(i32, i64)]) -> Basket {
    let line = |(product, quantity): &(i32, i64)| BasketLine {
        product_id: ProductId::new(*product),
        quantity: Quantity::try_from(*quantity).unwrap(),
    };
    Basket::from_lines(&lines.iter().map(line).collect::<Vec<_>>()).unwrap()
}

#[test]
fn an_order_is_partially_shipped_until_its_last_piece_has_left() {
    use OrderStatus::{Confirmed, PartiallyShipped, Shipped};
    let order = |status| order(status, &[(7, 2), (9, 1)]);
    let plan =
        |status, gone: &[Fulfilment], basket: Option<Basket>| plan_shipment(&order(status), gone, basket.as_ref());
    let first = [shipped(1, &[(7, 1)])];
    assert_eq!(plan(Confirmed, &[], Some(wanted(&[(7, 1)]))), Ok((lines(&[(7, 1)]), PartiallyShipped)));
    assert_eq!(plan(Confirmed, &[], Some(wanted(&[(9, 1), (7, 1), (7, 1)]))), Ok((lines(&[(7, 2), (9, 1)]), Shipped)));
    assert_eq!(plan(Confirmed, &[], None), Ok((lines(&[(7, 2), (9, 1)]), Shipped)));
    assert_eq!(plan(PartiallyShipped, &first, None), Ok((lines(&[(7, 1), (9, 1)]), Shipped)));
    assert_eq!(plan(PartiallyShipped, &first, Some(wanted(&[(9, 1)]))), Ok((lines(&[(9, 1)]), PartiallyShipped)));
}

#[test]
fn never_more_pieces_leave_than_are_left() {
    let gone = [shipped(1, &[(7, 1)])];
    let order = order(OrderStatus::PartiallyShipped, &[(7, 2), (9, 1)]);
    let excess = |product, requested, left| ExcessPieces { product_id: ProductId::new(product), requested, left };
    let plan = plan_shipment(&order, &gone, Some(&wanted(&[(7, 2), (8, 1), (9, 1)])));
    assert_eq!(plan, Err(FulfilmentError::TooManyPieces(vec![excess(7, 2, 1), excess(8, 1, 0)])));
}

#[test]
fn only_a_paid_order_with_something_left_is_shipped() {
    use OrderStatus::*;
    for status in [Pending, Shipped, Delivered, PaymentFailed, Cancelled] {
        let plan = plan_shipment(&order(status, &[(7, 1)]), &[], None);
        let expected = OrderError::IllegalTransition { from: status, to: Shipped };
        assert_eq!(plan, Err(FulfilmentError::Order(expected)), "{status:?}");
    }
}

#[test]
fn an_order_is_delivered_with_the_last_of_its_fulfilments() {
    let (one, mut two) = (shipped(1, &[(7, 1)]), shipped(2, &[(7, 1)]));
    let after = |status, all: &[Fulfilment], id| status_after_delivery(&order(status, &[(7, 2)]), all, id);
    let both = [one.clone(), two.clone()];
    assert_eq!(after(OrderStatus::Shipped, &both, one.id), OrderStatus::Shipped);
    two.status = FulfilmentStatus::Delivered;
    let both = [one.clone(), two];
    assert_eq!(after(OrderStatus::Shipped, &both, one.id), OrderStatus::Delivered);
    // Something has not left yet.
    assert_eq!(after(OrderStatus::PartiallyShipped, &both, one.id), OrderStatus::PartiallyShipped);
}

#[test]
fn a_tracking_url_is_an_https_address() {
    let url = |text: &str| TrackingUrl::try_from(text.to_owned()).map(String::from).ok();
    assert_eq!(url("HTTPS://Track.example/1?n=2").as_deref(), Some("https://track.example/1?n=2"));
    let long = format!("https://track.example/{}", "x".repeat(500));
    for bad in
        ["http://track.example/1", "/1", "javascript:alert(1)", "https://", "https://ada@a.b/", "ftp://a", "", &long]
    {
        assert_eq!(url(bad), None, "{bad}");
    }
}

#[test]
fn a_label_names_what_is_known() {
    let mut sent = shipped(1, &[(7, 1)]);
    assert_eq!(sent.label(), None);
    sent.tracking_number = Some("0034".to_owned());
    assert_eq!(sent.label().as_deref(), Some("0034"));
    sent.carrier = Some("DHL".to_owned());
    assert_eq!(sent.label().as_deref(), Some("DHL 0034"));
}
