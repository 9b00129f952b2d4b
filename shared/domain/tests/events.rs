//! Every body that can arrive in a queue is decoded exactly, or rejected with a reason; it never
//! panics.

use domain::events::{
    DecodeError, DomainEvent, EventEnvelope, FulfilmentChanged, OrderStatusChanged, OrderTakenOver, ProductChanged,
    RatingChanged, RefundIssued, ReturnChanged, ReturnEventLine, ReviewChangeKind, ReviewChanged, StockChanged,
    VerificationRequested,
};
use domain::orders::{FulfilmentStatus, OrderEventLine, OrderStatus, ReturnStatus};
use domain::pricing::Currency;
use domain::{EventId, OrderId, ProductId, ReturnId, ReviewId, Timestamp, UserId};
use proptest::prelude::*;
use serde_json::{Value, json};

fn status() -> impl Strategy<Value = OrderStatus> {
    use OrderStatus::*;
    prop::sample::select(vec![Pending, Confirmed, PartiallyShipped, Shipped, Delivered, PaymentFailed, Cancelled])
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec![Currency::EUR, Currency::try_from("CHF".to_owned()).unwrap()])
}

fn line() -> impl Strategy<Value = OrderEventLine> {
    (1..=i32::MAX, any::<String>(), any::<i32>(), any::<i64>()).prop_map(|(product, name, quantity, price_cents)| {
        OrderEventLine { product_id: ProductId::new(product), name, quantity, price_cents }
    })
}

fn fulfilment() -> impl Strategy<Value = FulfilmentChanged> {
    let status = prop::sample::select(vec![FulfilmentStatus::Shipped, FulfilmentStatus::Delivered]);
    let text = || prop::option::of(any::<String>());
    (status, prop::collection::vec(line(), 0..5), text(), text(), text()).prop_map(
        |(status, items, carrier, tracking_number, tracking_url)| FulfilmentChanged {
            status,
            items,
            carrier,
            tracking_number,
            tracking_url,
        },
    )
}

fn order() -> impl Strategy<Value = DomainEvent> {
    let items = prop::collection::vec(line(), 0..5);
    let rest =
        (1..=i32::MAX, 1..=i32::MAX, status(), prop::option::of(status()), any::<i64>(), any::<i64>(), currency());
    (rest, items, prop::option::of(any::<String>()), prop::option::of(fulfilment())).prop_map(
        |((order, user, status, was, total_cents, refunded_cents, currency), items, reason, fulfilment)| {
            let (order_id, user_id) = (OrderId::new(order), UserId::new(user));
            DomainEvent::OrderStatusChanged(OrderStatusChanged {
                order_id,
                user_id,
                status,
                was,
                total_cents,
                currency,
                summary: None,
                refunded_cents,
                items,
                reason,
                fulfilment: fulfilment.map(Box::new),
            })
        },
    )
}

fn return_change() -> impl Strategy<Value = DomainEvent> {
    use ReturnStatus::{Approved, Received, Rejected, Requested};
    let status = prop::sample::select(vec![Requested, Approved, Rejected, Received]);
    let ids = (any::<u128>(), 1..=i32::MAX, 1..=i32::MAX, 1..=i32::MAX);
    let words = (any::<String>(), prop::option::of(any::<String>()), any::<String>());
    (ids, status, words, prop::option::of(any::<i64>()), currency()).prop_map(
        |((id, order, user, product), status, (reason, note, name), refunded_cents, currency)| {
            DomainEvent::ReturnChanged(ReturnChanged {
                return_id: ReturnId::new(uuid::Uuid::from_u128(id)),
                order_id: OrderId::new(order),
                user_id: UserId::new(user),
                status,
                items: vec![ReturnEventLine { product_id: ProductId::new(product), name, quantity: 2 }],
                reason,
                note,
                refunded_cents,
                currency,
                email: None,
            })
        },
    )
}

fn domain_event() -> impl Strategy<Value = DomainEvent> {
    let ids = || (1..=i32::MAX, 1..=i32::MAX);
    let change =
        prop::sample::select(vec![ReviewChangeKind::Created, ReviewChangeKind::Updated, ReviewChangeKind::Deleted]);
    prop_oneof![
        order(),
        (ids(), any::<i64>(), currency()).prop_map(|((order, user), amount_cents, currency)| {
            let (order_id, user_id) = (OrderId::new(order), UserId::new(user));
            DomainEvent::RefundIssued(RefundIssued {
                order_id,
                user_id,
                amount_cents,
                currency,
                return_id: None,
                email: None,
            })
        }),
        return_change(),
        (1..=i32::MAX, any::<i32>(), any::<i64>()).prop_map(|(product, available, version)| {
            DomainEvent::StockChanged(StockChanged { product_id: ProductId::new(product), available, version })
        }),
        (change, any::<u128>(), ids(), any::<u8>(), prop::option::of(any::<u8>())).prop_map(
            |(change, random, (product, user), rating, previous_rating)| {
                let review_id = ReviewId::generate_at(Timestamp::from_millis(0), random);
                let (product_id, user_id) = (ProductId::new(product), UserId::new(user));
                DomainEvent::ReviewChanged(ReviewChanged {
                    change,
                    review_id,
                    product_id,
                    user_id,
                    rating,
                    previous_rating,
                })
            }
        ),
        (1..=i32::MAX, any::<i64>(), any::<i64>(), any::<i64>()).prop_map(|(product, count, sum, version)| {
            DomainEvent::RatingChanged(RatingChanged { product_id: ProductId::new(product), count, sum, version })
        }),
        (1..=i32::MAX).prop_map(|user| {
            DomainEvent::VerificationRequested(VerificationRequested { user_id: UserId::new(user) })
        }),
        ids().prop_map(|(order, user)| {
            DomainEvent::OrderTakenOver(OrderTakenOver { order_id: OrderId::new(order), user_id: UserId::new(user) })
        }),
        (1..=i32::MAX)
            .prop_map(|product| DomainEvent::ProductChanged(ProductChanged { product_id: ProductId::new(product) })),
    ]
}

/// With a year that RFC 3339 can write.
fn event() -> impl Strategy<Value = EventEnvelope> {
    let at = -62_135_596_800_000_i64..253_402_300_800_000;
    (any::<u128>(), at, prop::option::of(any::<String>()), domain_event()).prop_map(|(id, at, request_id, payload)| {
        let event_id = EventId::new(uuid::Uuid::from_u128(id));
        EventEnvelope { event_id, at: Timestamp::from_millis(at), request_id, payload }
    })
}

/// JSON of any shape.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn an_event_round_trips(event in event()) {
        let body = serde_json::to_string(&event).unwrap();
        prop_assert_eq!(EventEnvelope::decode(&body), Ok(event));
    }

    #[test]
    fn any_text_is_rejected(body in any::<String>()) {
        prop_assert!(EventEnvelope::decode(&body).is_err());
    }

    #[test]
    fn any_json_is_rejected(body in value()) {
        let read = EventEnvelope::decode(&body.to_string());
        prop_assert!(matches!(read, Err(DecodeError::NotAnObject | DecodeError::InvalidMember(_))), "{:?}", read);
    }

    /// A member of an event is replaced or added: what decodes must encode to the same JSON, and an
    /// error names that member.
    #[test]
    fn an_invalid_member_is_named(
        event in event(),
        member in prop::sample::select(vec!["eventId", "at", "requestId", "type", "data", "more"]),
        other in value(),
    ) {
        let mut body = serde_json::to_value(&event).unwrap();
        body[member] = other;
        match EventEnvelope::decode(&body.to_string()) {
            Ok(read) => {
                let again = serde_json::to_string(&read).unwrap();
                prop_assert_eq!(EventEnvelope::decode(&again), Ok(read));
            }
            Err(DecodeError::InvalidMember(named)) => prop_assert_eq!(named, member),
            Err(DecodeError::UnknownType) => prop_assert_eq!("type", member),
            Err(DecodeError::InvalidData(_)) => prop_assert_eq!("data", member),
            Err(why) => prop_assert!(false, "{:?}", why),
        }
    }

    /// The body is truncated anywhere, and one byte is changed anywhere.
    #[test]
    fn a_damaged_event_is_decoded_or_rejected(event in event(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let body = serde_json::to_vec(&event).unwrap();
        let cut = &body[..place.index(body.len())];
        if let Ok(text) = std::str::from_utf8(cut) {
            prop_assert!(EventEnvelope::decode(text).is_err());
        }
        let mut changed = body.clone();
        changed[place.index(body.len())] = byte;
        if let Ok(text) = std::str::from_utf8(&changed)
            && let Ok(read) = EventEnvelope::decode(text)
        {
            let again = serde_json::to_string(&read).unwrap();
            prop_assert_eq!(EventEnvelope::decode(&again), Ok(read));
        }
    }
}

#[test]
fn a_decode_error_shows_the_position_and_never_the_content() {
    let good = json!({"eventId": uuid::Uuid::nil(), "at": "2026-01-31T12:00:00Z", "type": "stock.changed",
        "data": {"productId": 1, "available": 1, "version": 1}});
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body.to_string()
    };
    assert!(EventEnvelope::decode(&good.to_string()).is_ok());
    let twice = good.to_string().replacen('{', "{\"type\":\"stock.changed\",", 1);
    let cases = [
        (String::new(), "it is empty"),
        (" \n".to_owned(), "it is empty"),
        ("ada@example.org".to_owned(), "it is not JSON (line 1, column 1)"),
        ("[".repeat(10_000), "it is not JSON (line 1, column 128)"),
        (json!("ada@example.org").to_string(), "it is JSON, but not an object"),
        (with("eventId", json!("ada@example.org")), "its `eventId` is missing, duplicated or invalid"),
        (with("at", json!("yesterday")), "its `at` is missing, duplicated or invalid"),
        (with("requestId", json!(7)), "its `requestId` is missing, duplicated or invalid"),
        (twice, "its `type` is missing, duplicated or invalid"),
        (with("type", json!("ada@example.org")), "its `type` is unknown to this version"),
        (with("data", json!({"productId": "ada@example.org"})), "its `data` is invalid for the type `stock.changed`"),
    ];
    for (body, reason) in cases {
        assert_eq!(EventEnvelope::decode(&body).unwrap_err().to_string(), reason, "{body:.80}");
    }
}
