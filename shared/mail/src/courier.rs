//! The steps from a record to its user.

use std::sync::Arc;

use domain::notifications::{self, MAIL_LIMIT, Notification};
use domain::{Problem, Timestamp};
use dynamo::notifications::{Held, Hold, Notifications, Outcome};
use futures::FutureExt;
use futures::future::BoxFuture;
use postgres::{Database, Role, recipients};
use runtime::{Clock, Missing, SecurityEvent, Vars};

use crate::{Channel, LogChannel, NotSent, SesChannel};

/// How long a record is held by whoever sends it, in seconds: no function runs for longer, so its
/// sender is gone by then and another may send it.
const HOLD_SECONDS: i64 = 30;

/// When a message that did not go out is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// When its queue delivers it again.
    Redelivered,
    /// Not before this time.
    At(Timestamp),
    /// Not by itself.
    Never,
}

/// What became of a message. Each holds the record as it then is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The channel took it.
    Sent(Notification),
    /// The channel will never take it.
    Refused(Notification, NotSent),
    /// The channel may take it later.
    Postponed(Notification, NotSent),
    /// The user has had so many mails that a digest tells them of it.
    Waits(Notification),
}

impl Delivery {
    /// The record.
    pub fn into_notification(self) -> Notification {
        match self {
            Self::Sent(told) | Self::Refused(told, _) | Self::Postponed(told, _) | Self::Waits(told) => told,
        }
    }
}

/// Takes what has been written down to its user. Cheap to clone.
#[derive(Clone)]
pub struct Courier {
    pub(crate) notifications: Notifications,
    pub(crate) channel: Arc<dyn Channel>,
    /// Where addresses are, for a channel that needs them: the log makes nobody read one.
    userdb: Option<Database>,
    pub(crate) clock: Clock,
}

impl Courier {
    /// Mail where `SES_SENDER` is set, with addresses from `USERDB_URL`, read as `role`; the log
    /// otherwise.
    ///
    /// # Errors
    /// When there is a sender but no userdb.
    pub fn read(vars: &Vars, role: Role, notifications: Notifications, clock: &Clock) -> Result<Self, Missing> {
        let clock = clock.clone();
        let Some(ses) = SesChannel::read(vars) else {
            return Ok(Self { notifications, channel: Arc::new(LogChannel), userdb: None, clock });
        };
        let userdb = Database::new(postgres::Config::read(vars, role, "USERDB_URL")?);
        Ok(Self { notifications, channel: Arc::new(ses), userdb: Some(userdb), clock })
    }

    /// Where addresses are, for signs of life.
    pub fn userdb(&self) -> Option<&Database> {
        self.userdb.as_ref()
    }

    /// The channel that new records are for.
    pub fn channel(&self) -> notifications::Channel {
        self.channel.kind()
    }

    /// Asks for a sign of life of the database of addresses, if the channel needs one.
    pub fn check(&self) -> Option<BoxFuture<'static, Result<(), Problem>>> {
        let userdb = self.userdb.clone()?;
        Some(async move { userdb.ping().await.map_err(Problem::from) }.boxed())
    }

    /// The time for which a record is ours from now on.
    pub fn hold(&self) -> Hold {
        let from = self.clock.now();
        Hold { from, until: from.plus_seconds(HOLD_SECONDS) }
    }

    /// Takes a record that was written before, to send it.
    ///
    /// # Errors
    /// When the table is away.
    pub async fn take(&self, told: &Notification) -> Result<Held, Problem> {
        Ok(self.notifications.hold(told, self.hold()).await?)
    }

    /// Sends a message that is held, and marks its record; or leaves it to a digest, where its
    /// user has had as many mails as one gets.
    ///
    /// # Errors
    /// When the record cannot be marked: the message may be out.
    pub async fn deliver(&self, told: Notification, again: Again) -> Result<Delivery, Problem> {
        if self.is_too_much(&told).await? {
            return self.leave_to_digest(told).await.map(Delivery::Waits);
        }
        let failure = match self.send(&told).await {
            Ok(()) => {
                let sent = Outcome::Sent(self.clock.now());
                return self.mark(told, sent).await.map(Delivery::Sent);
            }
            Err(failure) => failure,
        };
        let refused = matches!(failure, NotSent::Refused(_));
        let outcome = match again {
            _ if refused => Outcome::Failed,
            Again::Redelivered => Outcome::Postponed(None),
            Again::At(time) => Outcome::Postponed(Some(time)),
            Again::Never => Outcome::Failed,
        };
        tracing::warn!(notification.id = %told.id, %failure, "A notification did not go out.");
        let told = self.mark(told, outcome).await?;
        Ok(if refused { Delivery::Refused(told, failure) } else { Delivery::Postponed(told, failure) })
    }

    /// Whether this would be one mail too many; else it is counted. A try whose outcome nobody
    /// knows counts, since it may be a mail. Lines of the log trouble nobody.
    async fn is_too_much(&self, told: &Notification) -> Result<bool, Problem> {
        let is_mail = self.channel.kind() == notifications::Channel::Email;
        Ok(is_mail && !self.notifications.count_mail(told.user_id, self.clock.now(), MAIL_LIMIT).await?)
    }

    async fn leave_to_digest(&self, told: Notification) -> Result<Notification, Problem> {
        SecurityEvent::LimitHit.record(Some(&told.user_id), "so many mails to one account");
        let now = self.clock.now();
        // Where it cannot be left, it was sent meanwhile, or has expired: nothing is left to do.
        self.notifications.leave_to_digest(&told, now, MAIL_LIMIT.next_digest(now)).await?;
        Ok(told)
    }

    pub(crate) async fn send(&self, told: &Notification) -> Result<(), NotSent> {
        let address = match &self.userdb {
            Some(userdb) => address_of(userdb, told).await?,
            None => None,
        };
        self.channel.send(address.as_ref(), told).await
    }

    async fn mark(&self, told: Notification, outcome: Outcome) -> Result<Notification, Problem> {
        let now = self.notifications.mark(&told, self.channel.kind(), outcome).await?;
        Ok(now.unwrap_or(told))
    }
}

async fn address_of(userdb: &Database, told: &Notification) -> Result<Option<domain::users::Email>, NotSent> {
    let away = |error: postgres::Error| NotSent::Away(error.to_string());
    recipients::email_of(&mut userdb.acquire().await.map_err(away)?, told.user_id).await.map_err(away)
}
