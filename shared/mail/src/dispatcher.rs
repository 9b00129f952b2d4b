//! The steps from a record to its user.

use std::sync::Arc;

use domain::notifications::{self, MAIL_LIMIT, Notification};
use domain::{Problem, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use runtime::{Clock, ConfigError, Env, SecurityEvent};
use store_dynamo::notifications::{Lease, LeaseOutcome, Notifications, SendOutcome};
use store_postgres::{Database, Role, recipients};

use crate::{DirectoryChannel, Layout, LogChannel, NotificationChannel, SendError, SesChannel};

/// How long the lease of a sender lasts, in seconds: no function runs longer, so its sender no
/// longer runs by then and another may send it.
const LEASE_SECONDS: i64 = 30;

/// When a failed message is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryPolicy {
    /// When its queue redelivers it.
    ByQueue,
    /// Not before this time.
    At(Timestamp),
    /// Only after an operator or admin acts.
    Never,
}

/// The result of a delivery. Each variant holds the resulting record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The channel accepted it.
    Sent(Notification),
    /// The channel will never accept it.
    Rejected(Notification, SendError),
    /// The channel may accept it later.
    Postponed(Notification, SendError),
    /// The user has reached the mail limit: a digest will list it.
    DeferredToDigest(Notification),
}

impl DeliveryOutcome {
    pub fn into_notification(self) -> Notification {
        match self {
            Self::Sent(notification)
            | Self::Rejected(notification, _)
            | Self::Postponed(notification, _)
            | Self::DeferredToDigest(notification) => notification,
        }
    }
}

/// Delivers stored notifications to their users. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher {
    pub(crate) notifications: Notifications,
    pub(crate) channel: Arc<dyn NotificationChannel>,
    /// The database of addresses, for a channel that needs them: with the log no address is read.
    userdb: Option<Database>,
    pub(crate) clock: Clock,
}

impl Dispatcher {
    /// Mail if `SES_SENDER` is set, a folder if `MAIL_DIRECTORY` is, both with addresses from
    /// `USERDB_URL`, read as `role`; the log otherwise.
    ///
    /// # Errors
    /// When there is a sender but no userdb, region or credentials; when the layout's variables are
    /// invalid.
    pub fn from_env(env: &Env, role: Role, notifications: Notifications, clock: &Clock) -> Result<Self, ConfigError> {
        let (clock, layout) = (clock.clone(), Layout::from_env(env)?);
        let channel: Arc<dyn NotificationChannel> = match SesChannel::from_env(env, &layout, &clock)? {
            Some(ses) => Arc::new(ses),
            None => match DirectoryChannel::from_env(env, &layout, &clock) {
                Some(directory) => Arc::new(directory),
                None => return Ok(Self { notifications, channel: Arc::new(LogChannel), userdb: None, clock }),
            },
        };
        let userdb = Database::new(store_postgres::Config::from_env(env, role, "USERDB_URL")?);
        Ok(Self { notifications, channel, userdb: Some(userdb), clock })
    }

    /// The database of addresses, for readiness checks.
    pub fn userdb(&self) -> Option<&Database> {
        self.userdb.as_ref()
    }

    /// The channel of new records.
    pub fn channel(&self) -> notifications::Channel {
        self.channel.kind()
    }

    /// Pings the database of addresses, if the channel needs one.
    pub fn readiness_check(&self) -> Option<BoxFuture<'static, Result<(), Problem>>> {
        let userdb = self.userdb.clone()?;
        Some(async move { userdb.ping().await.map_err(Problem::from) }.boxed())
    }

    /// A lease that starts now.
    pub fn new_lease(&self) -> Lease {
        let from = self.clock.now();
        Lease { from, until: from.plus_seconds(LEASE_SECONDS) }
    }

    /// Acquires the lease of a stored record, to send it.
    ///
    /// # Errors
    /// When the table is unavailable.
    pub async fn acquire_lease(&self, notification: &Notification) -> Result<LeaseOutcome, Problem> {
        Ok(self.notifications.acquire_lease(notification, self.new_lease()).await?)
    }

    /// Sends a message whose lease the caller has, and updates its record; or defers it to a
    /// digest, if its user has reached the mail limit.
    ///
    /// # Errors
    /// When the record cannot be updated: the message may have been sent.
    pub async fn deliver(&self, notification: Notification, retry: RetryPolicy) -> Result<DeliveryOutcome, Problem> {
        if self.exceeds_mail_limit(&notification).await? {
            return self.defer_to_digest(notification).await.map(DeliveryOutcome::DeferredToDigest);
        }
        let failure = match self.send(&notification).await {
            Ok(()) => {
                let sent = SendOutcome::Sent(self.clock.now());
                return self.record_outcome(notification, sent).await.map(DeliveryOutcome::Sent);
            }
            Err(failure) => failure,
        };
        let rejected = matches!(failure, SendError::Rejected(_));
        let outcome = match retry {
            _ if rejected => SendOutcome::Failed,
            RetryPolicy::ByQueue => SendOutcome::Postponed(None),
            RetryPolicy::At(time) => SendOutcome::Postponed(Some(time)),
            RetryPolicy::Never => SendOutcome::Failed,
        };
        tracing::warn!(notification.id = %notification.id, %failure, "A notification could not be sent.");
        let notification = self.record_outcome(notification, outcome).await?;
        Ok(if rejected {
            DeliveryOutcome::Rejected(notification, failure)
        } else {
            DeliveryOutcome::Postponed(notification, failure)
        })
    }

    /// Whether this mail would exceed the limit; if not, it is counted. An attempt with an unknown
    /// outcome counts, since it may be a mail. Lines of the log are not limited.
    async fn exceeds_mail_limit(&self, notification: &Notification) -> Result<bool, Problem> {
        let is_mail = self.channel.kind() == notifications::Channel::Email;
        Ok(is_mail && !self.notifications.count_mail(notification.user_id, self.clock.now(), MAIL_LIMIT).await?)
    }

    async fn defer_to_digest(&self, notification: Notification) -> Result<Notification, Problem> {
        SecurityEvent::RateLimited.record(Some(&notification.user_id), "too many mails to one account");
        let now = self.clock.now();
        // If it cannot be deferred, it was sent in the meantime, or has expired: nothing is left to
        // do.
        self.notifications.defer_to_digest(&notification, now, MAIL_LIMIT.next_digest_at(now)).await?;
        Ok(notification)
    }

    pub(crate) async fn send(&self, notification: &Notification) -> Result<(), SendError> {
        let of_order = notification.facts.as_ref().and_then(|facts| facts.to.clone());
        let address = match (&self.userdb, of_order) {
            (Some(_), Some(to)) => Some(to),
            (Some(userdb), None) => find_address(userdb, notification).await?,
            (None, _) => None,
        };
        self.channel.send(address.as_ref(), notification).await
    }

    async fn record_outcome(&self, notification: Notification, outcome: SendOutcome) -> Result<Notification, Problem> {
        let now = self.notifications.record_outcome(&notification, self.channel.kind(), outcome).await?;
        Ok(now.unwrap_or(notification))
    }
}

async fn find_address(
    userdb: &Database,
    notification: &Notification,
) -> Result<Option<domain::users::Email>, SendError> {
    let unavailable = |error: store_postgres::Error| SendError::Unavailable(error.to_string());
    let mut db = userdb.acquire().await.map_err(unavailable)?;
    recipients::find_email(&mut db, notification.user_id).await.map_err(unavailable)
}
