//! Admin messages: no queue redelivers them, so recovery sends what was not sent.

use std::time::Duration;

use domain::notifications::{DeliveryStatus, Notification};
use domain::{NotificationId, Problem, Timestamp};
use store_dynamo::notifications::{LeaseOutcome, NotificationRef};
use tokio::time::Instant;

use crate::dispatcher::RetryPolicy;
use crate::{DeliveryOutcome, Dispatcher};

/// How long an unavailable channel is retried, in seconds: a day, as a mail server would.
pub(crate) const RETRY_WINDOW_SECONDS: i64 = 24 * 3600;
/// The pause after the first attempt, in seconds, and the longest one; it doubles in between.
const FIRST_BACKOFF_SECONDS: i64 = 60;
const MAX_BACKOFF_SECONDS: i64 = 3600;
/// How many waiting records are read at once.
const PAGE_SIZE: i32 = 50;

impl Dispatcher {
    /// Sends an admin message whose lease the caller has. If it is not sent, recovery retries it
    /// for a day.
    ///
    /// # Errors
    /// When its record cannot be updated: the message may have been sent, and recovery sends it
    /// again.
    pub async fn deliver_admin_message(&self, notification: Notification) -> Result<Notification, Problem> {
        let retry = retry_policy(&notification, self.clock.now());
        let delivery = self.deliver(notification, retry).await?;
        let waits = matches!(delivery, DeliveryOutcome::DeferredToDigest(_));
        let notification = delivery.into_notification();
        if waits || notification.status != DeliveryStatus::Queued {
            self.delete_pending_marker(notification.id).await;
        }
        Ok(notification)
    }

    /// Sends waiting messages without a lease, and due digests, until about `budget` is used up;
    /// returns the number sent. Safe to run concurrently.
    ///
    /// # Errors
    /// When the table is unavailable.
    pub async fn send_pending(&self, budget: Duration) -> Result<usize, Problem> {
        let until = Instant::now() + budget;
        // Both, even if one fails.
        let (by_hand, digests) = tokio::join!(self.send_pending_admin_messages(until), self.send_due_digests(until));
        Ok(by_hand? + digests?)
    }

    async fn send_pending_admin_messages(&self, until: Instant) -> Result<usize, Problem> {
        let (mut sent, mut after) = (0, None);
        loop {
            let waiting = self.notifications.list_pending(after, PAGE_SIZE).await?;
            let Some(last) = waiting.last() else { return Ok(sent) };
            after = Some(last.id);
            for due in waiting {
                if Instant::now() >= until {
                    return Ok(sent);
                }
                sent += usize::from(self.send_one_pending(due).await?);
            }
        }
    }

    /// Whether this one was sent now.
    async fn send_one_pending(&self, due: NotificationRef) -> Result<bool, Problem> {
        let record = self.notifications.find_by_ref(due).await?;
        let Some(record) = record.filter(|notification| notification.status == DeliveryStatus::Queued) else {
            // Its sender crashed before it deleted the marker, or the record has expired.
            self.delete_pending_marker(due.id).await;
            return Ok(false);
        };
        match self.acquire_lease(&record).await? {
            LeaseOutcome::Acquired(notification) => {
                Ok(self.deliver_admin_message(notification).await?.status == DeliveryStatus::Sent)
            }
            LeaseOutcome::DeferredToDigest => {
                // Its sender crashed before it deleted the marker.
                self.delete_pending_marker(record.id).await;
                Ok(false)
            }
            LeaseOutcome::AlreadySent | LeaseOutcome::Busy | LeaseOutcome::Expired => Ok(false),
        }
    }

    async fn delete_pending_marker(&self, id: NotificationId) {
        if let Err(error) = self.notifications.delete_pending_marker(id).await {
            tracing::warn!(notification.id = %id, %error, "A marker could not be removed; recovery removes it.");
        }
    }
}

fn retry_policy(notification: &Notification, now: Timestamp) -> RetryPolicy {
    if now >= notification.created_at.plus_seconds(RETRY_WINDOW_SECONDS) {
        return RetryPolicy::Never;
    }
    let doubled = FIRST_BACKOFF_SECONDS.saturating_mul(2_i64.saturating_pow(notification.attempts));
    RetryPolicy::At(now.plus_seconds(doubled.min(MAX_BACKOFF_SECONDS)))
}
