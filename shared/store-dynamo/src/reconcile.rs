//! The reads of the invariant checker: whole tables, page by page, each item strongly consistent.
//! Needs `dynamodb:Scan`, which no function has. Writes nothing; judges nothing.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::notifications::{DeliveryStatus, Notification};
use domain::payments::Payment;
use domain::{NotificationId, OrderId, Timestamp};
use runtime::{ConfigError, Env};

use crate::client::timed;
use crate::item::{EXPIRES_AT, Item, PK, SK};
use crate::notifications::{DigestEntry, codec as notification};
use crate::payments::codec as payment;
use crate::{Config, Dynamo, Error, Result};

/// Items read at once: some hundred kilobytes.
const PAGE_SIZE: i32 = 1_000;

/// The tables, for reading all of them.
#[derive(Clone)]
pub struct TableReader {
    dynamo: Dynamo,
    payments: String,
    notifications: String,
}

/// Items of a page, and the start of the next one.
pub struct ScanPage<T> {
    /// A scan returns them in no particular order.
    pub items: Vec<T>,
    /// `None` after the last page.
    pub next: Option<ScanCursor>,
}

/// The start of a page.
pub struct ScanCursor(HashMap<String, AttributeValue>);

/// An item of the table of notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationItem {
    Record(Notification),
    /// A notification that waits for a digest.
    Deferred(Notification),
    /// The marker by which the digest finds it.
    DigestMarker(DigestEntry),
    /// The marker that prevents a second notification of one event.
    DedupMarker(DedupMarker),
}

/// Prevents a second notification of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DedupMarker {
    pub order: OrderId,
    /// Such as `order_confirmed` or `payment_refunded#<event>`.
    pub dedup_key: String,
    pub notification: NotificationId,
    /// When it may be deleted.
    pub expires_at: Timestamp,
}

impl TableReader {
    /// Reads the names of the tables; connects to none.
    ///
    /// # Errors
    /// When one of them is not set.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Dynamo::new(Config::from_env(env)?),
            payments: Config::payments_table(env)?,
            notifications: Config::notifications_table(env)?,
        })
    }

    /// A page of all payments, including tombstones.
    ///
    /// # Errors
    /// When DynamoDB is unavailable, or an item is no valid payment.
    pub async fn payments(&self, from: Option<ScanCursor>) -> Result<ScanPage<Payment>> {
        let page = self.scan(&self.payments, from).await?;
        // The table also has the simulated processor's records of failures.
        let payments =
            page.items.iter().filter(|item| item.str(SK).is_ok_and(|key| key.starts_with(payment::PAYMENT_PREFIX)));
        Ok(ScanPage { items: payments.map(payment::from_item).collect::<Result<_>>()?, next: page.next })
    }

    /// A page of all notifications and markers.
    ///
    /// # Errors
    /// As [`TableReader::payments`].
    pub async fn notifications(&self, from: Option<ScanCursor>) -> Result<ScanPage<NotificationItem>> {
        let page = self.scan(&self.notifications, from).await?;
        let items = page.items.iter().filter_map(|item| parse_notification_item(item).transpose());
        Ok(ScanPage { items: items.collect::<Result<_>>()?, next: page.next })
    }

    async fn scan(&self, table: &str, from: Option<ScanCursor>) -> Result<ScanPage<Item>> {
        let scan = self.dynamo.client().await.scan().table_name(table).consistent_read(true).limit(PAGE_SIZE);
        // The SDK's futures nest deeply: boxed here, they do not enlarge every caller's own.
        let response = Box::pin(timed(scan.set_exclusive_start_key(from.map(|place| place.0)).send())).await?;
        let items = response.items.unwrap_or_default().into_iter().map(Item::from).collect();
        Ok(ScanPage { items, next: response.last_evaluated_key.map(ScanCursor) })
    }
}

/// `None` for all other items: markers of records that wait to be sent and of messages to accounts,
/// idempotency keys, counts of mails.
fn parse_notification_item(item: &Item) -> Result<Option<NotificationItem>> {
    let partition = item.str(PK)?;
    if partition == notification::AWAITING_DIGEST {
        return notification::parse_digest_entry(item).map(NotificationItem::DigestMarker).map(Some);
    }
    let others = [notification::KEYS_PREFIX, notification::MAILS_PREFIX, notification::ACCOUNT_PREFIX];
    if partition == notification::PENDING || others.iter().any(|other| partition.starts_with(other)) {
        return Ok(None);
    }
    let Some(order) = partition.strip_prefix("order#") else {
        let record = notification::from_item(item)?;
        let waits = item.has(notification::DEFERRED_SINCE) && record.status == DeliveryStatus::Queued;
        return Ok(Some(if waits { NotificationItem::Deferred(record) } else { NotificationItem::Record(record) }));
    };
    let wrong = |name: &str| Error::InvalidItem(format!("{name} of a marker cannot be parsed"));
    Ok(Some(NotificationItem::DedupMarker(DedupMarker {
        order: order.parse().map_err(|_| wrong(PK))?,
        dedup_key: item.str(SK)?.strip_prefix("told#").ok_or_else(|| wrong(SK))?.to_owned(),
        notification: item.parsed("notificationId")?,
        expires_at: Timestamp::from_millis(item.int(EXPIRES_AT)?.saturating_mul(1000)),
    })))
}
