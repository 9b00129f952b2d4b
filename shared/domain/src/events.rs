//! Domain events that one group publishes to the others, through an outbox and a queue.
//!
//! An event is written in the transaction, or the document, of the change it describes, carries its
//! own id, and may arrive late, twice and out of order: a consumer processes each id once, and
//! events about a state (stock, rating) carry the version of that state.

mod compat;
mod decode_error;
mod guests;
mod products;
mod returns;
mod summary;

use serde::{Deserialize, Serialize};

pub use decode_error::DecodeError;
pub use guests::{OrderTakenOver, VerificationRequested};
pub use products::{ProductChanged, RatingChanged, StockChanged};
pub use returns::{RefundIssued, ReturnChanged, ReturnEventLine};
pub use summary::OrderSummary;

use crate::orders::{FulfilmentStatus, OrderEventLine, OrderStatus, ReturnStatus};
use crate::pricing::Currency;
use crate::users::Email;
use crate::{EventId, Money, OrderId, ProductId, ReviewId, Timestamp, UserId};

/// A queue between functions; each has a dead-letter queue beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Queue {
    /// From orders to the notification worker.
    Notification,
    /// review → analytics, order → analytics
    Analytics,
    /// stock, rating and product changes → catalog projection and its cache
    Catalog,
}

impl Queue {
    pub const ALL: [Self; 3] = [Self::Notification, Self::Analytics, Self::Catalog];

    /// How often a message is delivered before it moves to the dead-letter queue.
    pub const MAX_ATTEMPTS: u32 = 5;

    /// The short name, in queue names, logs and configuration.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// A domain event with its identity: the body of every queued message and of every outbox row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventEnvelope {
    /// Consumers deduplicate on this id.
    pub event_id: EventId,
    /// When the change was made.
    pub at: Timestamp,
    /// The request that caused it, for the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(flatten)]
    pub payload: DomainEvent,
}

impl EventEnvelope {
    /// Decodes the body of a message.
    ///
    /// # Errors
    /// When it is no known event; the reason contains nothing of the body.
    pub fn decode(body: &str) -> Result<Self, DecodeError> {
        serde_json::from_str(body).map_err(|_| DecodeError::diagnose(body))
    }
}

/// The payload of an event, tagged with its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum DomainEvent {
    /// An order reached a status of which its customer is notified.
    #[serde(rename = "order.status")]
    OrderStatusChanged(OrderStatusChanged),
    /// Money of an order was refunded.
    #[serde(rename = "payment.refunded")]
    RefundIssued(RefundIssued),
    /// A return was requested, decided or received.
    #[serde(rename = "return.changed")]
    ReturnChanged(ReturnChanged),
    /// The available stock of a product changed.
    #[serde(rename = "stock.changed")]
    StockChanged(StockChanged),
    /// A review was written, changed or deleted.
    #[serde(rename = "review.changed")]
    ReviewChanged(ReviewChanged),
    /// A product's rating changed.
    #[serde(rename = "rating.changed")]
    RatingChanged(RatingChanged),
    /// A product was created, changed or deleted: cached copies are stale.
    #[serde(rename = "product.changed")]
    ProductChanged(ProductChanged),
    /// An account asked for the mail that verifies its address.
    #[serde(rename = "account.verification")]
    VerificationRequested(VerificationRequested),
    /// A guest's order belongs to an account.
    #[serde(rename = "order.taken_over")]
    OrderTakenOver(OrderTakenOver),
}

impl DomainEvent {
    /// The queues to which it is published.
    pub const fn queues(&self) -> &'static [Queue] {
        match self {
            Self::OrderStatusChanged(_) => &[Queue::Notification, Queue::Analytics],
            // The customer of a return is told of its refund by the return's own event.
            Self::RefundIssued(refund) if refund.return_id.is_some() => &[Queue::Analytics],
            Self::RefundIssued(_) => &[Queue::Notification, Queue::Analytics],
            Self::ReturnChanged(_) | Self::VerificationRequested(_) => &[Queue::Notification],
            Self::ReviewChanged(_) | Self::OrderTakenOver(_) => &[Queue::Analytics],
            Self::StockChanged(_) | Self::RatingChanged(_) | Self::ProductChanged(_) => &[Queue::Catalog],
        }
    }

    /// The order it is about.
    pub const fn order_id(&self) -> Option<OrderId> {
        match self {
            Self::OrderStatusChanged(order) => Some(order.order_id),
            Self::RefundIssued(refund) => Some(refund.order_id),
            Self::ReturnChanged(change) => Some(change.order_id),
            Self::OrderTakenOver(order) => Some(order.order_id),
            Self::StockChanged(_)
            | Self::ReviewChanged(_)
            | Self::RatingChanged(_)
            | Self::ProductChanged(_)
            | Self::VerificationRequested(_) => None,
        }
    }

    /// The name for logs and analytics: `order.confirmed`, `review.created`, `stock.changed`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OrderStatusChanged(order) => match order.status {
                OrderStatus::Pending => "order.pending",
                OrderStatus::Confirmed => "order.confirmed",
                OrderStatus::PartiallyShipped => "order.partially_shipped",
                OrderStatus::Shipped => "order.shipped",
                OrderStatus::Delivered => "order.delivered",
                OrderStatus::PaymentFailed => "order.payment_failed",
                OrderStatus::Cancelled => "order.cancelled",
            },
            Self::RefundIssued(_) => "payment.refunded",
            Self::ReturnChanged(change) => match change.status {
                ReturnStatus::Requested => "return.requested",
                ReturnStatus::Approved => "return.approved",
                ReturnStatus::Rejected => "return.rejected",
                ReturnStatus::Received => "return.received",
            },
            Self::StockChanged(_) => "stock.changed",
            Self::ReviewChanged(review) => match review.change {
                ReviewChangeKind::Created => "review.created",
                ReviewChangeKind::Updated => "review.updated",
                ReviewChangeKind::Deleted => "review.deleted",
            },
            Self::RatingChanged(_) => "rating.changed",
            Self::ProductChanged(_) => "product.changed",
            Self::VerificationRequested(_) => "account.verification",
            Self::OrderTakenOver(_) => "order.taken_over",
        }
    }
}

/// An order and the status it reached; or that it keeps, when one of several fulfilments left or
/// arrived. Stored in a form that the version before decodes too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "compat::OrderStatusChangedCompat", into = "compat::OrderStatusChangedCompat")]
pub struct OrderStatusChanged {
    pub order_id: OrderId,
    pub user_id: UserId,
    pub status: OrderStatus,
    /// The previous status, which decides whether revenue is reversed.
    pub was: Option<OrderStatus>,
    pub total_cents: i64,
    /// Of all its amounts; events without it are in euros.
    pub currency: Currency,
    /// Its other sums and its address; events of the version before have none.
    pub summary: Option<Box<OrderSummary>>,
    /// What this change of status refunded, in cents: for a cancelled order, the remainder of its
    /// payment, which is less than the total if some was refunded before. 0 otherwise.
    pub refunded_cents: i64,
    pub items: Vec<OrderEventLine>,
    /// The reason, if there is one to show.
    pub reason: Option<String>,
    /// What left, or arrived, with this change.
    pub fulfilment: Option<Box<FulfilmentChanged>>,
}

/// The pieces of a fulfilment that left or arrived, and how they travel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FulfilmentChanged {
    /// Whether it left or arrived.
    pub status: FulfilmentStatus,
    /// Only what is in this fulfilment.
    pub items: Vec<OrderEventLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// An https address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
}

/// What happened to a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewChangeKind {
    Created,
    /// The rating or the comment changed.
    Updated,
    Deleted,
}

/// A review, and the rating it had before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewChanged {
    pub change: ReviewChangeKind,
    pub review_id: ReviewId,
    pub product_id: ProductId,
    pub user_id: UserId,
    /// The current rating; of a deleted review, the last one.
    pub rating: u8,
    /// The rating before an update.
    pub previous_rating: Option<u8>,
}

impl OrderStatusChanged {
    /// The total as money.
    pub fn total(&self) -> Money {
        Money::from_cents(self.total_cents)
    }

    /// Where to write about the order; `None`: to the customer's own address.
    pub fn email(&self) -> Option<&Email> {
        self.summary.as_ref()?.email.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancellation_from_the_previous_version_refunds_the_total() {
        let refunded = |status: &str, was: &str, said: &str| {
            let text = format!(
                r#"{{"orderId":1,"userId":2,"status":"{status}","was":{was},"totalCents":900,{said}"items":[]}}"#
            );
            serde_json::from_str::<OrderStatusChanged>(&text).unwrap().refunded_cents
        };
        assert_eq!(refunded("cancelled", r#""confirmed""#, ""), 900);
        assert_eq!(refunded("cancelled", r#""payment_failed""#, ""), 0);
        assert_eq!(refunded("confirmed", r#""pending""#, ""), 0);
        assert_eq!(refunded("cancelled", r#""confirmed""#, r#""refundedCents":0,"#), 0);
        assert_eq!(refunded("cancelled", r#""confirmed""#, r#""refundedCents":70,"#), 70);
    }

    #[test]
    fn an_event_round_trips_through_json() {
        let event = EventEnvelope {
            event_id: EventId::new(uuid::Uuid::nil()),
            at: Timestamp::from_millis(0),
            request_id: None,
            payload: DomainEvent::StockChanged(StockChanged {
                product_id: ProductId::new(7),
                available: 3,
                version: 9,
            }),
        };
        let text = serde_json::to_string(&event).unwrap();
        assert!(text.contains(r#""type":"stock.changed","data":{"productId":7"#), "{text}");
        assert_eq!(serde_json::from_str::<EventEnvelope>(&text).unwrap(), event);
    }
}
