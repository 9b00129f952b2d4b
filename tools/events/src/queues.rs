//! A batch for each queue: one message of each fact that goes there.

use domain::events::{
    Event, Fact, OrderFact, ProductFact, Queue, RatingFact, RefundFact, ReviewChange, ReviewFact, StockFact,
};
use domain::orders::{LineFact, Status};
use domain::{EventId, OrderId, ProductId, ReviewId, Timestamp, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::asked::OBJECT_ID;

/// 2026-01-01T00:00:00Z.
const AT: i64 = 1_767_225_600_000;

fn facts() -> [Fact; 6] {
    let (order_id, user_id, product_id) = (OrderId::new(1), UserId::new(1), ProductId::new(1));
    let line = LineFact { product_id, name: "Stoneware mug".to_owned(), quantity: 2, price_cents: 1850 };
    let order = OrderFact {
        order_id,
        user_id,
        status: Status::Confirmed,
        was: Some(Status::Pending),
        total_cents: 3700,
        refunded_cents: 0,
        items: vec![line],
        reason: None,
    };
    let review = ReviewFact {
        change: ReviewChange::Created,
        review_id: review_id(),
        product_id,
        user_id,
        rating: 5,
        previous_rating: None,
    };
    [
        Fact::Order(order),
        Fact::Refunded(RefundFact { order_id, user_id, amount_cents: 500 }),
        Fact::Stock(StockFact { product_id, available: 38, version: 2 }),
        Fact::Review(review),
        Fact::Rating(RatingFact { product_id, count: 1, sum: 5, version: 1 }),
        Fact::Product(ProductFact { product_id }),
    ]
}

fn review_id() -> ReviewId {
    OBJECT_ID.parse().unwrap_or_else(|_| unreachable!("24 hexadecimal digits are an id"))
}

pub(crate) fn all() -> impl Iterator<Item = (String, Value)> {
    Queue::ALL.into_iter().map(|queue| (format!("{}-worker/batch.json", queue.name()), batch(queue)))
}

fn batch(queue: Queue) -> Value {
    let told = facts().into_iter().enumerate().filter(|(_, fact)| fact.queues().contains(&queue));
    let records: Vec<Value> = told.map(|(place, fact)| record(queue, place as u128 + 1, fact)).collect();
    json!({ "Records": records })
}

fn record(queue: Queue, place: u128, fact: Fact) -> Value {
    let event = Event {
        // A fact has the same id in every queue that it goes to.
        event_id: EventId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + place)),
        at: Timestamp::from_millis(AT),
        request_id: Some("stored-event-1".to_owned()),
        fact,
    };
    json!({
        "messageId": Uuid::from_u128(place).to_string(),
        "receiptHandle": format!("stored-{place}"),
        // Plain data always has a JSON form.
        "body": serde_json::to_string(&event).unwrap_or_default(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "AWSTraceHeader": "Root=1-65920080-0123456789abcdef01234567",
            "SentTimestamp": AT.to_string(),
            "SenderId": "AROAEXAMPLE:shop-dev-orders",
            "ApproximateFirstReceiveTimestamp": AT.to_string(),
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:eu-central-1:123456789012:shop-dev-{}", queue.name()),
        "awsRegion": "eu-central-1",
    })
}
