//! Facts that one group tells the others, through an outbox and a queue.
//!
//! A fact is written in the same transaction as the change it tells of, carries its own id, and
//! may arrive late, twice and out of order: a consumer takes each id once, and facts about a
//! state (stock, rating) carry the version of that state.

mod decode_error;
mod written;

use serde::{Deserialize, Serialize};

pub use decode_error::DecodeError;

use crate::orders::{OrderEventLine, OrderStatus};
use crate::{EventId, Money, OrderId, ProductId, ReviewId, Timestamp, UserId};

/// A queue between functions; each has a dead-letter queue beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Queue {
    /// order → notification
    Notification,
    /// review → analytics, order → analytics
    Analytics,
    /// stock, rating and product changes → catalogue projection and its cache
    Catalog,
}

impl Queue {
    /// Every queue.
    pub const ALL: [Self; 3] = [Self::Notification, Self::Analytics, Self::Catalog];

    /// A message is delivered so often before it is put aside in the dead-letter queue.
    pub const MAX_ATTEMPTS: u32 = 5;

    /// Its short name, in queue names, logs and configuration.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// A fact with its identity: the body of every queued message and of every outbox row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventEnvelope {
    /// What consumers deduplicate on.
    pub event_id: EventId,
    /// When it became true.
    pub at: Timestamp,
    /// The request that caused it, for the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub payload: DomainEvent,
}

impl EventEnvelope {
    /// Reads the body of a message.
    ///
    /// # Errors
    /// When it is no event that we know; the reason shows nothing of what the body says.
    pub fn decode(body: &str) -> Result<Self, DecodeError> {
        serde_json::from_str(body).map_err(|_| DecodeError::diagnose(body))
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum DomainEvent {
    /// An order reached a status that its customer is told of.
    #[serde(rename = "order.status")]
    OrderStatusChanged(OrderStatusChanged),
    /// Money went back for an order.
    #[serde(rename = "payment.refunded")]
    RefundIssued(RefundIssued),
    /// What is available of a product changed.
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
}

impl DomainEvent {
    /// Who is told.
    pub const fn queues(&self) -> &'static [Queue] {
        match self {
            Self::OrderStatusChanged(_) => &[Queue::Notification, Queue::Analytics],
            Self::RefundIssued(_) => &[Queue::Notification, Queue::Analytics],
            Self::ReviewChanged(_) => &[Queue::Analytics],
            Self::StockChanged(_) | Self::RatingChanged(_) | Self::ProductChanged(_) => &[Queue::Catalog],
        }
    }

    /// The order that it tells of.
    pub const fn order_id(&self) -> Option<OrderId> {
        match self {
            Self::OrderStatusChanged(order) => Some(order.order_id),
            Self::RefundIssued(refund) => Some(refund.order_id),
            Self::StockChanged(_) | Self::ReviewChanged(_) | Self::RatingChanged(_) | Self::ProductChanged(_) => None,
        }
    }

    /// For logs and for analytics: `order.confirmed`, `review.created`, `stock.changed`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OrderStatusChanged(order) => match order.status {
                OrderStatus::Pending => "order.pending",
                OrderStatus::Confirmed => "order.confirmed",
                OrderStatus::Shipped => "order.shipped",
                OrderStatus::Delivered => "order.delivered",
                OrderStatus::PaymentFailed => "order.payment_failed",
                OrderStatus::Cancelled => "order.cancelled",
            },
            Self::RefundIssued(_) => "payment.refunded",
            Self::StockChanged(_) => "stock.changed",
            Self::ReviewChanged(review) => match review.change {
                ReviewChangeKind::Created => "review.created",
                ReviewChangeKind::Updated => "review.updated",
                ReviewChangeKind::Deleted => "review.deleted",
            },
            Self::RatingChanged(_) => "rating.changed",
            Self::ProductChanged(_) => "product.changed",
        }
    }
}

/// An order and the status it reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "written::OrderFact")]
pub struct OrderStatusChanged {
    /// The order.
    pub order_id: OrderId,
    /// Its customer.
    pub user_id: UserId,
    /// The status reached.
    pub status: OrderStatus,
    /// The status before, which tells whether revenue is taken back.
    pub was: Option<OrderStatus>,
    /// In cents.
    pub total_cents: i64,
    /// What this change of status gave back, in cents: of a cancelled order whatever was left of
    /// its payment, which is less than the total where some had been refunded before. 0 otherwise.
    pub refunded_cents: i64,
    /// What was bought.
    pub items: Vec<OrderEventLine>,
    /// Why, where there is a reason to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundIssued {
    /// The order that had been paid.
    pub order_id: OrderId,
    /// Its customer.
    pub user_id: UserId,
    /// What goes back, in cents.
    pub amount_cents: i64,
}

/// What inventory has available of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockChanged {
    /// The product.
    pub product_id: ProductId,
    /// Quantity less what is reserved.
    pub available: i32,
    /// Grows with every change of the inventory row; an older version never overwrites a newer.
    pub version: i64,
}

/// What happened to a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewChangeKind {
    /// Written.
    Created,
    /// Rating or comment changed.
    Updated,
    /// Removed.
    Deleted,
}

/// A review, and the rating it had before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewChanged {
    /// What happened.
    pub change: ReviewChangeKind,
    /// The review.
    pub review_id: ReviewId,
    /// What it is about.
    pub product_id: ProductId,
    /// Who wrote it.
    pub user_id: UserId,
    /// The rating now; of a deleted review, the last one.
    pub rating: u8,
    /// The rating before an update.
    pub previous_rating: Option<u8>,
}

/// A product's rating, as a sum so that nothing is rounded on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RatingChanged {
    /// The product.
    pub product_id: ProductId,
    /// How many reviews.
    pub count: i64,
    /// The sum of their ratings.
    pub sum: i64,
    /// Grows with every change; an older version never overwrites a newer.
    pub version: i64,
}

/// A product of which cached copies are stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductChanged {
    /// The product.
    pub product_id: ProductId,
}

impl OrderStatusChanged {
    /// The total as money.
    pub fn total(&self) -> Money {
        Money::from_cents(self.total_cents)
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
