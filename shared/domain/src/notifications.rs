//! Messages to users: their text, their channel, and their delivery status.

mod digest;
mod facts;
mod returns;
mod shipment;
mod verification;

use serde::{Deserialize, Serialize};

use crate::events::{DomainEvent, OrderStatusChanged};
use crate::orders::OrderStatus;
use crate::text::text;
use crate::{EventId, Money, NotificationId, OrderId, Problem, ProblemKind, Timestamp, UserId};

pub use digest::{MAIL_LIMIT, MAX_DIGEST_LINES, MailLimit, render_digest};
pub use facts::{Amount, Detail, Facts, Line, Section};
pub use verification::{VERIFICATION_TYPE, render_verification};

text! {
    /// The type of a notification: `order_confirmed`, `newsletter`.
    NotificationType = 1..=64 by one_line,
    Subject = 1..=200 by one_line,
    Message = 1..=5000 by lines,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DeliveryStatus {
    /// Stored, not yet handed to the channel.
    Queued,
    /// The channel accepted it.
    Sent,
    /// The channel rejected it permanently.
    Failed,
}

impl DeliveryStatus {
    /// As stores carry it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Parses a stored value; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// How it reaches the user.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Channel {
    /// A mail, sent through SES.
    Email,
    /// To the log, where no sender is configured.
    Log,
}

impl Channel {
    /// As stores carry it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Parses a stored value; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A message to a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// UUIDv7: sorts by time.
    pub id: NotificationId,
    pub user_id: UserId,
    /// Which event or message it is about, such as `order_confirmed`.
    #[serde(rename = "type")]
    pub kind: String,
    pub channel: Channel,
    /// One line, without line breaks.
    pub subject: String,
    pub message: String,
    /// The order it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    pub status: DeliveryStatus,
    /// How often it was handed to the channel.
    pub attempts: u32,
    /// When the event it describes happened; for an admin message, when it was written.
    pub created_at: Timestamp,
    /// When the channel accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// When the user read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// For its mail only. Admin messages, digests and records of the version before have none.
    #[serde(skip)]
    pub facts: Option<Box<Facts>>,
}

/// The notification for a domain event; `None` for events without a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationDraft {
    pub user_id: UserId,
    /// `order_confirmed` and so on; a notification exists once per type and order, unless it
    /// `is_repeatable`.
    pub kind: &'static str,
    pub order_id: OrderId,
    /// One line, without line breaks.
    pub subject: String,
    pub message: String,
    /// Whether an order may have several of this type, one per event: refunds and shipments of a part.
    pub is_repeatable: bool,
    /// What its mail tells in addition.
    pub facts: Facts,
}

impl NotificationDraft {
    /// The key under which a notification is sent once. An order reaches a status once,
    /// whichever process reports it. It may be refunded and shipped in several parts, and each is
    /// notified.
    pub fn dedup_key(&self, event: EventId) -> String {
        if self.is_repeatable { format!("{}#{event}", self.kind) } else { self.kind.to_owned() }
    }

    /// The record, not yet sent.
    pub fn into_notification(self, id: NotificationId, channel: Channel, at: Timestamp) -> Notification {
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
            facts: Some(Box::new(self.facts)),
        }
    }
}

const REFUND_TYPE: &str = "payment_refunded";

/// 404 for a message to an unknown user.
pub fn unknown_user(id: UserId) -> Problem {
    Problem::new(ProblemKind::NotFound, "unknown_user", format!("User {id} does not exist."))
        .with_extension("userId", id)
}

/// Default subject and message of an admin message that has none: the type as words.
pub fn default_text(kind: &NotificationType, order: Option<OrderId>) -> (String, String) {
    let spoken = kind.as_str().replace(['_', '-', '.'], " ");
    let mut letters = spoken.chars();
    let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    match order {
        Some(id) => (format!("{title}: order {id}"), format!("We have an update on your order {id}: {spoken}.")),
        None => (title, format!("We have an update for you: {spoken}.")),
    }
}

/// Renders the notification for a domain event.
pub fn render(event: &DomainEvent) -> Option<NotificationDraft> {
    match event {
        DomainEvent::OrderStatusChanged(order) => render_order_status(order),
        DomainEvent::ReturnChanged(change) => Some(returns::render(change)),
        DomainEvent::RefundIssued(refund) if refund.return_id.is_some() => None,
        DomainEvent::RefundIssued(refund) => {
            let amount = refund.currency.format(Money::from_cents(refund.amount_cents));
            let id = refund.order_id;
            Some(NotificationDraft {
                user_id: refund.user_id,
                kind: REFUND_TYPE,
                order_id: id,
                subject: format!("Refund for order {id}"),
                message: format!("We have refunded {amount} for your order {id}."),
                is_repeatable: true,
                facts: Facts::of_refund(refund.currency, refund.amount_cents).addressed_to(refund.email.as_ref()),
            })
        }
        DomainEvent::StockChanged(_)
        | DomainEvent::ReviewChanged(_)
        | DomainEvent::RatingChanged(_)
        | DomainEvent::ProductChanged(_)
        | DomainEvent::OrderTakenOver(_)
        // A message of its own form: see `render_verification`.
        | DomainEvent::VerificationRequested(_) => None,
    }
}

fn render_order_status(order: &OrderStatusChanged) -> Option<NotificationDraft> {
    if let Some(fulfilment) = &order.fulfilment {
        return Some(shipment::render(order, fulfilment));
    }
    let (id, total) = (order.order_id, order.currency.format(order.total()));
    let (kind, subject, message) = match order.status {
        // Only a fulfilment makes an order partially shipped.
        OrderStatus::Pending | OrderStatus::PartiallyShipped => return None,
        OrderStatus::Confirmed => {
            ("order_confirmed", "is confirmed", format!("Thank you! Your order {id} for {total} is confirmed."))
        }
        OrderStatus::Shipped => ("order_shipped", "is on its way", format!("Your order {id} has left our warehouse.")),
        OrderStatus::Delivered => {
            ("order_delivered", "has arrived", format!("Your order {id} has been delivered. Enjoy!"))
        }
        OrderStatus::PaymentFailed => (
            "order_payment_failed",
            "could not be paid",
            format!("Your payment of {total} for order {id} was declined. You can try again on your orders page."),
        ),
        OrderStatus::Cancelled => (
            "order_cancelled",
            "has been cancelled",
            format!("Your order {id} has been cancelled. Any payment will be refunded."),
        ),
    };
    let moved = matches!(order.status, OrderStatus::Shipped | OrderStatus::Delivered);
    Some(NotificationDraft {
        user_id: order.user_id,
        kind,
        order_id: id,
        subject: format!("Your order {id} {subject}"),
        message,
        is_repeatable: false,
        facts: if moved { Facts::of_goods(order) } else { Facts::of_order(order) }.addressed_to(order.email()),
    })
}

#[cfg(test)]
mod tests;
