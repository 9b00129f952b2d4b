//! A batch for each queue: one message for each domain event that is published to it.

use domain::events::{
    DomainEvent, EventEnvelope, OrderStatusChanged, ProductChanged, Queue, RatingChanged, RefundIssued,
    ReviewChangeKind, ReviewChanged, StockChanged,
};
use domain::orders::{OrderEventLine, OrderStatus};
use domain::{EventId, OrderId, ProductId, ReviewId, Timestamp, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sample_bodies::OBJECT_ID;

/// 2026-01-01T00:00:00Z.
const SENT_AT_MILLIS: i64 = 1_767_225_600_000;

fn sample_domain_events() -> [DomainEvent; 6] {
    let (order_id, user_id, product_id) = (OrderId::new(1), UserId::new(1), ProductId::new(1));
    let line = OrderEventLine { product_id, name: "Stoneware mug".to_owned(), quantity: 2, price_cents: 1850 };
    let order = OrderStatusChanged {
        order_id,
        user_id,
        status: OrderStatus::Confirmed,
        was: Some(OrderStatus::Pending),
        total_cents: 3700,
        refunded_cents: 0,
        items: vec![line],
        reason: None,
    };
    let review = ReviewChanged {
        change: ReviewChangeKind::Created,
        review_id: sample_review_id(),
        product_id,
        user_id,
        rating: 5,
        previous_rating: None,
    };
    [
        DomainEvent::OrderStatusChanged(order),
        DomainEvent::RefundIssued(RefundIssued { order_id, user_id, amount_cents: 500 }),
        DomainEvent::StockChanged(StockChanged { product_id, available: 38, version: 2 }),
        DomainEvent::ReviewChanged(review),
        DomainEvent::RatingChanged(RatingChanged { product_id, count: 1, sum: 5, version: 1 }),
        DomainEvent::ProductChanged(ProductChanged { product_id }),
    ]
}

fn sample_review_id() -> ReviewId {
    OBJECT_ID.parse().unwrap_or_else(|_| unreachable!("24 hexadecimal digits are an id"))
}

pub(crate) fn batches() -> impl Iterator<Item = (String, Value)> {
    Queue::ALL.into_iter().map(|queue| (format!("{}-worker/batch.json", queue.name()), sqs_batch(queue)))
}

fn sqs_batch(queue: Queue) -> Value {
    let sample_events =
        sample_domain_events().into_iter().enumerate().filter(|(_, fact)| fact.queues().contains(&queue));
    let records: Vec<Value> = sample_events.map(|(index, fact)| sqs_record(queue, index as u128 + 1, fact)).collect();
    json!({ "Records": records })
}

fn sqs_record(queue: Queue, number: u128, fact: DomainEvent) -> Value {
    let event = EventEnvelope {
        // An event has the same id in every queue.
        event_id: EventId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)),
        at: Timestamp::from_millis(SENT_AT_MILLIS),
        request_id: Some("stored-event-1".to_owned()),
        payload: fact,
    };
    json!({
        "messageId": Uuid::from_u128(number).to_string(),
        "receiptHandle": format!("stored-{number}"),
        // Plain data always has a JSON form.
        "body": serde_json::to_string(&event).unwrap_or_default(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "AWSTraceHeader": "Root=1-65920080-0123456789abcdef01234567",
            "SentTimestamp": SENT_AT_MILLIS.to_string(),
            "SenderId": "AROAEXAMPLE:shop-dev-orders",
            "ApproximateFirstReceiveTimestamp": SENT_AT_MILLIS.to_string(),
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:eu-central-1:123456789012:shop-dev-{}", queue.name()),
        "awsRegion": "eu-central-1",
    })
}
