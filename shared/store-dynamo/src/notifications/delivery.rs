//! Sending a record: the lease of its sender, and the outcome.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use domain::Timestamp;
use domain::notifications::{Channel, DeliveryStatus, Notification};

use super::{Notifications, codec};
use crate::Result;
use crate::client::timed_conditional;
use crate::item::{PK, SK, number, text};

/// A time for which one sender has a record alone. It ends by itself: a crashed sender does not
/// prevent a later attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub from: Timestamp,
    /// When another sender may take the record.
    pub until: Timestamp,
}

/// The result of acquiring a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseOutcome {
    /// The caller may send it; with its current state.
    Acquired(Notification),
    AlreadySent,
    /// Another worker is sending it, or it is to be retried later.
    Busy,
    /// It is part of the next digest.
    DeferredToDigest,
    Expired,
}

/// The response of the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// It accepted the message at that time.
    Sent(Timestamp),
    /// It did not; the message will be retried, not before that time if there is one.
    Postponed(Option<Timestamp>),
    /// It did not, and the message will not be retried automatically.
    Failed,
}

impl Notifications {
    /// Acquires the lease of a stored record, to send it.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; a lease that was acquired nevertheless ends by itself.
    pub async fn acquire_lease(&self, notification: &Notification, lease: Lease) -> Result<LeaseOutcome> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(codec::user_partition(notification.user_id)))
            .key(SK, text(notification.id))
            .update_expression("set heldUntil = :until")
            .condition_expression(
                "attribute_exists(pk) and #status <> :sent and attribute_not_exists(waitsSince)
                 and (attribute_not_exists(heldUntil) or heldUntil <= :now)",
            )
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":sent", text(DeliveryStatus::Sent.as_str()))
            .expression_attribute_values(":now", number(lease.from.millis()))
            .expression_attribute_values(":until", number(lease.until.millis()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(AllOld);
        match timed_conditional(update.send(), current_item).await? {
            Ok(output) => Ok(match output.attributes {
                Some(item) => LeaseOutcome::Acquired(codec::from_item(&item.into())?),
                None => LeaseOutcome::Expired,
            }),
            Err(None) => Ok(LeaseOutcome::Expired),
            Err(Some(item)) => {
                let item = item.into();
                Ok(match codec::from_item(&item)?.status {
                    DeliveryStatus::Sent => LeaseOutcome::AlreadySent,
                    _ if item.has(codec::DEFERRED_SINCE) => LeaseOutcome::DeferredToDigest,
                    _ => LeaseOutcome::Busy,
                })
            }
        }
    }

    /// Counts an attempt and stores its outcome, which ends the lease; returns the resulting
    /// record. A sent record stays sent, whatever another worker's attempt resulted in. `None` if
    /// it has expired.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
    pub async fn record_outcome(
        &self,
        notification: &Notification,
        channel: Channel,
        outcome: SendOutcome,
    ) -> Result<Option<Notification>> {
        let (status, sent_at, again_at) = match outcome {
            SendOutcome::Sent(at) => (DeliveryStatus::Sent, Some(at), None),
            SendOutcome::Postponed(at) => (DeliveryStatus::Queued, None, at),
            SendOutcome::Failed => (DeliveryStatus::Failed, None, None),
        };
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let mut update = update
            .key(PK, text(codec::user_partition(notification.user_id)))
            .key(SK, text(notification.id))
            .condition_expression("attribute_exists(pk) and #status <> :sent")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":sent", text(DeliveryStatus::Sent.as_str()))
            .expression_attribute_values(":status", text(status.as_str()))
            .expression_attribute_values(":channel", text(channel.as_str()))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(AllOld);
        let mut change = "set #status = :status, channel = :channel, attempts = attempts + :one".to_owned();
        if let Some(at) = sent_at {
            change.push_str(", sentAt = :at");
            update = update.expression_attribute_values(":at", number(at.millis()));
        }
        if let Some(at) = again_at {
            change.push_str(", heldUntil = :again");
            update = update.expression_attribute_values(":again", number(at.millis()));
        } else {
            change.push_str(" remove heldUntil");
        }
        let now = match timed_conditional(update.update_expression(change).send(), current_item).await? {
            Ok(output) => output.attributes,
            Err(item) => item,
        };
        now.map(|item| codec::from_item(&item.into())).transpose()
    }
}

type Attributes = std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>;

/// The current record, if a condition prevented the change.
fn current_item(rejected: &UpdateItemError) -> Option<Option<Attributes>> {
    match rejected {
        UpdateItemError::ConditionalCheckFailedException(e) => Some(e.item.clone()),
        _ => None,
    }
}
