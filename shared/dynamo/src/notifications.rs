//! Notifications: partition `user#<id>`, in it a record under its own id, a UUID of version 7:
//! newest first is the partition backwards, and a caller's id with a record's id is its key.
//!
//! A record of a fact is written in one transaction with a mark under (order, what is told), on
//! the condition that the mark is new. So there is one record however often, by how many workers
//! at once, and under which event ids and times a fact is delivered. (A deterministic id would
//! save the mark, but either would not sort by time or would trust that no fact is ever told
//! anew under another time.)

pub(crate) mod shape;

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Put, ReturnValue, TransactWriteItem};
use domain::notifications::{Channel, DeliveryStatus, Notification};
use domain::{Cursor, Limit, NotificationId, Page, Problem, Timestamp, UserId};

use crate::client::{ask, ask_if};
use crate::item::{Item, PK, SK, number, text};
use crate::{Dynamo, Error, Result};

/// How often a record is tried again when another transaction holds its mark. The other one
/// decides within milliseconds; the queue delivers again what is not decided by then.
const MARK_TRIES: usize = 3;
/// The most text of one page, in bytes: JSON may double it, and an ALB takes 1 MB from a function.
const PAGE_BYTES: usize = 400 * 1024;

/// What became of an attempt to write a fact's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noted {
    /// It was written.
    New,
    /// There was one: an earlier delivery's, or another worker's. `None` when it has expired.
    Already(Option<Notification>),
}

/// What the channel said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It took the message at that time.
    Sent(Timestamp),
    /// It did not; the message will be tried again.
    Postponed,
    /// It did not, and the message will not be tried again by itself.
    Failed,
}

/// The table of notifications. Cheap to clone.
#[derive(Clone)]
pub struct Notifications {
    dynamo: Dynamo,
    table: String,
}

impl Notifications {
    /// Notifications kept in `table`.
    pub fn new(dynamo: Dynamo, table: impl Into<String>) -> Self {
        Self { dynamo, table: table.into() }
    }

    /// Writes a notification that was made by hand.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn note(&self, notification: &Notification) -> Result<()> {
        let put = self.dynamo.client().await.put_item().table_name(&self.table);
        ask(put.set_item(Some(shape::write(notification).into_attributes())).send()).await.map(drop)
    }

    /// Writes the notification of a fact about an order, unless `once` has been told of it.
    ///
    /// # Errors
    /// When DynamoDB is away; whether it was written is then unknown, and asking again tells.
    pub async fn note_once(&self, notification: &Notification, once: &str) -> Result<Noted> {
        let mark = self.put(shape::mark(notification, once)?).condition_expression("attribute_not_exists(pk)");
        let mark = mark.return_values_on_condition_check_failure(AllOld);
        let record = self.put(shape::write(notification));
        let puts = [mark, record].map(|put| put.build().map(|put| TransactWriteItem::builder().put(put).build()));
        let puts: Vec<_> = puts.into_iter().collect::<Result<_, _>>().map_err(|e| Error::Item(e.to_string()))?;
        for _ in 0..MARK_TRIES {
            let write = self.dynamo.client().await.transact_write_items().set_transact_items(Some(puts.clone()));
            let cancelled = ask_if(write.send(), |refused| match refused {
                TransactWriteItemsError::TransactionCanceledException(e) => Some(e.cancellation_reasons().to_vec()),
                _ => None,
            });
            let Err(reasons) = cancelled.await? else { return Ok(Noted::New) };
            if let Some(there) = marked(&reasons) {
                let id = Item::from(there).parsed("notificationId")?;
                return self.find(notification.user_id, id).await.map(Noted::Already);
            }
        }
        Err(Error::Contended("a notification"))
    }

    fn put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&self.table).set_item(Some(item.into_attributes()))
    }

    async fn find(&self, user: UserId, id: NotificationId) -> Result<Option<Notification>> {
        let get = self.dynamo.client().await.get_item().table_name(&self.table).consistent_read(true);
        let found = ask(get.key(PK, text(shape::partition(user))).key(SK, text(id)).send()).await?;
        found.item.map(|item| shape::read(&item.into())).transpose()
    }

    /// A page of what a user was told, newest first, after the cursor of the page before.
    ///
    /// # Errors
    /// 400 when the cursor is not one of this list's; 503 when DynamoDB is away.
    pub async fn of_user(
        &self,
        user: UserId,
        limit: Limit,
        after: Option<&Cursor>,
    ) -> Result<Page<Notification>, Problem> {
        let foreign = || Problem::field("cursor", "is not one of this list's");
        let after = after.map(|cursor| cursor.key::<NotificationId>().ok_or_else(foreign)).transpose()?;
        let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true);
        let query = query
            .expression_attribute_values(":pk", text(shape::partition(user)))
            .scan_index_forward(false)
            .limit(i32::try_from(limit.and_one()).unwrap_or(i32::MAX));
        let query = match after {
            None => query.key_condition_expression("pk = :pk"),
            Some(id) => query
                .key_condition_expression("pk = :pk and sk < :after")
                .expression_attribute_values(":after", text(id)),
        };
        let answer = ask(query.send()).await?;
        let rows: Result<Vec<_>> =
            answer.items.unwrap_or_default().into_iter().map(|item| shape::read(&item.into())).collect();
        Ok(cut(rows?, limit, answer.last_evaluated_key.is_some()))
    }

    /// Notes that the user has seen it, once; false when this user has no such notification.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn mark_read(&self, user: UserId, id: NotificationId, at: Timestamp) -> Result<bool> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(shape::partition(user)))
            .key(SK, text(id))
            .update_expression("set readAt = if_not_exists(readAt, :now)")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":now", number(at.millis()));
        let seen = ask_if(update.send(), |refused| refused.is_conditional_check_failed_exception().then_some(()));
        Ok(seen.await?.is_ok())
    }

    /// Counts an attempt and notes its outcome; answers the record as it then is. What has been
    /// sent stays so, whatever another worker's attempt came to. `None` when it has expired.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn mark(&self, told: &Notification, channel: Channel, outcome: Outcome) -> Result<Option<Notification>> {
        let (status, sent_at) = match outcome {
            Outcome::Sent(at) => (DeliveryStatus::Sent, Some(at)),
            Outcome::Postponed => (DeliveryStatus::Queued, None),
            Outcome::Failed => (DeliveryStatus::Failed, None),
        };
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let mut update = update
            .key(PK, text(shape::partition(told.user_id)))
            .key(SK, text(told.id))
            .condition_expression("attribute_exists(pk) and #status <> :sent")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":sent", text(DeliveryStatus::Sent.as_str()))
            .expression_attribute_values(":status", text(status.as_str()))
            .expression_attribute_values(":channel", text(channel.as_str()))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(AllOld);
        let mut set = "set #status = :status, channel = :channel, attempts = attempts + :one".to_owned();
        if let Some(at) = sent_at {
            set.push_str(", sentAt = :at");
            update = update.expression_attribute_values(":at", number(at.millis()));
        }
        let there = ask_if(update.update_expression(set).send(), |refused| match refused {
            UpdateItemError::ConditionalCheckFailedException(e) => Some(e.item.clone()),
            _ => None,
        });
        let now = match there.await? {
            Ok(answer) => answer.attributes,
            Err(there) => there,
        };
        now.map(|item| shape::read(&item.into())).transpose()
    }

    /// Asks the table for a sign of life.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<()> {
        self.dynamo.ping(&self.table).await
    }
}

/// The mark that was there, if that is why a transaction was cancelled.
fn marked(reasons: &[CancellationReason]) -> Option<HashMap<String, AttributeValue>> {
    let mark = reasons.first().filter(|reason| reason.code() == Some("ConditionalCheckFailed"))?;
    mark.item.clone()
}

/// Cuts rows, asked for with [`Limit::and_one`], to a page that is neither too long nor too
/// large; `more` is the store's word that it stopped before the end.
fn cut(mut rows: Vec<Notification>, limit: Limit, more: bool) -> Page<Notification> {
    let all = rows.len();
    let mut bytes = 0;
    let fits = rows.iter().take(limit.rows()).take_while(|row| {
        bytes += row.subject.len() + row.message.len();
        bytes <= PAGE_BYTES
    });
    rows.truncate(fits.count());
    let next = rows.last().filter(|_| more || rows.len() < all).map(|last| Cursor::after(&last.id));
    Page { items: rows, next }
}
