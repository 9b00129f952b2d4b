//! The fields of a notification that the checks need: of automatic messages about an order. Admin
//! messages may be about an order too, and of the same type; their texts differ.

use std::collections::HashSet;

use domain::events::{DomainEvent, FulfilmentChanged, OrderStatusChanged, RefundIssued, ReturnChanged};
use domain::notifications::{Notification, render};
use domain::orders::{FulfilmentStatus, OrderStatus, ReturnStatus};
use domain::{NotificationId, OrderId, ReturnId, Timestamp, UserId};
use store_dynamo::notifications::DigestEntry;
use store_dynamo::reconcile::{DedupMarker, NotificationItem};

use super::by_order::HasOrder;
use crate::stores::{StoreError, Stores, store_error};

/// An automatic message about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum OrderMessage {
    Confirmed,
    /// The card was declined.
    PaymentFailed,
    /// Some pieces left; once per fulfilment.
    PartiallyShipped,
    Shipped,
    /// A fulfilment arrived, and others have not; once per fulfilment.
    PartiallyDelivered,
    Delivered,
    Cancelled,
    /// Money was refunded; once per refund that is not a return's.
    Refunded,
    /// A change of a return; once per return.
    ReturnRequested,
    ReturnApproved,
    ReturnRejected,
    ReturnReceived,
}

impl OrderMessage {
    const ALL: [Self; 12] = [
        Self::Confirmed,
        Self::PaymentFailed,
        Self::PartiallyShipped,
        Self::Shipped,
        Self::PartiallyDelivered,
        Self::Delivered,
        Self::Cancelled,
        Self::Refunded,
        Self::ReturnRequested,
        Self::ReturnApproved,
        Self::ReturnRejected,
        Self::ReturnReceived,
    ];

    /// The message for a status; `None` if it notifies nobody.
    pub(crate) fn for_status(status: OrderStatus) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.status() == Some(status))
    }

    fn status(self) -> Option<OrderStatus> {
        match self {
            Self::Confirmed => Some(OrderStatus::Confirmed),
            Self::PaymentFailed => Some(OrderStatus::PaymentFailed),
            Self::Shipped => Some(OrderStatus::Shipped),
            Self::Delivered => Some(OrderStatus::Delivered),
            Self::Cancelled => Some(OrderStatus::Cancelled),
            // Counted by its fulfilments, returns and refunds, not by its statuses.
            _ => None,
        }
    }

    /// The status of the return that it is about.
    fn return_status(self) -> Option<ReturnStatus> {
        match self {
            Self::ReturnRequested => Some(ReturnStatus::Requested),
            Self::ReturnApproved => Some(ReturnStatus::Approved),
            Self::ReturnRejected => Some(ReturnStatus::Rejected),
            Self::ReturnReceived => Some(ReturnStatus::Received),
            _ => None,
        }
    }

    /// The record's type, `order_confirmed`, and its subject, as the worker renders it.
    pub(crate) fn kind_and_subject(self, order_id: OrderId) -> (&'static str, String) {
        let user_id = UserId::new(1);
        if let Some(status) = self.return_status() {
            let draft = render(&DomainEvent::ReturnChanged(empty_return(order_id, user_id, status)));
            return draft.map(|draft| (draft.kind, draft.subject)).unwrap_or_default();
        }
        let part = |status| {
            let items = Vec::new();
            FulfilmentChanged { status, items, carrier: None, tracking_number: None, tracking_url: None }
        };
        let (status, fulfilment) = match self {
            Self::PartiallyShipped => (Some(OrderStatus::PartiallyShipped), Some(part(FulfilmentStatus::Shipped))),
            Self::PartiallyDelivered => (Some(OrderStatus::PartiallyShipped), Some(part(FulfilmentStatus::Delivered))),
            other => (other.status(), None),
        };
        let event = match status {
            Some(status) => DomainEvent::OrderStatusChanged(OrderStatusChanged {
                order_id,
                user_id,
                status,
                was: None,
                total_cents: 0,
                currency: domain::pricing::Currency::EUR,
                summary: None,
                refunded_cents: 0,
                items: Vec::new(),
                reason: None,
                fulfilment: fulfilment.map(Box::new),
            }),
            None => DomainEvent::RefundIssued(RefundIssued {
                order_id,
                user_id,
                amount_cents: 0,
                currency: domain::pricing::Currency::EUR,
                return_id: None,
                email: None,
            }),
        };
        // Each of these has a notification.
        render(&event).map(|notification| (notification.kind, notification.subject)).unwrap_or_default()
    }
}

fn empty_return(order_id: OrderId, user_id: UserId, status: ReturnStatus) -> ReturnChanged {
    ReturnChanged {
        return_id: ReturnId::new(uuid::Uuid::nil()),
        order_id,
        user_id,
        status,
        items: Vec::new(),
        reason: String::new(),
        note: None,
        refunded_cents: None,
        currency: domain::pricing::Currency::EUR,
        email: None,
    }
}

/// The record of an automatic message about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OrderNotification {
    pub(crate) order: OrderId,
    pub(crate) user: UserId,
    pub(crate) message: OrderMessage,
    pub(crate) id: NotificationId,
    /// When the event it describes happened.
    pub(crate) occurred_at: Timestamp,
    /// Whether a marker prevents a second notification.
    pub(crate) has_dedup_marker: bool,
}

impl HasOrder for OrderNotification {
    fn order_id(&self) -> OrderId {
        self.order
    }
}

/// The record as an automatic message; `None` for an admin message.
pub(crate) fn parse_order_notification(record: &Notification) -> Option<OrderNotification> {
    let order = record.order_id?;
    let ours = |what: &OrderMessage| {
        let (kind, subject) = what.kind_and_subject(order);
        record.kind == kind && record.subject == subject
    };
    let what = OrderMessage::ALL.into_iter().find(ours)?;
    let (user, id, at) = (record.user_id, record.id, record.created_at);
    Some(OrderNotification { order, user, message: what, id, occurred_at: at, has_dedup_marker: false })
}

/// Records that wait for a digest.
#[derive(Default)]
pub(crate) struct PendingDigests {
    /// Records that only a digest sends.
    pub(crate) notifications: Vec<NotificationId>,
    /// The markers by which it finds them.
    pub(crate) markers: Vec<DigestEntry>,
}

pub(super) async fn read_all(stores: &Stores) -> Result<(Vec<OrderNotification>, PendingDigests), StoreError> {
    let (mut all, mut marked, mut from) = (Vec::new(), HashSet::new(), None);
    let mut digests = PendingDigests::default();
    loop {
        let page = stores.tables.notifications(from).await.map_err(store_error("the table of notifications"))?;
        for item in page.items {
            match item {
                NotificationItem::Record(record) => all.extend(parse_order_notification(&record)),
                NotificationItem::Deferred(record) => {
                    digests.notifications.push(record.id);
                    all.extend(parse_order_notification(&record));
                }
                NotificationItem::DigestMarker(marker) => digests.markers.push(marker),
                NotificationItem::DedupMarker(DedupMarker { notification, .. }) => drop(marked.insert(notification)),
            }
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    for record in &mut all {
        record.has_dedup_marker = marked.contains(&record.id);
    }
    all.sort_unstable_by_key(|record| (record.order, record.message, record.occurred_at));
    Ok((all, digests))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::notifications::{Channel, DeliveryStatus, NotificationType, default_text};

    #[test]
    fn automatic_messages_are_told_apart_from_admin_messages() {
        let order = OrderId::new(7);
        for what in OrderMessage::ALL {
            let (kind, subject) = what.kind_and_subject(order);
            let record = Notification {
                id: NotificationId::generate_at(0, 7),
                user_id: UserId::new(3),
                kind: kind.to_owned(),
                channel: Channel::Log,
                subject,
                message: String::new(),
                order_id: Some(order),
                status: DeliveryStatus::Sent,
                attempts: 1,
                created_at: Timestamp::from_millis(0),
                sent_at: None,
                read_at: None,
                facts: None,
            };
            assert_eq!(
                parse_order_notification(&record).map(|notification| (notification.order, notification.message)),
                Some((order, what))
            );
            let kind = NotificationType::try_from(kind.to_owned()).unwrap();
            let by_hand = Notification { subject: default_text(&kind, Some(order)).0, ..record.clone() };
            assert_eq!(parse_order_notification(&by_hand), None, "{by_hand:?}");
            assert_eq!(parse_order_notification(&Notification { order_id: Some(OrderId::new(70)), ..record }), None);
        }
    }
}
