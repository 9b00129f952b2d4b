//! Messages to users: what is said, over which channel, and what became of it.

use serde::{Deserialize, Serialize};

use crate::events::{Fact, OrderFact};
use crate::orders::Status;
use crate::text::text;
use crate::{Money, NotificationId, OrderId, Timestamp, UserId};

text! {
    /// What a notification is about: `order_confirmed`, `newsletter`.
    NotificationType = 1..=64,
    /// One line.
    Subject = 1..=200,
    /// What is said.
    Message = 1..=5000,
}

/// What became of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Written down, not yet handed to the channel.
    Queued,
    /// The channel took it.
    Sent,
    /// The channel refused it for good.
    Failed,
}

/// How it reaches the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// SES.
    Email,
    /// The log, where no sender is configured.
    Log,
}

/// A message to a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// UUIDv7: sorts by time.
    pub id: NotificationId,
    /// To whom.
    pub user_id: UserId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: String,
    /// How it goes out.
    pub channel: Channel,
    /// One line.
    pub subject: String,
    /// What is said.
    pub message: String,
    /// The order it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How often it was handed to the channel.
    pub attempts: u32,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When the channel took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// When the user saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

/// What is said of a fact, and to whom; `None` for facts that nobody is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// To whom.
    pub user_id: UserId,
    /// `order_confirmed` and its like; with the order, the key on which a record exists once.
    pub kind: &'static str,
    /// The order it is about.
    pub order_id: OrderId,
    /// One line.
    pub subject: String,
    /// What is said.
    pub message: String,
}

/// Words for a fact.
pub fn tell(fact: &Fact) -> Option<Told> {
    match fact {
        Fact::Order(order) => tell_order(order),
        Fact::Refunded(refund) => {
            let (id, amount) = (refund.order_id, Money::from_cents(refund.amount_cents));
            Some(Told {
                user_id: refund.user_id,
                kind: "payment_refunded",
                order_id: id,
                subject: format!("Refund for order {id}"),
                message: format!("We have refunded {amount} for your order {id}."),
            })
        }
        Fact::Stock(_) | Fact::Review(_) | Fact::Rating(_) | Fact::Product(_) => None,
    }
}

fn tell_order(order: &OrderFact) -> Option<Told> {
    let (id, total) = (order.order_id, order.total());
    let (kind, subject, message) = match order.status {
        Status::Pending => return None,
        Status::Confirmed => ("order_confirmed", "is confirmed", format!("Thank you! Your order {id} over {total} is confirmed.")),
        Status::Shipped => ("order_shipped", "is on its way", format!("Your order {id} has been shipped.")),
        Status::Delivered => ("order_delivered", "has arrived", format!("Your order {id} has been delivered. Enjoy!")),
        Status::PaymentFailed => (
            "order_payment_failed",
            "could not be paid",
            format!("The payment of {total} for your order {id} was declined. You can pay again from your orders."),
        ),
        Status::Cancelled => ("order_cancelled", "is cancelled", format!("Your order {id} has been cancelled. Whatever was paid goes back to you.")),
    };
    Some(Told { user_id: order.user_id, kind, order_id: id, subject: format!("Your order {id} {subject}"), message })
}
