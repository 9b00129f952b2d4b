//! Messages by hand: no queue delivers them again, so recovery sends what did not go out.

use std::time::Duration;

use domain::notifications::{DeliveryStatus, Notification};
use domain::{NotificationId, Problem, Timestamp};
use dynamo::notifications::{Due, Held};
use tokio::time::Instant;

use crate::courier::Again;
use crate::{Courier, Delivery};

/// For how long a channel that is away is tried, in seconds: a day, as a mail server would.
pub(crate) const PATIENCE_SECONDS: i64 = 24 * 3600;
/// The pause after the first try, in seconds, and the longest one; it doubles in between.
const FIRST_PAUSE_SECONDS: i64 = 60;
const LONGEST_PAUSE_SECONDS: i64 = 3600;
/// How many waiting records are read at once.
const AT_ONCE: i32 = 50;

impl Courier {
    /// Sends a message that was written by hand and is held. One that does not go out waits for
    /// recovery, for a day.
    ///
    /// # Errors
    /// When its record cannot be marked: the message may be out, and recovery sends it again.
    pub async fn deliver_by_hand(&self, told: Notification) -> Result<Notification, Problem> {
        let again = again(&told, self.clock.now());
        let delivery = self.deliver(told, again).await?;
        let waits = matches!(delivery, Delivery::Waits(_));
        let told = delivery.into_notification();
        if waits || told.status != DeliveryStatus::Queued {
            self.settle(told.id).await;
        }
        Ok(told)
    }

    /// Sends what waits to be sent and is nobody's, and the digests whose time has come, until
    /// about `budget` is used up; answers how much went out. Safe to run twice at once.
    ///
    /// # Errors
    /// When the table is away.
    pub async fn sweep(&self, budget: Duration) -> Result<usize, Problem> {
        let until = Instant::now() + budget;
        // Both, whatever becomes of one.
        let (by_hand, digests) = tokio::join!(self.sweep_by_hand(until), self.sweep_digests(until));
        Ok(by_hand? + digests?)
    }

    async fn sweep_by_hand(&self, until: Instant) -> Result<usize, Problem> {
        let (mut sent, mut after) = (0, None);
        loop {
            let waiting = self.notifications.due(after, AT_ONCE).await?;
            let Some(last) = waiting.last() else { return Ok(sent) };
            after = Some(last.id);
            for due in waiting {
                if Instant::now() >= until {
                    return Ok(sent);
                }
                sent += usize::from(self.sweep_one(due).await?);
            }
        }
    }

    /// Whether this one went out now.
    async fn sweep_one(&self, due: Due) -> Result<bool, Problem> {
        let there = self.notifications.find_due(due).await?;
        let Some(there) = there.filter(|told| told.status == DeliveryStatus::Queued) else {
            // Its sender died before it could forget the marker, or the record has expired.
            self.settle(due.id).await;
            return Ok(false);
        };
        match self.take(&there).await? {
            Held::Ours(told) => Ok(self.deliver_by_hand(told).await?.status == DeliveryStatus::Sent),
            Held::Waits => {
                // Its sender died before it could forget the marker.
                self.settle(there.id).await;
                Ok(false)
            }
            Held::Sent | Held::Elsewhere | Held::Gone => Ok(false),
        }
    }

    async fn settle(&self, id: NotificationId) {
        if let Err(error) = self.notifications.settle(id).await {
            tracing::warn!(notification.id = %id, %error, "A marker could not be removed; recovery removes it.");
        }
    }
}

fn again(told: &Notification, now: Timestamp) -> Again {
    if now >= told.created_at.plus_seconds(PATIENCE_SECONDS) {
        return Again::Never;
    }
    let doubled = FIRST_PAUSE_SECONDS.saturating_mul(2_i64.saturating_pow(told.attempts));
    Again::At(now.plus_seconds(doubled.min(LONGEST_PAUSE_SECONDS)))
}
