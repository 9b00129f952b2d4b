//! What an operator's reconciliation reads: whole tables, page by page, each item strongly
//! consistent. Needs `dynamodb:Scan`, which no function has. Writes nothing; judges nothing.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::notifications::{DeliveryStatus, Notification};
use domain::payments::Payment;
use domain::{NotificationId, OrderId, Timestamp};
use runtime::{Missing, Vars};

use crate::client::ask;
use crate::item::{EXPIRES_AT, Item, PK, SK};
use crate::notifications::{Waiting, shape as notification};
use crate::payments::shape as payment;
use crate::{Config, Dynamo, Error, Result};

/// Items that are read at once: some hundred kilobytes.
const PAGE: i32 = 1_000;

/// The tables, for reading all of them.
#[derive(Clone)]
pub struct Tables {
    dynamo: Dynamo,
    payments: String,
    notifications: String,
}

/// Items of a page, and where the next one begins.
pub struct Page<T> {
    /// In no order.
    pub items: Vec<T>,
    /// `None` after the last.
    pub next: Option<Place>,
}

/// Where a page begins.
pub struct Place(HashMap<String, AttributeValue>);

/// An item of the table of notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noted {
    /// What a user was told.
    Record(Notification),
    /// The same, where it waits for a digest.
    Postponed(Notification),
    /// The marker by which the digest finds it.
    Waiting(Waiting),
    /// That an order's customer was told something once.
    Mark(Mark),
}

/// The mark that keeps a fact from being told twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The order.
    pub order: OrderId,
    /// What was told: `order_confirmed`, `payment_refunded#<event>`.
    pub once: String,
    /// The record.
    pub notification: NotificationId,
    /// When it may be forgotten.
    pub expires_at: Timestamp,
}

impl Tables {
    /// Notes where the tables are; connects to none.
    ///
    /// # Errors
    /// When one of them is not set.
    pub fn read(vars: &Vars) -> Result<Self, Missing> {
        Ok(Self {
            dynamo: Dynamo::new(Config::read(vars)?),
            payments: Config::payments(vars)?,
            notifications: Config::notifications(vars)?,
        })
    }

    /// A page of all payments, tombstones too.
    ///
    /// # Errors
    /// When DynamoDB is away, or an item is not what a payment is written as.
    pub async fn payments(&self, from: Option<Place>) -> Result<Page<Payment>> {
        let page = self.scan(&self.payments, from).await?;
        // Beside payments there are the simulated processor's notes.
        let payments = page.items.iter().filter(|item| item.str(SK).is_ok_and(|key| key.starts_with(payment::PAYMENT)));
        Ok(Page { items: payments.map(payment::read).collect::<Result<_>>()?, next: page.next })
    }

    /// A page of all notifications and marks.
    ///
    /// # Errors
    /// As [`Tables::payments`].
    pub async fn notifications(&self, from: Option<Place>) -> Result<Page<Noted>> {
        let page = self.scan(&self.notifications, from).await?;
        let items = page.items.iter().filter_map(|item| noted(item).transpose());
        Ok(Page { items: items.collect::<Result<_>>()?, next: page.next })
    }

    async fn scan(&self, table: &str, from: Option<Place>) -> Result<Page<Item>> {
        let scan = self.dynamo.client().await.scan().table_name(table).consistent_read(true).limit(PAGE);
        // The SDK's futures nest deeply: boxed here, they stay out of every caller's own.
        let answer = Box::pin(ask(scan.set_exclusive_start_key(from.map(|place| place.0)).send())).await?;
        let items = answer.items.unwrap_or_default().into_iter().map(Item::from).collect();
        Ok(Page { items, next: answer.last_evaluated_key.map(Place) })
    }
}

/// `None` for the rest: markers of records that wait to be sent, idempotency keys, counts of mails.
fn noted(item: &Item) -> Result<Option<Noted>> {
    let partition = item.str(PK)?;
    if partition == notification::WAITING {
        return notification::read_waiting(item).map(Noted::Waiting).map(Some);
    }
    let others = [notification::KEYS, notification::MAILS];
    if partition == notification::DUE || others.iter().any(|other| partition.starts_with(other)) {
        return Ok(None);
    }
    let Some(order) = partition.strip_prefix("order#") else {
        let record = notification::read(item)?;
        let waits = item.has(notification::WAITS_SINCE) && record.status == DeliveryStatus::Queued;
        return Ok(Some(if waits { Noted::Postponed(record) } else { Noted::Record(record) }));
    };
    let wrong = |name: &str| Error::Item(format!("{name} of a mark cannot be read"));
    Ok(Some(Noted::Mark(Mark {
        order: order.parse().map_err(|_| wrong(PK))?,
        once: item.str(SK)?.strip_prefix("told#").ok_or_else(|| wrong(SK))?.to_owned(),
        notification: item.parsed("notificationId")?,
        expires_at: Timestamp::from_millis(item.int(EXPIRES_AT)?.saturating_mul(1000)),
    })))
}
