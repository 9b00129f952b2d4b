//! A batch for each queue: one message of each domain event that is sent there.

use domain::events::{
    DomainEvent, EventEnvelope, OrderStatusChanged, OrderTakenOver, ProductChanged, Queue, RatingChanged, RefundIssued,
    ReturnChanged, ReturnEventLine, ReviewChangeKind, ReviewChanged, StockChanged, VerificationRequested,
};
use domain::orders::{OrderEventLine, OrderStatus, ReturnStatus};
use domain::{EventId, OrderId, ProductId, ReturnId, ReviewId, Timestamp, UserId};
use lambda_events::{REQUEST_ID, SqsRecord, sqs_batch};
use serde_json::Value;
use uuid::Uuid;

/// A document of MongoDB.
const OBJECT_ID: &str = "64b0c0ffee64b0c0ffee64b0";
/// 2026-01-01T00:00:00Z: fixed, so that the stored events do not change.
const SENT_AT_MILLIS: i64 = 1_767_225_600_000;

fn sample_domain_events() -> [DomainEvent; 9] {
    let (order_id, user_id, product_id) = (OrderId::new(1), UserId::new(1), ProductId::new(1));
    let line = OrderEventLine { product_id, name: "Stoneware mug".to_owned(), quantity: 2, price_cents: 1850 };
    let order = OrderStatusChanged {
        order_id,
        user_id,
        status: OrderStatus::Confirmed,
        was: Some(OrderStatus::Pending),
        total_cents: 3700,
        currency: domain::pricing::Currency::EUR,
        summary: None,
        refunded_cents: 0,
        items: vec![line],
        reason: None,
        fulfilment: None,
    };
    let review = ReviewChanged {
        change: ReviewChangeKind::Created,
        review_id: sample_review_id(),
        product_id,
        user_id,
        rating: 5,
        previous_rating: None,
    };
    let returned = ReturnChanged {
        return_id: ReturnId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0100)),
        order_id,
        user_id,
        status: ReturnStatus::Approved,
        items: vec![ReturnEventLine { product_id, name: "Stoneware mug".to_owned(), quantity: 1 }],
        reason: "It arrived broken.".to_owned(),
        note: None,
        refunded_cents: None,
        currency: domain::pricing::Currency::EUR,
        email: None,
    };
    [
        DomainEvent::OrderStatusChanged(order),
        DomainEvent::RefundIssued(RefundIssued {
            order_id,
            user_id,
            amount_cents: 500,
            currency: domain::pricing::Currency::EUR,
            return_id: None,
            email: None,
        }),
        DomainEvent::StockChanged(StockChanged { product_id, available: 38, version: 2 }),
        DomainEvent::ReviewChanged(review),
        DomainEvent::RatingChanged(RatingChanged { product_id, count: 1, sum: 5, version: 1 }),
        DomainEvent::ProductChanged(ProductChanged { product_id }),
        DomainEvent::VerificationRequested(VerificationRequested { user_id }),
        DomainEvent::OrderTakenOver(OrderTakenOver { order_id, user_id }),
        DomainEvent::ReturnChanged(returned),
    ]
}

fn sample_review_id() -> ReviewId {
    OBJECT_ID.parse().unwrap_or_else(|_| unreachable!("24 hexadecimal digits are an id"))
}

pub(crate) fn batches() -> impl Iterator<Item = (String, Value)> {
    Queue::ALL.into_iter().map(|queue| (format!("{}-worker/batch.json", queue.name()), batch(queue)))
}

fn batch(queue: Queue) -> Value {
    let sent_there =
        sample_domain_events().into_iter().enumerate().filter(|(_, event)| event.queues().contains(&queue));
    let records: Vec<_> = sent_there.map(|(index, event)| record(index as u128 + 1, event)).collect();
    sqs_batch(queue.name(), &records)
}

fn record(number: u128, payload: DomainEvent) -> SqsRecord {
    let event = EventEnvelope {
        // A domain event has the same id in every queue.
        event_id: EventId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)),
        at: Timestamp::from_millis(SENT_AT_MILLIS),
        request_id: Some(REQUEST_ID.to_owned()),
        payload,
    };
    let body = serde_json::to_string(&event).expect("plain data has a JSON form");
    let receipt_handle = format!("stored-{number}");
    SqsRecord { receipt_handle, ..SqsRecord::new(Uuid::from_u128(number).to_string(), body) }
}
