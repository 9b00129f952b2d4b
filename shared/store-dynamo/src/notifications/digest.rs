//! Mails of one user: how many were sent, and which records wait for a digest.
//!
//! A day of a user is one item, with a count for the day and one for each hour: both are compared
//! and incremented in one write, so that however many workers try at once, no more than the limit
//! are let through. A record above the limit is marked and put into the partition `waiting` in one
//! transaction: from then on only the digest sends it. A digest closes its records and deletes
//! their markers in one transaction, so each is listed, and none is forgotten.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem, Update};
use domain::notifications::{Channel, DeliveryStatus, MailLimit, Notification};
use domain::{NotificationId, Timestamp, UserId};

use super::{Lease, Notifications, SendOutcome, codec, is_failed_condition};
use crate::client::{timed, timed_conditional};
use crate::item::{EXPIRES_AT, Item, PK, SK, number, text};
use crate::{Error, Result};

/// Records that one transaction closes: it allows a hundred writes, and each record needs two.
const RECORDS_PER_TRANSACTION: usize = 50;

/// A record that waits for a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestEntry {
    pub user: UserId,
    pub id: NotificationId,
    /// Its line in the digest.
    pub subject: String,
    /// When its event happened.
    pub created_at: Timestamp,
    /// Since when it waits.
    pub deferred_at: Timestamp,
    /// When a digest with it may go out.
    pub not_before: Timestamp,
}

impl Notifications {
    /// Counts one more mail to this user; false if that would exceed the limit, and then nothing is
    /// counted.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; it may be counted nevertheless.
    pub async fn count_mail(&self, user: UserId, at: Timestamp, limit: MailLimit) -> Result<bool> {
        let (day, second) = (at.seconds().div_euclid(86_400), at.seconds().rem_euclid(86_400));
        let end = (day + 1) * 86_400 + codec::COUNT_RETENTION_SECONDS;
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(codec::mails_partition(user)))
            .key(SK, text(format_args!("day#{day}")))
            .update_expression("set expiresAt = :end add mails :one, #hour :one")
            .condition_expression(
                "(attribute_not_exists(mails) or mails < :day) and (attribute_not_exists(#hour) or #hour < :hour)",
            )
            .expression_attribute_names("#hour", format!("hour{}", second / 3600))
            .expression_attribute_values(":end", number(end))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":day", number(limit.per_day))
            .expression_attribute_values(":hour", number(limit.per_hour));
        let counted =
            timed_conditional(update.send(), |rejected| rejected.is_conditional_check_failed_exception().then_some(()));
        Ok(counted.await?.is_ok())
    }

    /// Defers a record with a lease to the next digest, which goes out at `not_before` or later.
    /// False if it was sent in the meantime, or has expired.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; it is then unknown whether it was deferred, and
    /// [`Notifications::acquire_lease`] tells.
    pub async fn defer_to_digest(
        &self,
        notification: &Notification,
        now: Timestamp,
        not_before: Timestamp,
    ) -> Result<bool> {
        let waiting = DigestEntry {
            user: notification.user_id,
            id: notification.id,
            subject: notification.subject.clone(),
            created_at: notification.created_at,
            deferred_at: now,
            not_before,
        };
        let marker = self.put(codec::digest_marker(&waiting, codec::expires_at_seconds(notification))).build();
        let marker = marker.map_err(|e| Error::InvalidItem(e.to_string()))?;
        let record = self
            .record_update(&waiting)
            .update_expression("set waitsSince = :now remove heldUntil")
            .condition_expression("attribute_exists(pk) and #status <> :sent")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":sent", text(DeliveryStatus::Sent.as_str()))
            .expression_attribute_values(":now", number(now.millis()));
        let both = vec![build_update(record)?, TransactWriteItem::builder().put(marker).build()];
        Ok(self.transact(both).await?.is_ok())
    }

    /// The first user after `after` with waiting records.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
    pub async fn next_digest_user(&self, after: Option<UserId>) -> Result<Option<UserId>> {
        let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true).limit(1);
        let query = query.expression_attribute_values(":waiting", text(codec::AWAITING_DIGEST));
        let query = match after {
            None => query.key_condition_expression("pk = :waiting"),
            // After every id: those consist of hexadecimal digits.
            Some(user) => query
                .key_condition_expression("pk = :waiting and sk > :after")
                .expression_attribute_values(":after", text(codec::digest_sort_key(user, '~'))),
        };
        let found = timed(query.send()).await?.items.unwrap_or_default();
        found.into_iter().next().map(|item| Ok(codec::parse_digest_entry(&item.into())?.user)).transpose()
    }

    /// The waiting records of one user, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
    pub async fn list_digest_entries(&self, user: UserId, limit: i32) -> Result<Vec<DigestEntry>> {
        let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true).limit(limit);
        let query = query
            .key_condition_expression("pk = :waiting and begins_with(sk, :user)")
            .expression_attribute_values(":waiting", text(codec::AWAITING_DIGEST))
            .expression_attribute_values(":user", text(codec::digest_sort_key(user, "")));
        let found = timed(query.send()).await?.items.unwrap_or_default();
        found.into_iter().map(|item| codec::parse_digest_entry(&item.into())).collect()
    }

    /// Acquires the lease of a user's digest, to send it; false while another worker has it, or it
    /// is too early.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; a lease that was acquired nevertheless ends by itself.
    pub async fn acquire_digest_lease(&self, user: UserId, lease: Lease) -> Result<bool> {
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(codec::mails_partition(user)))
            .key(SK, text("digest"))
            .update_expression("set heldUntil = :until, expiresAt = :end")
            .condition_expression("attribute_not_exists(heldUntil) or heldUntil <= :now")
            .expression_attribute_values(":now", number(lease.from.millis()))
            .expression_attribute_values(":until", number(lease.until.millis()))
            .expression_attribute_values(":end", number(lease.until.seconds() + codec::COUNT_RETENTION_SECONDS));
        let held =
            timed_conditional(update.send(), |rejected| rejected.is_conditional_check_failed_exception().then_some(()));
        Ok(held.await?.is_ok())
    }

    /// Prevents a digest to this user before `until`: one was sent, or could not be.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; the lease then ends as planned.
    pub async fn delay_digest(&self, user: UserId, until: Timestamp) -> Result<()> {
        let item = Item::with_key(codec::mails_partition(user), "digest")
            .time("heldUntil", until)
            .number(EXPIRES_AT, until.seconds() + codec::COUNT_RETENTION_SECONDS);
        let put = self.dynamo.client().await.put_item().table_name(&self.table);
        timed(put.set_item(Some(item.into_attributes())).send()).await.map(drop)
    }

    /// Stores the outcome of a digest's records and deletes their markers: for each record both or
    /// neither. A sent record stays sent.
    ///
    /// # Errors
    /// When DynamoDB is unavailable: what is not closed waits for the next digest.
    pub async fn close_digest_entries(
        &self,
        waiting: &[DigestEntry],
        channel: Channel,
        outcome: SendOutcome,
    ) -> Result<()> {
        for part in waiting.chunks(RECORDS_PER_TRANSACTION) {
            let mut left: Vec<&DigestEntry> = part.iter().collect();
            while !left.is_empty() {
                let mut items = Vec::with_capacity(left.len() * 2);
                for one in &left {
                    items.extend([build_update(self.outcome_update(one, channel, outcome))?, self.marker_delete(one)?]);
                }
                let Err(reasons) = self.transact(items).await? else { break };
                // Sent by another sender, or expired: of those only the markers are deleted.
                let rejected = |place: &usize| reasons.get(place * 2).is_some_and(is_failed_condition);
                let (gone, rest): (Vec<_>, Vec<_>) = left.into_iter().enumerate().partition(|(n, _)| rejected(n));
                for (_, one) in &gone {
                    let delete = self.dynamo.client().await.delete_item().table_name(&self.table);
                    let delete = delete
                        .key(PK, text(codec::AWAITING_DIGEST))
                        .key(SK, text(codec::digest_sort_key(one.user, one.id)));
                    timed(delete.send()).await?;
                }
                if gone.is_empty() {
                    return Err(Error::Contended("a digest"));
                }
                left = rest.into_iter().map(|(_, one)| one).collect();
            }
        }
        Ok(())
    }

    /// An update of the waiting record.
    fn record_update(&self, entry: &DigestEntry) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .key(PK, text(codec::user_partition(entry.user)))
            .key(SK, text(entry.id))
    }

    fn outcome_update(&self, entry: &DigestEntry, channel: Channel, outcome: SendOutcome) -> UpdateBuilder {
        let (status, sent_at) = match outcome {
            SendOutcome::Sent(at) => (DeliveryStatus::Sent, Some(at)),
            SendOutcome::Postponed(_) => (DeliveryStatus::Queued, None),
            SendOutcome::Failed => (DeliveryStatus::Failed, None),
        };
        let change = "set #status = :status, channel = :channel, attempts = attempts + :one";
        let update = self
            .record_update(entry)
            .condition_expression("attribute_exists(pk) and #status <> :sent")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":sent", text(DeliveryStatus::Sent.as_str()))
            .expression_attribute_values(":status", text(status.as_str()))
            .expression_attribute_values(":channel", text(channel.as_str()))
            .expression_attribute_values(":one", number(1));
        match sent_at {
            Some(at) => update
                .update_expression(format!("{change}, sentAt = :at remove heldUntil, waitsSince"))
                .expression_attribute_values(":at", number(at.millis())),
            None => update.update_expression(format!("{change} remove heldUntil, waitsSince")),
        }
    }

    fn marker_delete(&self, entry: &DigestEntry) -> Result<TransactWriteItem> {
        let delete = Delete::builder().table_name(&self.table).key(PK, text(codec::AWAITING_DIGEST));
        let delete = delete.key(SK, text(codec::digest_sort_key(entry.user, entry.id))).build();
        let delete = delete.map_err(|e| Error::InvalidItem(e.to_string()))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

fn build_update(update: UpdateBuilder) -> Result<TransactWriteItem> {
    let update = update.build().map_err(|e| Error::InvalidItem(e.to_string()))?;
    Ok(TransactWriteItem::builder().update(update).build())
}
