//! Admin messages, which no queue delivers: written with a marker by which recovery finds them, and
//! with the client's idempotency key if there is one, all in one transaction.
//!
//! The key's item is the claim and names the record, so there can be no claim without a record, and
//! no second record for one key. The caller passes the time: two clocks that differ may at worst
//! let two processes send one record early, which its lease then prevents.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use domain::idempotency::{ClaimOutcome, IdempotencyKey, LOCK_SECONDS, StoredOutcome};
use domain::notifications::Notification;
use domain::{NotificationId, Timestamp, UserId};

use super::{Lease, Notifications, codec};
use crate::client::{timed, timed_conditional};
use crate::item::{Item, PK, SK, number, text};
use crate::{Error, Result};

/// The key of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotificationRef {
    pub user: UserId,
    pub id: NotificationId,
}

impl Notifications {
    /// Inserts a record with its marker, unless the key was used before.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; it is then unknown whether it was inserted, and the key tells.
    pub async fn insert_admin_message(
        &self,
        message: &Notification,
        lease: Lease,
        key: Option<&IdempotencyKey>,
    ) -> Result<ClaimOutcome<(), Notification>> {
        let record = [self.put(codec::pending_marker(message)), self.put(codec::to_item(message, lease))];
        let Some(key) = key else {
            return self.put_atomically(record).await.map(|_| ClaimOutcome::Claimed(()));
        };
        let now = lease.from;
        let claim = self
            .put(codec::key_claim(key, message, now, now.plus_seconds(LOCK_SECONDS.into())))
            .condition_expression("attribute_not_exists(pk) or expiresAt <= :seconds")
            .expression_attribute_values(":seconds", number(now.seconds()))
            .return_values_on_condition_check_failure(AllOld);
        let existing = match self.put_atomically([claim].into_iter().chain(record)).await {
            Ok(None) => return Ok(ClaimOutcome::Claimed(())),
            Ok(Some(item)) => item,
            // Other requests with the same key, at this very moment.
            Err(Error::Contended(_)) => return Ok(ClaimOutcome::InProgress(1.0)),
            Err(error) => return Err(error),
        };
        if existing.str("fingerprint")? != codec::hex(&key.fingerprint) {
            return Ok(ClaimOutcome::FingerprintMismatch);
        }
        if let Some(json) = existing.optional("outcome", Item::string)? {
            return Ok(ClaimOutcome::Replay(StoredOutcome { json, request_id: None }));
        }
        let locked_until = existing.timestamp("lockedUntil")?;
        if locked_until > now {
            return Ok(ClaimOutcome::InProgress((locked_until.millis() - now.millis()) as f64 / 1000.0));
        }
        self.claim_abandoned_key(key, locked_until, now, &existing).await
    }

    /// Locks an abandoned key again; among concurrent callers, the condition on the previous lock
    /// lets only one succeed.
    async fn claim_abandoned_key(
        &self,
        key: &IdempotencyKey,
        expected_lock: Timestamp,
        now: Timestamp,
        claim: &Item,
    ) -> Result<ClaimOutcome<(), Notification>> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(codec::keys_partition(key.user)))
            .key(SK, text(&key.key))
            .update_expression("set lockedUntil = :until")
            .condition_expression("lockedUntil = :seen and attribute_not_exists(outcome)")
            .expression_attribute_values(":seen", number(expected_lock.millis()))
            .expression_attribute_values(":until", number(now.plus_seconds(LOCK_SECONDS.into()).millis()));
        let claimed =
            timed_conditional(update.send(), |refused| refused.is_conditional_check_failed_exception().then_some(()));
        if claimed.await?.is_err() {
            return Ok(ClaimOutcome::InProgress(1.0));
        }
        let NotificationRef { user, id } = codec::parse_notification_ref(claim)?;
        let record = self.find(user, id).await?;
        record.map(ClaimOutcome::Abandoned).ok_or_else(|| Error::InvalidItem("a key outlived its record".to_owned()))
    }

    /// Stores the outcome of a key's request. Returns the stored one if an earlier request had stored it.
    ///
    /// # Errors
    /// When DynamoDB is unreachable; the next request with the key then finds the message.
    pub async fn store_outcome(
        &self,
        key: &IdempotencyKey,
        message: NotificationId,
        json: &str,
    ) -> Result<Option<StoredOutcome>> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(codec::keys_partition(key.user)))
            .key(SK, text(&key.key))
            .update_expression("set outcome = :outcome")
            .condition_expression("notificationId = :id and attribute_not_exists(outcome)")
            .expression_attribute_values(":id", text(message))
            .expression_attribute_values(":outcome", text(json))
            .return_values_on_condition_check_failure(AllOld);
        let stored = timed_conditional(update.send(), |rejected| match rejected {
            UpdateItemError::ConditionalCheckFailedException(e) => Some(e.item.clone()),
            _ => None,
        });
        match stored.await? {
            Ok(_) | Err(None) => Ok(None),
            Err(Some(item)) => {
                let json = Item::from(item).optional("outcome", Item::string)?;
                Ok(json.map(|json| StoredOutcome { json, request_id: None }))
            }
        }
    }

    /// Records that wait to be sent, oldest first, after `after`; some may have a lease.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
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

    /// Deletes the marker of a record.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; recovery then finds that there is nothing to do.
    pub async fn delete_pending_marker(&self, id: NotificationId) -> Result<()> {
        let delete = self.dynamo.client().await.delete_item().table_name(&self.table);
        timed(delete.key(PK, text(codec::PENDING)).key(SK, text(id)).send()).await.map(drop)
    }

    /// The waiting record in its current state; `None` if it has expired.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
    pub async fn find_by_ref(&self, reference: NotificationRef) -> Result<Option<Notification>> {
        self.find(reference.user, reference.id).await
    }
}
