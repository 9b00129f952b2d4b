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

use super::{Lease, Notifications, codec};
use crate::client::{timed, timed_conditional};
use crate::item::{Item, PK, SK, number, text};
use crate::{Error, Result};

/// A client's key for one message, bound to who sent it and with which body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// Who: keys of different callers never meet.
    pub caller: UserId,
    /// As the client chose it.
    pub key: String,
    /// Of the body, so that another body is noticed.
    pub fingerprint: [u8; 32],
}

/// What became of an attempt to write a record by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyedInsertOutcome {
    /// It is there, and its writer's to send.
    Inserted,
    /// The key's request was done before, with this outcome.
    Replay(String),
    /// The key was used with another body.
    FingerprintMismatch,
    /// The key's request is being done, for at most this many milliseconds more.
    InProgress(i64),
    /// The key's first process is gone; it had written this record. The key is ours now.
    Abandoned(Notification),
}

/// A record that waits for somebody to send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotificationRef {
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
    pub async fn insert_admin_message(
        &self,
        told: &Notification,
        lease: Lease,
        key: Option<&RequestKey>,
    ) -> Result<KeyedInsertOutcome> {
        let record = [self.put(codec::pending_marker(told)), self.put(codec::to_item(told, lease))];
        let Some(key) = key else {
            return self.put_atomically(record).await.map(|_| KeyedInsertOutcome::Inserted);
        };
        let now = lease.from;
        let claim = self
            .put(codec::key_claim(key, told, now, now.plus_seconds(LOCK_SECONDS.into())))
            .condition_expression("attribute_not_exists(pk) or expiresAt <= :seconds")
            .expression_attribute_values(":seconds", number(now.seconds()))
            .return_values_on_condition_check_failure(AllOld);
        let there = match self.put_atomically([claim].into_iter().chain(record)).await {
            Ok(None) => return Ok(KeyedInsertOutcome::Inserted),
            Ok(Some(there)) => there,
            // Others with the same key, all at this moment.
            Err(Error::Contended(_)) => return Ok(KeyedInsertOutcome::InProgress(1000)),
            Err(error) => return Err(error),
        };
        if there.str("fingerprint")? != codec::hex(&key.fingerprint) {
            return Ok(KeyedInsertOutcome::FingerprintMismatch);
        }
        if let Some(outcome) = there.optional("outcome", Item::string)? {
            return Ok(KeyedInsertOutcome::Replay(outcome));
        }
        let locked_until = there.timestamp("lockedUntil")?;
        if locked_until > now {
            return Ok(KeyedInsertOutcome::InProgress(locked_until.millis() - now.millis()));
        }
        self.claim_abandoned_key(key, locked_until, now, &there).await
    }

    /// Locks an abandoned key anew; of two who ask, the lock that both saw lets one.
    async fn claim_abandoned_key(
        &self,
        key: &RequestKey,
        seen: Timestamp,
        now: Timestamp,
        there: &Item,
    ) -> Result<KeyedInsertOutcome> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(codec::keys_partition(key.caller)))
            .key(SK, text(&key.key))
            .update_expression("set lockedUntil = :until")
            .condition_expression("lockedUntil = :seen and attribute_not_exists(outcome)")
            .expression_attribute_values(":seen", number(seen.millis()))
            .expression_attribute_values(":until", number(now.plus_seconds(LOCK_SECONDS.into()).millis()));
        let taken =
            timed_conditional(update.send(), |refused| refused.is_conditional_check_failed_exception().then_some(()));
        if taken.await?.is_err() {
            return Ok(KeyedInsertOutcome::InProgress(1000));
        }
        let NotificationRef { user, id } = codec::parse_notification_ref(there)?;
        let record = self.find(user, id).await?;
        record
            .map(KeyedInsertOutcome::Abandoned)
            .ok_or_else(|| Error::InvalidItem("a key outlived its record".to_owned()))
    }

    /// Keeps what a key answers from now on: what was kept before, if there was something.
    ///
    /// # Errors
    /// When DynamoDB is away; the key's next request then tells what was done.
    pub async fn store_outcome(&self, key: &RequestKey, told: NotificationId, outcome: &str) -> Result<Option<String>> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(codec::keys_partition(key.caller)))
            .key(SK, text(&key.key))
            .update_expression("set outcome = :outcome")
            .condition_expression("notificationId = :id and attribute_not_exists(outcome)")
            .expression_attribute_values(":id", text(told))
            .expression_attribute_values(":outcome", text(outcome))
            .return_values_on_condition_check_failure(AllOld);
        let kept = timed_conditional(update.send(), |refused| match refused {
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
    pub async fn list_pending(&self, after: Option<NotificationId>, limit: i32) -> Result<Vec<NotificationRef>> {
        let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true);
        let query = query.expression_attribute_values(":due", text(codec::PENDING)).limit(limit);
        let query = match after {
            None => query.key_condition_expression("pk = :due"),
            Some(id) => query
                .key_condition_expression("pk = :due and sk > :after")
                .expression_attribute_values(":after", text(id)),
        };
        let found = timed(query.send()).await?.items.unwrap_or_default();
        found.into_iter().map(|item| codec::parse_notification_ref(&item.into())).collect()
    }

    /// Forgets that a record waits.
    ///
    /// # Errors
    /// When DynamoDB is away; recovery then finds that there is nothing to do.
    pub async fn delete_pending_marker(&self, id: NotificationId) -> Result<()> {
        let delete = self.dynamo.client().await.delete_item().table_name(&self.table);
        timed(delete.key(PK, text(codec::PENDING)).key(SK, text(id)).send()).await.map(drop)
    }

    /// The record that waits, as it is; `None` when it has expired.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn find_by_ref(&self, reference: NotificationRef) -> Result<Option<Notification>> {
        self.find(reference.user, reference.id).await
    }
}
