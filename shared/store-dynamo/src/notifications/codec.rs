//! Encodes a notification, and the markers beside it, as items; times in milliseconds since 1970.

use domain::idempotency::{IdempotencyKey, RETENTION_SECONDS as KEY_RETENTION_SECONDS};
use domain::notifications::{Channel, DeliveryStatus, Notification};
use domain::{OrderId, Timestamp, UserId};

use super::{DigestEntry, Lease, NotificationRef};
use crate::Result;
use crate::item::{EXPIRES_AT, Item};

/// Half a year: longer than any parcel may be returned. A marker lives as long as its record, and
/// far longer than a queue or an outbox can deliver an event again.
const RETENTION_SECONDS: i64 = 180 * 24 * 3600;

/// The partition of the markers of records that wait to be sent. Admin messages are few: one
/// partition accepts a thousand writes a second.
pub(crate) const PENDING: &str = "due";

/// The partition of the markers of records that wait for a digest, by user and record. Only what is
/// above a user's limit is stored here.
pub(crate) const AWAITING_DIGEST: &str = "waiting";
/// Since when a record waits for a digest; such a record is no longer sent by itself.
pub(crate) const DEFERRED_SINCE: &str = "waitsSince";
/// The prefix of the partitions that count one user's mails.
pub(crate) const MAILS_PREFIX: &str = "mails#";
/// How long a day's count, or the lease of a digest, is stored after its last use: longer than any
/// clock is wrong.
pub(super) const COUNT_RETENTION_SECONDS: i64 = 2 * 24 * 3600;

pub(super) fn mails_partition(user: UserId) -> String {
    format!("{MAILS_PREFIX}{user}")
}

pub(super) fn digest_sort_key(user: UserId, id: impl std::fmt::Display) -> String {
    format!("{user}#{id}")
}

/// The marker of a record that waits for a digest, with the line for the digest.
pub(super) fn digest_marker(entry: &DigestEntry, expires_at: i64) -> Item {
    Item::with_key(AWAITING_DIGEST, digest_sort_key(entry.user, entry.id))
        .text("notificationId", entry.id)
        .number("userId", entry.user.get())
        .text("subject", &entry.subject)
        .time("createdAt", entry.created_at)
        .time(DEFERRED_SINCE, entry.deferred_at)
        .time("notBefore", entry.not_before)
        .number(EXPIRES_AT, expires_at)
}

pub(crate) fn parse_digest_entry(item: &Item) -> Result<DigestEntry> {
    let NotificationRef { user, id } = parse_notification_ref(item)?;
    Ok(DigestEntry {
        user,
        id,
        subject: item.string("subject")?,
        created_at: item.timestamp("createdAt")?,
        deferred_at: item.timestamp(DEFERRED_SINCE)?,
        not_before: item.timestamp("notBefore")?,
    })
}

pub(super) fn user_partition(user: UserId) -> String {
    format!("user#{user}")
}

/// The prefix of the partitions of idempotency keys, one for each caller.
pub(crate) const KEYS_PREFIX: &str = "key#";

pub(super) fn keys_partition(caller: UserId) -> String {
    format!("{KEYS_PREFIX}{caller}")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The marker of a record that waits to be sent.
pub(super) fn pending_marker(notification: &Notification) -> Item {
    with_notification_ref(Item::with_key(PENDING, notification.id), notification)
        .number(EXPIRES_AT, expires_at_seconds(notification))
}

/// The claim of a key whose request is in progress, with the record that it writes.
pub(super) fn key_claim(key: &IdempotencyKey, notification: &Notification, now: Timestamp, until: Timestamp) -> Item {
    with_notification_ref(Item::with_key(keys_partition(key.user), &key.key), notification)
        .text("fingerprint", hex(&key.fingerprint))
        .time("lockedUntil", until)
        .number(EXPIRES_AT, now.seconds() + KEY_RETENTION_SECONDS)
}

fn with_notification_ref(item: Item, notification: &Notification) -> Item {
    item.text("notificationId", notification.id).number("userId", notification.user_id.get())
}

/// The record that a marker or a claim refers to.
pub(super) fn parse_notification_ref(item: &Item) -> Result<NotificationRef> {
    Ok(NotificationRef { user: item.checked_int("userId", UserId::checked)?, id: item.parsed("notificationId")? })
}

/// Prefix of the partitions that have the markers of accounts.
pub(crate) const ACCOUNT_PREFIX: &str = "account#";

/// The marker that an order's customer, or an account, was notified with this `dedup_key`.
pub(super) fn dedup_marker(notification: &Notification, dedup_key: &str) -> Item {
    let partition = match notification.order_id {
        Some(order) => format!("order#{order}"),
        None => format!("{ACCOUNT_PREFIX}{}", notification.user_id),
    };
    Item::with_key(partition, format_args!("told#{dedup_key}"))
        .text("notificationId", notification.id)
        .number(EXPIRES_AT, expires_at_seconds(notification))
}

pub(super) fn to_item(notification: &Notification, lease: Lease) -> Item {
    Item::with_key(user_partition(notification.user_id), notification.id)
        .text("id", notification.id)
        .number("userId", notification.user_id.get())
        .text("type", &notification.kind)
        .text("channel", notification.channel.as_str())
        .text("subject", &notification.subject)
        .text("message", &notification.message)
        .maybe(notification.order_id, |item, id| item.number("orderId", id.get()))
        .text("status", notification.status.as_str())
        .number("attempts", notification.attempts)
        .time("createdAt", notification.created_at)
        .maybe(notification.sent_at, |item, at| item.time("sentAt", at))
        .maybe(notification.read_at, |item, at| item.time("readAt", at))
        .time("heldUntil", lease.until)
        .number(EXPIRES_AT, expires_at_seconds(notification))
}

pub(super) fn expires_at_seconds(notification: &Notification) -> i64 {
    notification.created_at.seconds() + RETENTION_SECONDS
}

pub(crate) fn from_item(item: &Item) -> Result<Notification> {
    Ok(Notification {
        id: item.parsed("id")?,
        user_id: item.checked_int("userId", UserId::checked)?,
        kind: item.string("type")?,
        channel: item.parsed_with("channel", Channel::parse)?,
        subject: item.string("subject")?,
        message: item.string("message")?,
        order_id: item.optional("orderId", |item, name| item.checked_int(name, OrderId::checked))?,
        status: item.parsed_with("status", DeliveryStatus::parse)?,
        attempts: item.checked_int("attempts", u32::try_from)?,
        created_at: item.timestamp("createdAt")?,
        sent_at: item.optional("sentAt", Item::timestamp)?,
        read_at: item.optional("readAt", Item::timestamp)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::NotificationId;

    #[test]
    fn every_item_of_the_table_expires() {
        let now = Timestamp::from_millis(1_769_860_800_000);
        let notification = Notification {
            id: NotificationId::new(uuid::Uuid::from_u128(1)),
            user_id: UserId::new(7),
            kind: "order_confirmed".to_owned(),
            channel: Channel::Email,
            subject: "Your order".to_owned(),
            message: "It is confirmed.".to_owned(),
            order_id: Some(OrderId::new(3)),
            status: DeliveryStatus::Queued,
            attempts: 0,
            created_at: now,
            sent_at: None,
            read_at: None,
        };
        let key = IdempotencyKey::new(UserId::new(1), "notifications", "k".to_owned(), "/", b"");
        let half_a_year = now.seconds() + RETENTION_SECONDS;
        let lease = Lease { from: now, until: now };
        let of_a_record = [
            pending_marker(&notification),
            dedup_marker(&notification, "confirmed"),
            dedup_marker(&Notification { order_id: None, ..notification.clone() }, "verification"),
            to_item(&notification, lease),
        ];
        assert!(of_a_record.iter().all(|item| item.int(EXPIRES_AT).unwrap() == half_a_year));
        let deferred = DigestEntry {
            user: notification.user_id,
            id: notification.id,
            subject: notification.subject.clone(),
            created_at: now,
            deferred_at: now,
            not_before: now,
        };
        assert_eq!(digest_marker(&deferred, half_a_year).int(EXPIRES_AT).unwrap(), half_a_year);
        assert_eq!(parse_digest_entry(&digest_marker(&deferred, half_a_year)).unwrap(), deferred);
        let claimed = key_claim(&key, &notification, now, now).int(EXPIRES_AT).unwrap();
        assert_eq!(claimed, now.seconds() + KEY_RETENTION_SECONDS);
    }
}
