//! Messages to users: what is said, over which channel, and what became of it.

mod digest;

use serde::{Deserialize, Serialize};

use crate::events::{Fact, OrderFact};
use crate::orders::Status;
use crate::text::text;
use crate::{EventId, Kind, Money, NotificationId, OrderId, Problem, Timestamp, UserId};

pub use digest::{DIGEST_LINES, MAIL_LIMIT, MailLimit, digest};

text! {
    /// What a notification is about: `order_confirmed`, `newsletter`.
    NotificationType = 1..=64 by one_line,
    /// One line.
    Subject = 1..=200 by one_line,
    /// What is said.
    Message = 1..=5000 by lines,
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

impl DeliveryStatus {
    /// As stores carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// From a store.
    pub fn of(text: &str) -> Option<Self> {
        [Self::Queued, Self::Sent, Self::Failed].into_iter().find(|status| status.as_str() == text)
    }
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

impl Channel {
    /// As stores carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Log => "log",
        }
    }

    /// From a store.
    pub fn of(text: &str) -> Option<Self> {
        [Self::Email, Self::Log].into_iter().find(|channel| channel.as_str() == text)
    }
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
    /// When what it tells of became true; of a message by hand, when it was written.
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

impl Told {
    /// What is told once per order. An order reaches a status once, whoever reports it; money may
    /// go back in several parts, and each of them is told of.
    pub fn once(&self, event: EventId) -> String {
        if self.kind == REFUNDED { format!("{}#{event}", self.kind) } else { self.kind.to_owned() }
    }

    /// The record, not yet sent.
    pub fn queued(self, id: NotificationId, channel: Channel, at: Timestamp) -> Notification {
        Notification {
            id,
            user_id: self.user_id,
            kind: self.kind.to_owned(),
            channel,
            subject: self.subject,
            message: self.message,
            order_id: Some(self.order_id),
            status: DeliveryStatus::Queued,
            attempts: 0,
            created_at: at,
            sent_at: None,
            read_at: None,
        }
    }
}

const REFUNDED: &str = "payment_refunded";

/// 404 for a message to nobody.
pub fn unknown_user(id: UserId) -> Problem {
    Problem::new(Kind::NotFound, "unknown_user", format!("There is no user {id}.")).with("userId", id)
}

/// Words for a message by hand that came without its own: the type, read aloud.
pub fn default_words(kind: &NotificationType, order: Option<OrderId>) -> (String, String) {
    let spoken = kind.as_str().replace(['_', '-', '.'], " ");
    let mut letters = spoken.chars();
    let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    match order {
        Some(id) => (format!("{title}: order {id}"), format!("There is news about your order {id}: {spoken}.")),
        None => (title, format!("There is news from the shop: {spoken}.")),
    }
}

/// Words for a fact.
pub fn tell(fact: &Fact) -> Option<Told> {
    match fact {
        Fact::Order(order) => tell_order(order),
        Fact::Refunded(refund) => {
            let (id, amount) = (refund.order_id, Money::from_cents(refund.amount_cents));
            Some(Told {
                user_id: refund.user_id,
                kind: REFUNDED,
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
        Status::Confirmed => {
            ("order_confirmed", "is confirmed", format!("Thank you! Your order {id} over {total} is confirmed."))
        }
        Status::Shipped => ("order_shipped", "is on its way", format!("Your order {id} has been shipped.")),
        Status::Delivered => ("order_delivered", "has arrived", format!("Your order {id} has been delivered. Enjoy!")),
        Status::PaymentFailed => (
            "order_payment_failed",
            "could not be paid",
            format!("The payment of {total} for your order {id} was declined. You can pay again from your orders."),
        ),
        Status::Cancelled => (
            "order_cancelled",
            "is cancelled",
            format!("Your order {id} has been cancelled. Whatever was paid goes back to you."),
        ),
    };
    Some(Told { user_id: order.user_id, kind, order_id: id, subject: format!("Your order {id} {subject}"), message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProductId;
    use crate::events::{RefundFact, StockFact};

    fn order(status: Status) -> Fact {
        let (order_id, user_id) = (OrderId::new(7), UserId::new(3));
        Fact::Order(OrderFact {
            order_id,
            user_id,
            status,
            was: None,
            total_cents: 109_990,
            refunded_cents: 0,
            items: Vec::new(),
            reason: None,
        })
    }

    fn event(n: u128) -> EventId {
        EventId::new(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_customer_is_told_of_every_status_that_lasts() {
        let told = tell(&order(Status::Confirmed)).unwrap();
        assert_eq!((told.kind, told.order_id.get(), told.user_id.get()), ("order_confirmed", 7, 3));
        assert!(told.message.contains("1099.90"), "{}", told.message);
        for status in [Status::Shipped, Status::Delivered, Status::PaymentFailed, Status::Cancelled] {
            assert_eq!(tell(&order(status)).unwrap().kind, format!("order_{}", status.as_str()));
        }
        assert_eq!(tell(&order(Status::Pending)), None);
        let stock = StockFact { product_id: ProductId::new(1), available: 1, version: 1 };
        assert_eq!(tell(&Fact::Stock(stock)), None);
    }

    #[test]
    fn a_status_is_told_once_per_order_and_each_refund_by_itself() {
        let confirmed = tell(&order(Status::Confirmed)).unwrap();
        assert_eq!(confirmed.once(event(1)), confirmed.once(event(2)));
        let refund = RefundFact { order_id: OrderId::new(7), user_id: UserId::new(3), amount_cents: 5 };
        let refunded = tell(&Fact::Refunded(refund)).unwrap();
        assert_ne!(refunded.once(event(1)), refunded.once(event(2)));
        assert_eq!(refunded.once(event(1)), refunded.once(event(1)));
    }

    #[test]
    fn a_message_by_hand_has_words() {
        let kind = NotificationType::try_from("order_shipped".to_owned()).unwrap();
        let (subject, message) = default_words(&kind, Some(OrderId::new(7)));
        assert_eq!(subject, "Order shipped: order 7");
        assert_eq!(message, "There is news about your order 7: order shipped.");
        assert_eq!(default_words(&kind, None).0, "Order shipped");
    }

    #[test]
    fn a_subject_is_one_line() {
        assert!(Subject::try_from("Hello\r\nBcc: everybody@example.org".to_owned()).is_err());
        assert!(Message::try_from("Hello\nworld".to_owned()).is_ok());
    }
}
