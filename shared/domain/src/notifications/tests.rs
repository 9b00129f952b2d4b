use super::*;
use crate::ProductId;
use crate::events::{RefundIssued, StockChanged};

fn order(status: OrderStatus) -> DomainEvent {
    let (order_id, user_id) = (OrderId::new(7), UserId::new(3));
    DomainEvent::OrderStatusChanged(OrderStatusChanged {
        order_id,
        user_id,
        status,
        was: None,
        total_cents: 109_990,
        currency: crate::pricing::Currency::EUR,
        summary: None,
        refunded_cents: 0,
        items: Vec::new(),
        reason: None,
        fulfilment: None,
    })
}

fn event(n: u128) -> EventId {
    EventId::new(uuid::Uuid::from_u128(n))
}

#[test]
fn a_customer_is_notified_of_every_lasting_status() {
    let draft = render(&order(OrderStatus::Confirmed)).unwrap();
    assert_eq!((draft.kind, draft.order_id.get(), draft.user_id.get()), ("order_confirmed", 7, 3));
    assert!(draft.message.contains("1099.90"), "{}", draft.message);
    for status in [OrderStatus::Shipped, OrderStatus::Delivered, OrderStatus::PaymentFailed, OrderStatus::Cancelled] {
        assert_eq!(render(&order(status)).unwrap().kind, format!("order_{}", status.as_str()));
    }
    assert_eq!(render(&order(OrderStatus::Pending)), None);
    let stock = StockChanged { product_id: ProductId::new(1), available: 1, version: 1 };
    assert_eq!(render(&DomainEvent::StockChanged(stock)), None);
}

#[test]
fn a_status_is_notified_once_per_order_and_each_refund_separately() {
    let confirmed = render(&order(OrderStatus::Confirmed)).unwrap();
    assert_eq!(confirmed.dedup_key(event(1)), confirmed.dedup_key(event(2)));
    let refund = RefundIssued {
        order_id: OrderId::new(7),
        user_id: UserId::new(3),
        amount_cents: 5,
        currency: crate::pricing::Currency::EUR,
        return_id: None,
        email: None,
    };
    let refunded = render(&DomainEvent::RefundIssued(refund)).unwrap();
    assert_ne!(refunded.dedup_key(event(1)), refunded.dedup_key(event(2)));
    assert_eq!(refunded.dedup_key(event(1)), refunded.dedup_key(event(1)));
}

#[test]
fn an_admin_message_has_default_text() {
    let kind = NotificationType::try_from("order_shipped".to_owned()).unwrap();
    let (subject, message) = default_text(&kind, Some(OrderId::new(7)));
    assert_eq!(subject, "Order shipped: order 7");
    assert_eq!(message, "We have an update on your order 7: order shipped.");
    assert_eq!(default_text(&kind, None).0, "Order shipped");
}

#[test]
fn a_subject_is_one_line() {
    assert!(Subject::try_from("Hello\r\nBcc: everybody@example.org".to_owned()).is_err());
    assert!(Message::try_from("Hello\nworld".to_owned()).is_ok());
}
