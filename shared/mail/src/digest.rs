//! Digests: one mail for what was too much for a mail of its own. Recovery sends them.
//!
//! The same guarantee as for a single mail: a digest is held before it is sent, and its records are
//! closed after. Whoever dies in between leaves them waiting; when the hold is over they are told
//! of once more.

use domain::notifications::{self, MAIL_LIMIT};
use domain::{NotificationId, Problem, Timestamp, UserId};
use dynamo::notifications::{Outcome, Waiting};
use tokio::time::Instant;

use crate::by_hand::PATIENCE_SECONDS;
use crate::{Courier, NotSent};

/// The most records of one digest: ten transactions close them, within its hold. What is above
/// that waits for the next hour's.
const DIGEST_MOST: i32 = 500;
/// After this pause, in seconds, a digest that did not go out is tried again.
const PAUSE_SECONDS: i64 = 300;

impl Courier {
    /// Sends each user what waits for them, if it is time; answers how many digests went out.
    pub(crate) async fn sweep_digests(&self, until: Instant) -> Result<usize, Problem> {
        let (mut sent, mut after) = (0, None);
        while Instant::now() < until
            && let Some(user) = self.notifications.next_waiting(after).await?
        {
            after = Some(user);
            sent += usize::from(self.digest(user).await?);
        }
        Ok(sent)
    }

    /// Whether a digest for this user went out now.
    async fn digest(&self, user: UserId) -> Result<bool, Problem> {
        let hold = self.hold();
        let is_due = |one: &Waiting| one.not_before <= hold.from;
        let waiting = self.notifications.waiting_of(user, DIGEST_MOST).await?;
        if !waiting.iter().any(is_due) || !self.notifications.hold_digest(user, hold).await? {
            return Ok(false);
        }
        // Read anew: another run may have sent these before we held them.
        let waiting = self.notifications.waiting_of(user, DIGEST_MOST).await?;
        let news: Vec<_> = waiting.iter().map(|one| (one.created_at, one.subject.as_str())).collect();
        if news.is_empty() {
            return Ok(false);
        }
        let id = NotificationId::at(hold.from.millis(), self.clock.random());
        let outcome = self.send(&notifications::digest(user, id, &news, hold.from)).await;
        if let Err(failure) = &outcome {
            tracing::warn!(user.id = %user, waiting = waiting.len(), %failure, "A digest did not go out.");
        }
        self.close(user, &waiting, outcome.as_ref().err()).await?;
        Ok(outcome.is_ok())
    }

    async fn close(&self, user: UserId, waiting: &[Waiting], failure: Option<&NotSent>) -> Result<(), Problem> {
        let (now, channel) = (self.clock.now(), self.channel.kind());
        let next = match failure {
            None => {
                self.notifications.close_waiting(waiting, channel, Outcome::Sent(now)).await?;
                MAIL_LIMIT.next_digest(now)
            }
            Some(NotSent::Refused(_)) => {
                self.notifications.close_waiting(waiting, channel, Outcome::Failed).await?;
                MAIL_LIMIT.next_digest(now)
            }
            Some(NotSent::Away(_)) => {
                self.give_up(waiting, now).await?;
                now.plus_seconds(PAUSE_SECONDS)
            }
        };
        Ok(self.notifications.rest_digest(user, next).await?)
    }

    /// Of what could not be sent, what has waited for as long as a mail by itself would.
    async fn give_up(&self, waiting: &[Waiting], now: Timestamp) -> Result<(), Problem> {
        let is_late = |one: &&Waiting| now >= one.since.plus_seconds(PATIENCE_SECONDS);
        let late: Vec<Waiting> = waiting.iter().filter(is_late).cloned().collect();
        Ok(self.notifications.close_waiting(&late, self.channel.kind(), Outcome::Failed).await?)
    }
}
