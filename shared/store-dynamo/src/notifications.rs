//! Notifications: partition `user#<id>`, with each record under its own id, a UUID of version 7:
//! newest first is the partition in reverse, and a user's id with a record's id is its key.
//!
//! The record of an event is written in one transaction with a marker under (order, dedup key), or
//! (account, dedup key) if it is about none, on
//! the condition that the marker is new. So there is one record, however often, by how many workers
//! at once, and under which event ids and times an event is delivered. (A deterministic id would
//! save the marker, but it would either not sort by time or rely on no event being published again
//! with another time.)
//!
//! A sender acquires a lease on a record first, for a bounded time, so that two workers with the
//! same message do not both send it. Records that no queue redelivers, the admin messages, have a
//! marker in the partition `due` until they are sent or have failed: recovery finds them there.
//! Records above the mail limit each have one in the partition `waiting`, until a digest is sent.

mod admin_message;
pub(crate) mod codec;
mod delivery;
mod digest;

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Put, TransactWriteItem};
use domain::notifications::{Notification, VERIFICATION_TYPE};
use domain::{NotificationId, Page, PageSize, Problem, Timestamp, UserId};

use crate::client::{timed, timed_conditional};
use crate::item::{Item, PK, SK, number, text};
use crate::{Dynamo, Error, Result};

pub use admin_message::NotificationRef;
pub use delivery::{Lease, LeaseOutcome, SendOutcome};
pub use digest::DigestEntry;

/// How often a transaction is retried if another one holds its items. The other one decides within
/// milliseconds; if that is not enough, the caller retries.
const MAX_WRITE_ATTEMPTS: usize = 3;

/// The result of inserting the record of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsertOutcome {
    Inserted,
    /// A record existed: an earlier delivery's, or another worker's. `None` if it has expired.
    AlreadyExists(Option<Notification>),
}

/// The table of notifications. Cheap to clone.
#[derive(Clone)]
pub struct Notifications {
    dynamo: Dynamo,
    table: String,
}

impl Notifications {
    /// Notifications stored in `table`.
    pub fn new(dynamo: Dynamo, table: impl Into<String>) -> Self {
        Self { dynamo, table: table.into() }
    }

    /// Inserts the notification of an event about an order or an account, unless one of the same exists
    /// with this `dedup_key`. The caller must send a new one.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; it is then unknown whether it was inserted, and a repetition
    /// returns the result.
    pub async fn insert_once(
        &self,
        notification: &Notification,
        dedup_key: &str,
        lease: Lease,
    ) -> Result<InsertOutcome> {
        let mark =
            self.put(codec::dedup_marker(notification, dedup_key)).condition_expression("attribute_not_exists(pk)");
        let mark = mark.return_values_on_condition_check_failure(AllOld);
        match self.put_atomically([mark, self.put(codec::to_item(notification, lease))]).await? {
            None => Ok(InsertOutcome::Inserted),
            Some(existing) => {
                let id = existing.parsed("notificationId")?;
                self.find(notification.user_id, id).await.map(InsertOutcome::AlreadyExists)
            }
        }
    }

    fn put(&self, item: Item) -> PutBuilder {
        Put::builder().table_name(&self.table).set_item(Some(item.into_attributes()))
    }

    /// Writes all items or none; returns the existing item under the first one's key, if that is
    /// why nothing was written.
    async fn put_atomically(&self, puts: impl IntoIterator<Item = PutBuilder>) -> Result<Option<Item>> {
        let puts = puts.into_iter().map(|put| put.build().map(|put| TransactWriteItem::builder().put(put).build()));
        let puts: Vec<_> = puts.collect::<Result<_, _>>().map_err(|e| Error::InvalidItem(e.to_string()))?;
        let Err(reasons) = self.transact(puts).await? else { return Ok(None) };
        existing_item(&reasons).map(|item| Some(item.into())).ok_or(Error::Contended("a notification"))
    }

    /// Does all or nothing; `Err` holds the reasons, in the same order, if a condition failed.
    async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<Result<(), Vec<CancellationReason>>> {
        for _ in 0..MAX_WRITE_ATTEMPTS {
            let write = self.dynamo.client().await.transact_write_items().set_transact_items(Some(items.clone()));
            let cancelled = timed_conditional(write.send(), |rejected| match rejected {
                TransactWriteItemsError::TransactionCanceledException(e) => Some(e.cancellation_reasons().to_vec()),
                _ => None,
            });
            let Err(reasons) = cancelled.await? else { return Ok(Ok(())) };
            if reasons.iter().any(is_failed_condition) {
                return Ok(Err(reasons));
            }
        }
        Err(Error::Contended("a notification"))
    }

    async fn find(&self, user: UserId, id: NotificationId) -> Result<Option<Notification>> {
        let get = self.dynamo.client().await.get_item().table_name(&self.table).consistent_read(true);
        let found = timed(get.key(PK, text(codec::user_partition(user))).key(SK, text(id)).send()).await?;
        found.item.map(|item| codec::from_item(&item.into())).transpose()
    }

    /// A page of a user's notifications, newest first, after the last one of the previous page. Without
    /// messages that only ask to verify an address: they are nothing without the link in their mail.
    ///
    /// # Errors
    /// 503 when DynamoDB is unavailable.
    pub async fn list_of_user(
        &self,
        user: UserId,
        limit: PageSize,
        after: Option<NotificationId>,
    ) -> Result<Page<Notification>, Problem> {
        let fetch = usize::try_from(limit.fetch_limit()).unwrap_or(usize::MAX);
        let (mut rows, mut from) = (Vec::new(), None);
        loop {
            let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true);
            let query = query
                .expression_attribute_values(":pk", text(codec::user_partition(user)))
                .scan_index_forward(false)
                .set_exclusive_start_key(from)
                .limit(i32::try_from(fetch).unwrap_or(i32::MAX));
            let query = match after {
                None => query.key_condition_expression("pk = :pk"),
                Some(id) => query
                    .key_condition_expression("pk = :pk and sk < :after")
                    .expression_attribute_values(":after", text(id)),
            };
            let response = timed(query.send()).await?;
            for item in response.items.unwrap_or_default() {
                let row = codec::from_item(&item.into())?;
                if row.kind != VERIFICATION_TYPE {
                    rows.push(row);
                }
            }
            from = response.last_evaluated_key;
            if from.is_none() || rows.len() >= fetch {
                return Ok(Page::from_partial_rows(rows, limit, from.is_some(), |row| row.id));
            }
        }
    }

    /// Marks a notification as read, once; false if this user has no such notification.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
    pub async fn mark_read(&self, user: UserId, id: NotificationId, at: Timestamp) -> Result<bool> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(codec::user_partition(user)))
            .key(SK, text(id))
            .update_expression("set readAt = if_not_exists(readAt, :now)")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":now", number(at.millis()));
        let seen =
            timed_conditional(update.send(), |rejected| rejected.is_conditional_check_failed_exception().then_some(()));
        Ok(seen.await?.is_ok())
    }

    /// Checks that the table responds.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.dynamo.ping(&self.table).await
    }
}

/// Whether a condition failed: not for lack of time or capacity.
fn is_failed_condition(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// The existing item under the first key, if that is why a transaction was cancelled.
fn existing_item(reasons: &[CancellationReason]) -> Option<HashMap<String, AttributeValue>> {
    let first = reasons.first().filter(|reason| is_failed_condition(reason))?;
    first.item.clone()
}
