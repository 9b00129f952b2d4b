//! A notification, and the mark that a fact has been told, as items; times in milliseconds
//! since 1970.

use domain::idempotency::KEPT_SECONDS as KEY_KEPT_SECONDS;
use domain::notifications::{Channel, DeliveryStatus, Notification};
use domain::{OrderId, Timestamp, UserId};

use super::{Due, Hold, Key, Waiting};
use crate::item::{EXPIRES_AT, Item};
use crate::{Error, Result};

/// Half a year: longer than anybody returns a parcel. A mark lives as long as its record, and
/// far longer than a queue or an outbox can deliver a fact again.
const KEPT_SECONDS: i64 = 180 * 24 * 3600;

/// The partition of the markers of records that wait to be sent. Messages by hand are few: one
/// partition takes a thousand writes a second.
pub(crate) const DUE: &str = "due";

/// The partition of the markers of records that wait for a digest, by user and record. Only what
/// is above a user's limit comes here.
pub(crate) const WAITING: &str = "waiting";
/// Since when a record waits for a digest; such a one is not sent by itself any more.
pub(crate) const WAITS_SINCE: &str = "waitsSince";
/// Begins the partitions of what was counted of one user's mails.
pub(crate) const MAILS: &str = "mails#";
/// For how long a day's count, or the hold of a digest, is kept after its last use: longer than
/// any clock is wrong.
pub(super) const COUNT_KEPT_SECONDS: i64 = 2 * 24 * 3600;

pub(super) fn mails_of(user: UserId) -> String {
    format!("{MAILS}{user}")
}

pub(super) fn waiting_key(user: UserId, id: impl std::fmt::Display) -> String {
    format!("{user}#{id}")
}

/// That a record waits for a digest, with what the digest says of it.
pub(super) fn waiting(of: &Waiting, expires_at: i64) -> Item {
    Item::keyed(WAITING, waiting_key(of.user, of.id))
        .text("notificationId", of.id)
        .number("userId", of.user.get())
        .text("subject", &of.subject)
        .time("createdAt", of.created_at)
        .time(WAITS_SINCE, of.since)
        .time("notBefore", of.not_before)
        .number(EXPIRES_AT, expires_at)
}

pub(crate) fn read_waiting(item: &Item) -> Result<Waiting> {
    let Due { user, id } = named(item)?;
    Ok(Waiting {
        user,
        id,
        subject: item.string("subject")?,
        created_at: item.at("createdAt")?,
        since: item.at(WAITS_SINCE)?,
        not_before: item.at("notBefore")?,
    })
}

pub(super) fn partition(user: UserId) -> String {
    format!("user#{user}")
}

/// Begins the partitions of idempotency keys, one for each caller.
pub(crate) const KEYS: &str = "key#";

pub(super) fn keys_of(caller: UserId) -> String {
    format!("{KEYS}{caller}")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// That a record waits to be sent.
pub(super) fn due(told: &Notification) -> Item {
    name(Item::keyed(DUE, told.id), told).number(EXPIRES_AT, expiry(told))
}

/// That a key's request is being done, and what it writes.
pub(super) fn claim(key: &Key, told: &Notification, now: Timestamp, until: Timestamp) -> Item {
    name(Item::keyed(keys_of(key.caller), &key.key), told)
        .text("fingerprint", hex(&key.fingerprint))
        .time("lockedUntil", until)
        .number(EXPIRES_AT, now.seconds() + KEY_KEPT_SECONDS)
}

fn name(item: Item, told: &Notification) -> Item {
    item.text("notificationId", told.id).number("userId", told.user_id.get())
}

/// The record that a marker or a claim names.
pub(super) fn named(item: &Item) -> Result<Due> {
    Ok(Due { user: item.id("userId", UserId::checked)?, id: item.parsed("notificationId")? })
}

/// That an order's customer has been told of `once`.
pub(super) fn mark(notification: &Notification, once: &str) -> Result<Item> {
    let order = notification.order_id.ok_or_else(|| Error::Item("a fact must be about an order".to_owned()))?;
    Ok(Item::keyed(format_args!("order#{order}"), format_args!("told#{once}"))
        .text("notificationId", notification.id)
        .number(EXPIRES_AT, expiry(notification)))
}

pub(super) fn write(notification: &Notification, hold: Hold) -> Item {
    Item::keyed(partition(notification.user_id), notification.id)
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
        .time("heldUntil", hold.until)
        .number(EXPIRES_AT, expiry(notification))
}

pub(super) fn expiry(notification: &Notification) -> i64 {
    notification.created_at.seconds() + KEPT_SECONDS
}

pub(crate) fn read(item: &Item) -> Result<Notification> {
    Ok(Notification {
        id: item.parsed("id")?,
        user_id: item.id("userId", UserId::checked)?,
        kind: item.string("type")?,
        channel: item.word("channel", Channel::of)?,
        subject: item.string("subject")?,
        message: item.string("message")?,
        order_id: item.optional("orderId", |item, name| item.id(name, OrderId::checked))?,
        status: item.word("status", DeliveryStatus::of)?,
        attempts: item.id("attempts", u32::try_from)?,
        created_at: item.at("createdAt")?,
        sent_at: item.optional("sentAt", Item::at)?,
        read_at: item.optional("readAt", Item::at)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::NotificationId;

    #[test]
    fn every_item_of_the_table_has_an_end() {
        let now = Timestamp::from_millis(1_769_860_800_000);
        let told = Notification {
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
        let key = Key { caller: UserId::new(1), key: "once".to_owned(), fingerprint: [0; 32] };
        let half_a_year = now.seconds() + KEPT_SECONDS;
        let hold = Hold { from: now, until: now };
        let of_a_record = [due(&told), mark(&told, "confirmed").unwrap(), write(&told, hold)];
        assert!(of_a_record.iter().all(|item| item.int(EXPIRES_AT).unwrap() == half_a_year));
        let late = Waiting {
            user: told.user_id,
            id: told.id,
            subject: told.subject.clone(),
            created_at: now,
            since: now,
            not_before: now,
        };
        assert_eq!(waiting(&late, half_a_year).int(EXPIRES_AT).unwrap(), half_a_year);
        assert_eq!(read_waiting(&waiting(&late, half_a_year)).unwrap(), late);
        let claimed = claim(&key, &told, now, now).int(EXPIRES_AT).unwrap();
        assert_eq!(claimed, now.seconds() + KEY_KEPT_SECONDS);
    }
}
