//! What an operator sees of a message.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use domain::Timestamp;
use domain::analytics::to_analytics_record;
use domain::events::{DomainEvent, EventEnvelope, Queue};
use serde::Serialize;

/// A dead letter: what it is about, and why it may be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// SQS's own id, which the consumers' logs name as `message.id`.
    pub message_id: String,
    /// The event's id, on which consumers deduplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The event's type, such as `order.confirmed`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// `order 7`, `product 3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The request that caused it, as named in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When it was first sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// How often it was received: by a consumer, or by a reader of the dead-letter queue.
    pub receives: u32,
    /// The size of its body.
    pub bytes: usize,
    /// Why it is there, as far as the message tells.
    pub reason: String,
}

impl DeadLetter {
    /// Extracts what may be shown of a message from the dead-letter queue of `queue`.
    pub fn from_message(queue: Queue, message: &Message) -> Self {
        let body = message.body().unwrap_or_default();
        let number = |name| message.attributes()?.get(&name)?.parse::<i64>().ok();
        let receives = number(MessageSystemAttributeName::ApproximateReceiveCount).unwrap_or_default();
        let base = Self {
            message_id: message.message_id().unwrap_or_default().to_owned(),
            event_id: None,
            kind: None,
            about: None,
            request_id: None,
            sent_at: number(MessageSystemAttributeName::SentTimestamp).map(Timestamp::from_millis),
            receives: u32::try_from(receives).unwrap_or_default(),
            bytes: body.len(),
            reason: String::new(),
        };
        match EventEnvelope::decode(body) {
            Err(unreadable) => Self { reason: format!("{unreadable}: it will fail again"), ..base },
            Ok(event) => Self {
                event_id: Some(event.event_id.to_string()),
                kind: Some(event.payload.name()),
                about: Some(describe_subject(&event.payload)),
                request_id: event.request_id.clone().filter(|id| is_printable_id(id)),
                reason: failure_reason(queue, event),
                ..base
            },
        }
    }
}

fn describe_subject(event: &DomainEvent) -> String {
    match event {
        DomainEvent::OrderStatusChanged(order) => format!("order {}", order.order_id),
        DomainEvent::RefundIssued(refund) => format!("order {}", refund.order_id),
        DomainEvent::ReturnChanged(change) => format!("return {} of order {}", change.return_id, change.order_id),
        DomainEvent::StockChanged(stock) => format!("product {}", stock.product_id),
        DomainEvent::ReviewChanged(review) => format!("review {} of product {}", review.review_id, review.product_id),
        DomainEvent::RatingChanged(rating) => format!("product {}", rating.product_id),
        DomainEvent::ProductChanged(product) => format!("product {}", product.product_id),
        DomainEvent::VerificationRequested(asked) => format!("user {}", asked.user_id),
        DomainEvent::OrderTakenOver(order) => format!("order {}", order.order_id),
    }
}

fn failure_reason(queue: Queue, event: EventEnvelope) -> String {
    if !event.payload.queues().contains(&queue) {
        return format!("an event of this kind is not for the {} queue", queue.name());
    }
    if queue == Queue::Analytics
        && let Err(unusable) = to_analytics_record(event)
    {
        return format!("{unusable}: it will fail again");
    }
    "the message is valid: a store was unavailable, or its consumer has a defect; the consumer's log names this message"
        .to_owned()
}

/// A request id is the client's own text: shown only if it is one word of characters that ids have.
fn is_printable_id(id: &str) -> bool {
    id.len() <= 128 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
