use super::*;

#[test]
fn a_card_number_is_not_a_payment_method() {
    for bad in ["4242424242424242", "4242 4242 4242 4242", "tok_", "tok_VISA", "visa", "tok_4242-4242", ""] {
        assert!(PaymentMethod::try_from(bad.to_owned()).is_err(), "{bad}");
    }
    assert!(PaymentMethod::try_from("tok_insufficient_funds".to_owned()).is_ok());
}

fn captured(cents: i64) -> Payment {
    Payment {
        id: PaymentId::new(uuid::Uuid::nil()),
        order_id: OrderId::new(7),
        user_id: UserId::new(1),
        amount: Money::from_cents(cents),
        status: PaymentStatus::Captured,
        method: "tok_visa".to_owned(),
        transaction_id: None,
        decline_reason: None,
        refunds: Vec::new(),
        created_at: Timestamp::from_millis(0),
    }
}

fn refund(id: &str, cents: i64) -> Refund {
    Refund::of_amount(id, Money::from_cents(cents), Timestamp::from_millis(0))
}

#[test]
fn refunds_never_pass_what_was_captured() {
    let part = captured(100).apply_refund(&refund("a", 60)).unwrap();
    assert_eq!((part.status, part.net_amount()), (PaymentStatus::PartiallyRefunded, Money::from_cents(40)));
    assert_eq!(part.apply_refund(&refund("b", 41)), Err(RefundError::TooLarge { refundable: Money::from_cents(40) }));
    assert_eq!(part.apply_refund(&refund("b", -1)), Err(RefundError::TooLarge { refundable: Money::from_cents(40) }));
    assert_eq!(part.apply_refund(&refund("a", 60)), Err(RefundError::Duplicate));
    let all = part.apply_refund(&refund("b", 40)).unwrap();
    assert_eq!((all.status, all.net_amount()), (PaymentStatus::Refunded, Money::ZERO));
    assert_eq!(all.apply_refund(&refund("c", 0)), Err(RefundError::NotRefundable(PaymentStatus::Refunded)));
    for status in [PaymentStatus::Declined, PaymentStatus::Voided] {
        let payment = Payment { status, ..captured(100) };
        assert_eq!(payment.apply_refund(&refund("a", 1)), Err(RefundError::NotRefundable(status)));
    }
}

#[test]
fn a_compensation_ignores_the_refund_limits() {
    let mut payment = captured(10_000);
    for n in 0..MAX_REFUNDS {
        payment = payment.apply_refund(&refund(&n.to_string(), 1)).unwrap();
    }
    let left = Money::from_cents(9900);
    assert_eq!(payment.apply_refund(&refund("one more", 1)), Err(RefundError::TooMany { refundable: left }));
    assert_eq!(payment.apply_refund(&refund("the rest", 9900)).unwrap().net_amount(), Money::ZERO);
    let undone = payment.compensate(Timestamp::from_millis(0)).unwrap();
    assert_eq!(
        (undone.status, undone.net_amount(), undone.compensated_amount()),
        (PaymentStatus::Refunded, Money::ZERO, Some(left))
    );
    assert_eq!((payment.compensated_amount(), undone.compensate(Timestamp::from_millis(1))), (None, None));
    for status in [PaymentStatus::Declined, PaymentStatus::Voided, PaymentStatus::Refunded] {
        assert_eq!(Payment { status, ..captured(100) }.compensate(Timestamp::from_millis(0)), None);
    }
}

#[test]
fn a_status_keeps_its_name_in_stores_and_json() {
    for status in [PaymentStatus::Captured, PaymentStatus::PartiallyRefunded, PaymentStatus::Voided] {
        assert_eq!(PaymentStatus::parse(status.as_str()), Some(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
}
