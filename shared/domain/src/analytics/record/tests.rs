use super::*;
use crate::events::ProductChanged;
use crate::{EventId, OrderId, ReviewId, Timestamp, UserId};

fn event(payload: DomainEvent) -> EventEnvelope {
    let at = Timestamp::from_millis(1_769_860_800_000);
    EventEnvelope { event_id: EventId::new(uuid::Uuid::nil()), at, request_id: None, payload }
}

fn order(status: OrderStatus, was: Option<OrderStatus>, price_cents: i64, quantity: i32) -> DomainEvent {
    let line = OrderEventLine { product_id: ProductId::new(3), name: "Lamp".to_owned(), quantity, price_cents };
    let total_cents = price_cents.saturating_mul(i64::from(quantity));
    let (order_id, user_id) = (OrderId::new(1), UserId::new(2));
    let (refunded_cents, items) = (0, vec![line]);
    DomainEvent::OrderStatusChanged(OrderStatusChanged {
        order_id,
        user_id,
        status,
        was,
        total_cents,
        currency: crate::pricing::Currency::EUR,
        summary: None,
        refunded_cents,
        items,
        reason: None,
        fulfilment: None,
    })
}

fn cancelled(total_cents: i64, refunded_cents: i64) -> DomainEvent {
    let mut event = order(OrderStatus::Cancelled, Some(OrderStatus::Confirmed), total_cents, 1);
    if let DomainEvent::OrderStatusChanged(order) = &mut event {
        order.refunded_cents = refunded_cents;
    }
    event
}

fn refund(amount_cents: i64) -> DomainEvent {
    DomainEvent::RefundIssued(RefundIssued {
        order_id: OrderId::new(1),
        user_id: UserId::new(2),
        amount_cents,
        currency: crate::pricing::Currency::EUR,
        return_id: None,
        email: None,
    })
}

/// However the money of one order is refunded, it leaves revenue once.
#[test]
fn refunded_money_is_subtracted_from_revenue_once() {
    let confirmed = || order(OrderStatus::Confirmed, Some(OrderStatus::Pending), 1000, 1);
    let stories = [
        (vec![], 1000, 0, 1),
        (vec![refund(300)], 700, 300, 1),
        (vec![refund(300), refund(700)], 0, 1000, 1),
        (vec![cancelled(1000, 1000)], 0, 1000, 0),
        (vec![refund(300), cancelled(1000, 700)], 0, 1000, 0),
        (vec![cancelled(1000, 700), refund(300)], 0, 1000, 0),
        (vec![refund(1000), cancelled(1000, 0)], 0, 1000, 0),
    ];
    for (given_back, revenue, refunds, orders) in stories {
        let events = given_back.into_iter().chain([confirmed()]);
        let sum = events
            .map(|payload| to_analytics_record(event(payload)).unwrap().effect.unwrap())
            .fold((0, 0, 0), |sum, effect| {
                (sum.0 + effect.revenue_cents, sum.1 + effect.refunds_cents, sum.2 + effect.orders)
            });
        assert_eq!(sum, (revenue, refunds, orders));
    }
}

#[test]
fn revenue_follows_confirmation_and_the_cancelling_of_what_was_confirmed() {
    use OrderStatus::*;
    let revenue = |status, was| {
        let effect = to_analytics_record(event(order(status, was, 250, 4))).unwrap().effect.unwrap_or_default();
        (effect.orders, effect.revenue_cents, effect.sold.iter().map(|s| s.quantity).sum::<i64>())
    };
    // A cancelled order carries its own refunded amount, see below.
    assert_eq!(revenue(Confirmed, Some(Pending)), (1, 1000, 4));
    assert_eq!(revenue(Confirmed, Some(PaymentFailed)), (1, 1000, 4));
    assert_eq!(revenue(Cancelled, Some(Confirmed)), (-1, 0, -4));
    for (status, was) in [
        (Cancelled, Some(Pending)),
        (Cancelled, None),
        (PartiallyShipped, Some(Confirmed)),
        (PartiallyShipped, Some(PartiallyShipped)),
        (Shipped, Some(Confirmed)),
        (PaymentFailed, None),
    ] {
        assert_eq!(revenue(status, was), (0, 0, 0), "{was:?} → {status:?}");
    }
}

fn with_summary(mut event: DomainEvent, discount_cents: i64, shipping_cents: i64, tax_cents: i64) -> DomainEvent {
    if let DomainEvent::OrderStatusChanged(order) = &mut event {
        order.summary = Some(Box::new(OrderSummary {
            subtotal_cents: 1000,
            discount_cents,
            shipping_cents,
            shipping_tax_cents: 0,
            tax_cents,
            tax_included: true,
            discount_code: None,
            shipping_method: None,
            shipping_address: None,
            email: None,
        }));
    }
    event
}

#[test]
fn amounts_follow_confirmation_and_cancelling_as_orders_do() {
    use OrderStatus::*;
    let amounts = |status, was| {
        let payload = with_summary(order(status, was, 1000, 1), 100, 490, 224);
        let effect = to_analytics_record(event(payload)).unwrap().effect;
        effect.and_then(|effect| effect.amounts).map(|a| [a.discounts_cents, a.shipping_cents, a.tax_cents])
    };
    assert_eq!(amounts(Confirmed, Some(Pending)), Some([100, 490, 224]));
    assert_eq!(amounts(Cancelled, Some(Confirmed)), Some([-100, -490, -224]));
    for (status, was) in [(Cancelled, Some(PaymentFailed)), (Shipped, Some(Confirmed)), (PaymentFailed, None)] {
        assert_eq!(amounts(status, was), None, "{was:?} → {status:?}");
    }
    let before = to_analytics_record(event(order(Confirmed, None, 1000, 1))).unwrap().effect.unwrap();
    assert_eq!(before.amounts, None);
    assert!(!serde_json::to_string(&before).unwrap().contains("amounts"));
}

#[test]
fn a_review_counts_on_the_day_it_was_written() {
    let written = Timestamp::from_millis(1_767_225_600_000);
    let review = |change, rating, previous_rating| {
        let review_id = ReviewId::generate_at(written, 7);
        let (product_id, user_id) = (ProductId::new(1), UserId::new(2));
        let payload = ReviewChanged { change, review_id, product_id, user_id, rating, previous_rating };
        to_analytics_record(event(DomainEvent::ReviewChanged(payload))).map(|recorded| recorded.effect.unwrap())
    };
    let created = review(ReviewChangeKind::Created, 4, None).unwrap();
    assert_eq!((created.day.as_deref(), created.reviews, created.stars), (Some("2026-01-01"), 1, 4));
    let updated = review(ReviewChangeKind::Updated, 1, Some(4)).unwrap();
    assert_eq!((updated.day, updated.reviews, updated.stars), (created.day, 0, -3));
    assert_eq!(review(ReviewChangeKind::Deleted, 1, None).unwrap().stars, -1);
    assert!(review(ReviewChangeKind::Created, 6, None).is_err());
    assert!(review(ReviewChangeKind::Updated, 3, Some(0)).is_err());
}

#[test]
fn impossible_events_and_those_of_other_queues_are_rejected() {
    let bad = [
        order(OrderStatus::Confirmed, None, -1, 1),
        order(OrderStatus::Confirmed, None, i64::MAX, 1),
        order(OrderStatus::Confirmed, None, 100, 0),
        order(OrderStatus::Confirmed, None, 0, i32::MAX),
        with_summary(order(OrderStatus::Confirmed, None, 100, 1), -1, 0, 0),
        with_summary(order(OrderStatus::Confirmed, None, 100, 1), 0, i64::MAX, 0),
        with_summary(order(OrderStatus::Confirmed, None, 100, 1), 0, 0, i64::MIN),
        cancelled(100, -1),
        cancelled(100, 101),
        refund(-1),
        refund(i64::MAX),
        DomainEvent::ProductChanged(ProductChanged { product_id: ProductId::new(1) }),
    ];
    for payload in bad {
        assert!(to_analytics_record(event(payload.clone())).is_err(), "{payload:?}");
    }
}
