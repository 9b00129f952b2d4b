//! Sending a record: who may, and what came of it.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use domain::Timestamp;
use domain::notifications::{Channel, DeliveryStatus, Notification};

use super::{Notifications, shape};
use crate::Result;
use crate::client::ask_if;
use crate::item::{PK, SK, number, text};

/// A time for which a record is one sender's alone. It ends by itself: whoever has died with it
/// keeps nobody from sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// When it begins.
    pub from: Timestamp,
    /// When another sender may take the record.
    pub until: Timestamp,
}

/// What became of an attempt to hold a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is ours to send; as it now is.
    Ours(Notification),
    /// It was sent.
    Sent,
    /// Somebody else is sending it, or it is to be tried later.
    Elsewhere,
    /// The next digest tells of it.
    Waits,
    /// It has expired.
    Gone,
}

/// What the channel said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It took the message at that time.
    Sent(Timestamp),
    /// It did not; the message will be tried again, not before that time if there is one.
    Postponed(Option<Timestamp>),
    /// It did not, and the message will not be tried again by itself.
    Failed,
}

impl Notifications {
    /// Takes a record that was written before, to send it.
    ///
    /// # Errors
    /// When DynamoDB is away; if it is held then, the hold ends by itself.
    pub async fn hold(&self, told: &Notification, hold: Hold) -> Result<Held> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(shape::partition(told.user_id)))
            .key(SK, text(told.id))
            .update_expression("set heldUntil = :until")
            .condition_expression(
                "attribute_exists(pk) and #status <> :sent and attribute_not_exists(waitsSince)
                 and (attribute_not_exists(heldUntil) or heldUntil <= :now)",
            )
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":sent", text(DeliveryStatus::Sent.as_str()))
            .expression_attribute_values(":now", number(hold.from.millis()))
            .expression_attribute_values(":until", number(hold.until.millis()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(AllOld);
        match ask_if(update.send(), there).await? {
            Ok(answer) => Ok(match answer.attributes {
                Some(item) => Held::Ours(shape::read(&item.into())?),
                None => Held::Gone,
            }),
            Err(None) => Ok(Held::Gone),
            Err(Some(item)) => {
                let item = item.into();
                Ok(match shape::read(&item)?.status {
                    DeliveryStatus::Sent => Held::Sent,
                    _ if item.has(shape::WAITS_SINCE) => Held::Waits,
                    _ => Held::Elsewhere,
                })
            }
        }
    }

    /// Counts an attempt and notes its outcome, which ends the hold; answers the record as it
    /// then is. What has been sent stays so, whatever another worker's attempt came to. `None`
    /// when it has expired.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn mark(&self, told: &Notification, channel: Channel, outcome: Outcome) -> Result<Option<Notification>> {
        let (status, sent_at, again_at) = match outcome {
            Outcome::Sent(at) => (DeliveryStatus::Sent, Some(at), None),
            Outcome::Postponed(at) => (DeliveryStatus::Queued, None, at),
            Outcome::Failed => (DeliveryStatus::Failed, None, None),
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
        let now = match ask_if(update.update_expression(change).send(), there).await? {
            Ok(answer) => answer.attributes,
            Err(there) => there,
        };
        now.map(|item| shape::read(&item.into())).transpose()
    }
}

type Attributes = std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>;

/// The record as it is, where a condition refused to change it.
fn there(refused: &UpdateItemError) -> Option<Option<Attributes>> {
    match refused {
        UpdateItemError::ConditionalCheckFailedException(e) => Some(e.item.clone()),
        _ => None,
    }
}
