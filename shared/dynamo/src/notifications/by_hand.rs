//! Records that no queue delivers: written with a marker by which recovery finds them, and with
//! the client's idempotency key if there is one, all in one transaction.
//!
//! The key's item is the claim and names the record, so a claim without a record, or a second
//! record for one key, cannot be. Time is the caller's: two clocks that differ may at worst let
//! two send one record early, which its hold then judges.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use domain::idempotency::LOCK_SECONDS;
use domain::notifications::Notification;
use domain::{NotificationId, Timestamp, UserId};

use super::{Hold, Notifications, shape};
use crate::client::{ask, ask_if};
use crate::item::{Item, PK, SK, number, text};
use crate::{Error, Result};

/// A client's key for one message, bound to who sent it and with which body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Who: keys of different callers never meet.
    pub caller: UserId,
    /// As the client chose it.
    pub key: String,
    /// Of the body, so that another body is noticed.
    pub fingerprint: [u8; 32],
}

/// What became of an attempt to write a record by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is there, and its writer's to send.
    New,
    /// The key's request was done before, with this outcome.
    Before(String),
    /// The key was used with another body.
    OtherBody,
    /// The key's request is being done, for at most this many milliseconds more.
    Busy(i64),
    /// The key's first process is gone; it had written this record. The key is ours now.
    Abandoned(Notification),
}

/// A record that waits for somebody to send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub id: NotificationId,
}

impl Notifications {
    /// Writes a record with its marker, unless the key was used before.
    ///
    /// # Errors
    /// When DynamoDB is away; whether it was written is then unknown, and the key tells.
    pub async fn write_by_hand(&self, told: &Notification, hold: Hold, key: Option<&Key>) -> Result<Written> {
        let record = [self.put(shape::due(told)), self.put(shape::write(told, hold))];
        let Some(key) = key else {
            return self.write_together(record).await.map(|_| Written::New);
        };
        let now = hold.from;
        let claim = self
            .put(shape::claim(key, told, now, now.plus_seconds(LOCK_SECONDS.into())))
            .condition_expression("attribute_not_exists(pk) or expiresAt <= :seconds")
            .expression_attribute_values(":seconds", number(now.seconds()))
            .return_values_on_condition_check_failure(AllOld);
        let there = match self.write_together([claim].into_iter().chain(record)).await {
            Ok(None) => return Ok(Written::New),
            Ok(Some(there)) => there,
            // Others with the same key, all at this moment.
            Err(Error::Contended(_)) => return Ok(Written::Busy(1000)),
            Err(error) => return Err(error),
        };
        if there.str("fingerprint")? != shape::hex(&key.fingerprint) {
            return Ok(Written::OtherBody);
        }
        if let Some(outcome) = there.optional("outcome", Item::string)? {
            return Ok(Written::Before(outcome));
        }
        let locked_until = there.at("lockedUntil")?;
        if locked_until > now {
            return Ok(Written::Busy(locked_until.millis() - now.millis()));
        }
        self.take_over(key, locked_until, now, &there).await
    }

    /// Locks an abandoned key anew; of two who ask, the lock that both saw lets one.
    async fn take_over(&self, key: &Key, seen: Timestamp, now: Timestamp, there: &Item) -> Result<Written> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(shape::keys_of(key.caller)))
            .key(SK, text(&key.key))
            .update_expression("set lockedUntil = :until")
            .condition_expression("lockedUntil = :seen and attribute_not_exists(outcome)")
            .expression_attribute_values(":seen", number(seen.millis()))
            .expression_attribute_values(":until", number(now.plus_seconds(LOCK_SECONDS.into()).millis()));
        let taken = ask_if(update.send(), |refused| refused.is_conditional_check_failed_exception().then_some(()));
        if taken.await?.is_err() {
            return Ok(Written::Busy(1000));
        }
        let Due { user, id } = shape::named(there)?;
        let record = self.find(user, id).await?;
        record.map(Written::Abandoned).ok_or_else(|| Error::Item("a key outlived its record".to_owned()))
    }

    /// Keeps what a key answers from now on: what was kept before, if there was something.
    ///
    /// # Errors
    /// When DynamoDB is away; the key's next request then tells what was done.
    pub async fn keep(&self, key: &Key, told: NotificationId, outcome: &str) -> Result<Option<String>> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(shape::keys_of(key.caller)))
            .key(SK, text(&key.key))
            .update_expression("set outcome = :outcome")
            .condition_expression("notificationId = :id and attribute_not_exists(outcome)")
            .expression_attribute_values(":id", text(told))
            .expression_attribute_values(":outcome", text(outcome))
            .return_values_on_condition_check_failure(AllOld);
        let kept = ask_if(update.send(), |refused| match refused {
            UpdateItemError::ConditionalCheckFailedException(e) => Some(e.item.clone()),
            _ => None,
        });
        match kept.await? {
            Ok(_) | Err(None) => Ok(None),
            Err(Some(there)) => Item::from(there).optional("outcome", Item::string),
        }
    }

    /// Records that wait to be sent, oldest first, behind `after`; some may be held.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn due(&self, after: Option<NotificationId>, limit: i32) -> Result<Vec<Due>> {
        let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true);
        let query = query.expression_attribute_values(":due", text(shape::DUE)).limit(limit);
        let query = match after {
            None => query.key_condition_expression("pk = :due"),
            Some(id) => query
                .key_condition_expression("pk = :due and sk > :after")
                .expression_attribute_values(":after", text(id)),
        };
        let found = ask(query.send()).await?.items.unwrap_or_default();
        found.into_iter().map(|item| shape::named(&item.into())).collect()
    }

    /// Forgets that a record waits.
    ///
    /// # Errors
    /// When DynamoDB is away; recovery then finds that there is nothing to do.
    pub async fn settle(&self, id: NotificationId) -> Result<()> {
        let delete = self.dynamo.client().await.delete_item().table_name(&self.table);
        ask(delete.key(PK, text(shape::DUE)).key(SK, text(id)).send()).await.map(drop)
    }

    /// The record that waits, as it is; `None` when it has expired.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn find_due(&self, due: Due) -> Result<Option<Notification>> {
        self.find(due.user, due.id).await
    }
}
