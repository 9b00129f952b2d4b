//! The steps from a record to its user.

use std::sync::Arc;

use domain::notifications::{self, MAIL_LIMIT, Notification};
use domain::{Problem, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use runtime::{Clock, ConfigError, Env, SecurityEvent};
use store_dynamo::notifications::{Lease, LeaseOutcome, Notifications, SendOutcome};
use store_postgres::{Database, Role, recipients};

use crate::{LogChannel, NotificationChannel, SendError, SesChannel};

/// How long a record is held by whoever sends it, in seconds: no function runs for longer, so its
/// sender is gone by then and another may send it.
const LEASE_SECONDS: i64 = 30;

/// When a message that did not go out is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryPolicy {
    /// When its queue delivers it again.
    ByQueue,
    /// Not before this time.
    At(Timestamp),
    /// Not by itself.
    Never,
}

/// What became of a message. Each holds the record as it then is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The channel took it.
    Sent(Notification),
    /// The channel will never take it.
    Rejected(Notification, SendError),
    /// The channel may take it later.
    Postponed(Notification, SendError),
    /// The user has had so many mails that a digest tells them of it.
    DeferredToDigest(Notification),
}

impl DeliveryOutcome {
    /// The record.
    pub fn into_notification(self) -> Notification {
        match self {
            Self::Sent(told) | Self::Rejected(told, _) | Self::Postponed(told, _) | Self::DeferredToDigest(told) => {
                told
            }
        }
    }
}

/// Takes what has been written down to its user. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher {
    pub(crate) notifications: Notifications,
    pub(crate) channel: Arc<dyn NotificationChannel>,
    /// Where addresses are, for a channel that needs them: the log makes nobody read one.
    userdb: Option<Database>,
    pub(crate) clock: Clock,
}

impl Dispatcher {
    /// Mail where `SES_SENDER` is set, with addresses from `USERDB_URL`, read as `role`; the log
    /// otherwise.
    ///
    /// # Errors
    /// When there is a sender but no userdb.
    pub fn from_env(env: &Env, role: Role, notifications: Notifications, clock: &Clock) -> Result<Self, ConfigError> {
        let clock = clock.clone();
        let Some(ses) = SesChannel::from_env(env) else {
            return Ok(Self { notifications, channel: Arc::new(LogChannel), userdb: None, clock });
        };
        let userdb = Database::new(store_postgres::Config::from_env(env, role, "USERDB_URL")?);
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
    pub fn readiness_check(&self) -> Option<BoxFuture<'static, Result<(), Problem>>> {
        let userdb = self.userdb.clone()?;
        Some(async move { userdb.ping().await.map_err(Problem::from) }.boxed())
    }

    /// The time for which a record is ours from now on.
    pub fn new_lease(&self) -> Lease {
        let from = self.clock.now();
        Lease { from, until: from.plus_seconds(LEASE_SECONDS) }
    }

    /// Takes a record that was written before, to send it.
    ///
    /// # Errors
    /// When the table is away.
    pub async fn acquire_lease(&self, told: &Notification) -> Result<LeaseOutcome, Problem> {
        Ok(self.notifications.acquire_lease(told, self.new_lease()).await?)
    }

    /// Sends a message that is held, and marks its record; or leaves it to a digest, where its
    /// user has had as many mails as one gets.
    ///
    /// # Errors
    /// When the record cannot be marked: the message may be out.
    pub async fn deliver(&self, told: Notification, retry: RetryPolicy) -> Result<DeliveryOutcome, Problem> {
        if self.exceeds_mail_limit(&told).await? {
            return self.defer_to_digest(told).await.map(DeliveryOutcome::DeferredToDigest);
        }
        let failure = match self.send(&told).await {
            Ok(()) => {
                let sent = SendOutcome::Sent(self.clock.now());
                return self.record_outcome(told, sent).await.map(DeliveryOutcome::Sent);
            }
            Err(failure) => failure,
        };
        let refused = matches!(failure, SendError::Rejected(_));
        let outcome = match retry {
            _ if refused => SendOutcome::Failed,
            RetryPolicy::ByQueue => SendOutcome::Postponed(None),
            RetryPolicy::At(time) => SendOutcome::Postponed(Some(time)),
            RetryPolicy::Never => SendOutcome::Failed,
        };
        tracing::warn!(notification.id = %told.id, %failure, "A notification did not go out.");
        let told = self.record_outcome(told, outcome).await?;
        Ok(if refused { DeliveryOutcome::Rejected(told, failure) } else { DeliveryOutcome::Postponed(told, failure) })
    }

    /// Whether this would be one mail too many; else it is counted. A try whose outcome nobody
    /// knows counts, since it may be a mail. Lines of the log trouble nobody.
    async fn exceeds_mail_limit(&self, told: &Notification) -> Result<bool, Problem> {
        let is_mail = self.channel.kind() == notifications::Channel::Email;
        Ok(is_mail && !self.notifications.count_mail(told.user_id, self.clock.now(), MAIL_LIMIT).await?)
    }

    async fn defer_to_digest(&self, told: Notification) -> Result<Notification, Problem> {
        SecurityEvent::RateLimited.record(Some(&told.user_id), "so many mails to one account");
        let now = self.clock.now();
        // Where it cannot be left, it was sent meanwhile, or has expired: nothing is left to do.
        self.notifications.defer_to_digest(&told, now, MAIL_LIMIT.next_digest_at(now)).await?;
        Ok(told)
    }

    pub(crate) async fn send(&self, told: &Notification) -> Result<(), SendError> {
        let address = match &self.userdb {
            Some(userdb) => find_address(userdb, told).await?,
            None => None,
        };
        self.channel.send(address.as_ref(), told).await
    }

    async fn record_outcome(&self, told: Notification, outcome: SendOutcome) -> Result<Notification, Problem> {
        let now = self.notifications.record_outcome(&told, self.channel.kind(), outcome).await?;
        Ok(now.unwrap_or(told))
    }
}

async fn find_address(userdb: &Database, told: &Notification) -> Result<Option<domain::users::Email>, SendError> {
    let away = |error: store_postgres::Error| SendError::Unavailable(error.to_string());
    recipients::find_email(&mut userdb.acquire().await.map_err(away)?, told.user_id).await.map_err(away)
}
