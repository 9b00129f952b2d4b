//! Digests: one mail for all notifications above the mail limit. Recovery sends them.
//!
//! The same guarantee as for a single mail: a digest's lease is acquired before it is sent, and its
//! records are closed after that. After a crash in between they still wait; when the lease is over
//! they are sent once more.

use domain::notifications::{self, MAIL_LIMIT};
use domain::{NotificationId, Problem, Timestamp, UserId};
use store_dynamo::notifications::{DigestEntry, SendOutcome};
use tokio::time::Instant;

use crate::admin_message::RETRY_WINDOW_SECONDS;
use crate::{Dispatcher, SendError};

/// The maximum number of records in one digest: ten transactions close them, within its lease. The
/// rest waits for the next hour's digest.
const MAX_DIGEST_ENTRIES: i32 = 500;
/// After this pause, in seconds, a failed digest is retried.
const RETRY_DELAY_SECONDS: i64 = 300;

impl Dispatcher {
    /// Sends each user their due digest; returns the number sent.
    pub(crate) async fn send_due_digests(&self, until: Instant) -> Result<usize, Problem> {
        let (mut sent, mut after) = (0, None);
        while Instant::now() < until
            && let Some(user) = self.notifications.next_digest_user(after).await?
        {
            after = Some(user);
            sent += usize::from(self.send_digest(user).await?);
        }
        Ok(sent)
    }

    /// Whether a digest to this user was sent now.
    async fn send_digest(&self, user: UserId) -> Result<bool, Problem> {
        let lease = self.new_lease();
        let is_due = |one: &DigestEntry| one.not_before <= lease.from;
        let waiting = self.notifications.list_digest_entries(user, MAX_DIGEST_ENTRIES).await?;
        if !waiting.iter().any(is_due) || !self.notifications.acquire_digest_lease(user, lease).await? {
            return Ok(false);
        }
        // Read again: another run may have sent these before the lease was acquired.
        let waiting = self.notifications.list_digest_entries(user, MAX_DIGEST_ENTRIES).await?;
        let news: Vec<_> = waiting.iter().map(|one| (one.created_at, one.subject.as_str())).collect();
        if news.is_empty() {
            return Ok(false);
        }
        let id = NotificationId::generate_at(lease.from.millis(), self.clock.random());
        let outcome = self.send(&notifications::render_digest(user, id, &news, lease.from)).await;
        if let Err(failure) = &outcome {
            tracing::warn!(user.id = %user, waiting = waiting.len(), %failure, "A digest could not be sent.");
        }
        self.record_digest_outcome(user, &waiting, outcome.as_ref().err()).await?;
        Ok(outcome.is_ok())
    }

    async fn record_digest_outcome(
        &self,
        user: UserId,
        waiting: &[DigestEntry],
        failure: Option<&SendError>,
    ) -> Result<(), Problem> {
        let (now, channel) = (self.clock.now(), self.channel.kind());
        let next = match failure {
            None => {
                self.notifications.close_digest_entries(waiting, channel, SendOutcome::Sent(now)).await?;
                MAIL_LIMIT.next_digest_at(now)
            }
            Some(SendError::Rejected(_)) => {
                self.notifications.close_digest_entries(waiting, channel, SendOutcome::Failed).await?;
                MAIL_LIMIT.next_digest_at(now)
            }
            Some(SendError::Unavailable(_)) => {
                self.fail_expired_entries(waiting, now).await?;
                now.plus_seconds(RETRY_DELAY_SECONDS)
            }
        };
        Ok(self.notifications.delay_digest(user, next).await?)
    }

    /// Fails records that could not be sent for as long as a single mail would be retried.
    async fn fail_expired_entries(&self, waiting: &[DigestEntry], now: Timestamp) -> Result<(), Problem> {
        let is_late = |one: &&DigestEntry| now >= one.deferred_at.plus_seconds(RETRY_WINDOW_SECONDS);
        let late: Vec<DigestEntry> = waiting.iter().filter(is_late).cloned().collect();
        Ok(self.notifications.close_digest_entries(&late, self.channel.kind(), SendOutcome::Failed).await?)
    }
}
