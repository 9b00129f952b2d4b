//! Messages by hand: no queue delivers them again, so recovery sends what did not go out.

use std::time::Duration;

use domain::notifications::{DeliveryStatus, Notification};
use domain::{NotificationId, Problem, Timestamp};
use store_dynamo::notifications::{LeaseOutcome, NotificationRef};
use tokio::time::Instant;

use crate::dispatcher::RetryPolicy;
use crate::{DeliveryOutcome, Dispatcher};

/// For how long a channel that is away is tried, in seconds: a day, as a mail server would.
pub(crate) const RETRY_WINDOW_SECONDS: i64 = 24 * 3600;
/// The pause after the first try, in seconds, and the longest one; it doubles in between.
const FIRST_BACKOFF_SECONDS: i64 = 60;
const MAX_BACKOFF_SECONDS: i64 = 3600;
/// How many waiting records are read at once.
const PAGE_SIZE: i32 = 50;

impl Dispatcher {
    /// Sends a message that was written by hand and is held. One that does not go out waits for
    /// recovery, for a day.
    ///
    /// # Errors
    /// When its record cannot be marked: the message may be out, and recovery sends it again.
    pub async fn deliver_admin_message(&self, told: Notification) -> Result<Notification, Problem> {
        let retry = retry_policy(&told, self.clock.now());
        let delivery = self.deliver(told, retry).await?;
        let waits = matches!(delivery, DeliveryOutcome::DeferredToDigest(_));
        let told = delivery.into_notification();
        if waits || told.status != DeliveryStatus::Queued {
            self.delete_pending_marker(told.id).await;
        }
        Ok(told)
    }

    /// Sends what waits to be sent and is nobody's, and the digests whose time has come, until
    /// about `budget` is used up; answers how much went out. Safe to run twice at once.
    ///
    /// # Errors
    /// When the table is away.
    pub async fn send_pending(&self, budget: Duration) -> Result<usize, Problem> {
        let until = Instant::now() + budget;
        // Both, whatever becomes of one.
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

    /// Whether this one went out now.
    async fn send_one_pending(&self, due: NotificationRef) -> Result<bool, Problem> {
        let there = self.notifications.find_by_ref(due).await?;
        let Some(there) = there.filter(|told| told.status == DeliveryStatus::Queued) else {
            // Its sender died before it could forget the marker, or the record has expired.
            self.delete_pending_marker(due.id).await;
            return Ok(false);
        };
        match self.acquire_lease(&there).await? {
            LeaseOutcome::Acquired(told) => Ok(self.deliver_admin_message(told).await?.status == DeliveryStatus::Sent),
            LeaseOutcome::DeferredToDigest => {
                // Its sender died before it could forget the marker.
                self.delete_pending_marker(there.id).await;
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

fn retry_policy(told: &Notification, now: Timestamp) -> RetryPolicy {
    if now >= told.created_at.plus_seconds(RETRY_WINDOW_SECONDS) {
        return RetryPolicy::Never;
    }
    let doubled = FIRST_BACKOFF_SECONDS.saturating_mul(2_i64.saturating_pow(told.attempts));
    RetryPolicy::At(now.plus_seconds(doubled.min(MAX_BACKOFF_SECONDS)))
}
