//! What counts of a notification: the shop's own words about an order. Messages by hand may be
//! about an order too, and of the same type; their words are others.

use std::collections::HashSet;

use domain::events::{Fact, OrderFact, RefundFact};
use domain::notifications::{Notification, tell};
use domain::orders::Status;
use domain::{NotificationId, OrderId, Timestamp, UserId};
use dynamo::audit::{Mark, Noted};
use dynamo::notifications::Waiting;

use super::OfOrder;
use crate::stores::{Away, Stores, away};

/// What an order's customer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum What {
    /// That it is confirmed.
    Confirmed,
    /// That the card was declined.
    PaymentFailed,
    /// That it is on its way.
    Shipped,
    /// That it has arrived.
    Delivered,
    /// That it was called off.
    Cancelled,
    /// That money went back, once per refund.
    Refunded,
}

impl What {
    const ALL: [Self; 6] =
        [Self::Confirmed, Self::PaymentFailed, Self::Shipped, Self::Delivered, Self::Cancelled, Self::Refunded];

    /// What is told of a status; `None` of one that nobody is told of.
    pub(crate) fn of(status: Status) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.status() == Some(status))
    }

    fn status(self) -> Option<Status> {
        match self {
            Self::Confirmed => Some(Status::Confirmed),
            Self::PaymentFailed => Some(Status::PaymentFailed),
            Self::Shipped => Some(Status::Shipped),
            Self::Delivered => Some(Status::Delivered),
            Self::Cancelled => Some(Status::Cancelled),
            Self::Refunded => None,
        }
    }

    /// The record's type, `order_confirmed`, and its subject, as the worker words it.
    pub(crate) fn words(self, order_id: OrderId) -> (&'static str, String) {
        let user_id = UserId::new(1);
        let fact = match self.status() {
            Some(status) => Fact::Order(OrderFact {
                order_id,
                user_id,
                status,
                was: None,
                total_cents: 0,
                refunded_cents: 0,
                items: Vec::new(),
                reason: None,
            }),
            None => Fact::Refunded(RefundFact { order_id, user_id, amount_cents: 0 }),
        };
        // All of these are told.
        tell(&fact).map(|told| (told.kind, told.subject)).unwrap_or_default()
    }
}

/// A record of the shop's own about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) order: OrderId,
    pub(crate) user: UserId,
    pub(crate) what: What,
    pub(crate) id: NotificationId,
    /// When what it tells of became true.
    pub(crate) at: Timestamp,
    /// Whether a mark keeps it from being told again.
    pub(crate) marked: bool,
}

impl OfOrder for Told {
    fn order(&self) -> OrderId {
        self.order
    }
}

/// The record as one of ours; `None` when it was made by hand.
pub(crate) fn own(record: &Notification) -> Option<Told> {
    let order = record.order_id?;
    let ours = |what: &What| {
        let (kind, subject) = what.words(order);
        record.kind == kind && record.subject == subject
    };
    let what = What::ALL.into_iter().find(ours)?;
    let (user, id, at) = (record.user_id, record.id, record.created_at);
    Some(Told { order, user, what, id, at, marked: false })
}

/// What waits for a digest.
#[derive(Default)]
pub(crate) struct Digests {
    /// Records that are sent by a digest alone.
    pub(crate) records: Vec<NotificationId>,
    /// The markers by which it finds them.
    pub(crate) markers: Vec<Waiting>,
}

pub(super) async fn all(stores: &Stores) -> Result<(Vec<Told>, Digests), Away> {
    let (mut all, mut marked, mut from) = (Vec::new(), HashSet::new(), None);
    let mut digests = Digests::default();
    loop {
        let page = stores.tables.notifications(from).await.map_err(away("the table of notifications"))?;
        for item in page.items {
            match item {
                Noted::Record(record) => all.extend(own(&record)),
                Noted::Postponed(record) => {
                    digests.records.push(record.id);
                    all.extend(own(&record));
                }
                Noted::Waiting(marker) => digests.markers.push(marker),
                Noted::Mark(Mark { notification, .. }) => drop(marked.insert(notification)),
            }
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    for told in &mut all {
        told.marked = marked.contains(&told.id);
    }
    all.sort_unstable_by_key(|told| (told.order, told.what, told.at));
    Ok((all, digests))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::notifications::{Channel, DeliveryStatus, NotificationType, default_words};

    #[test]
    fn the_shops_own_words_are_known_from_those_by_hand() {
        let order = OrderId::new(7);
        for what in What::ALL {
            let (kind, subject) = what.words(order);
            let record = Notification {
                id: NotificationId::at(0, 7),
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
            };
            assert_eq!(own(&record).map(|told| (told.order, told.what)), Some((order, what)));
            let kind = NotificationType::try_from(kind.to_owned()).unwrap();
            let by_hand = Notification { subject: default_words(&kind, Some(order)).0, ..record.clone() };
            assert_eq!(own(&by_hand), None, "{by_hand:?}");
            assert_eq!(own(&Notification { order_id: Some(OrderId::new(70)), ..record }), None);
        }
    }
}
