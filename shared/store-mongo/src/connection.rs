//! One client for both databases, connected on first use.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use mongodb::bson::doc;
use mongodb::options::{Acknowledgment, ClientOptions, ConnectionString, WriteConcern};
use mongodb::{Client, Collection, Database};
use runtime::{Clock, ConfigError, Env, ExposeSecret, SecretString, with_timeout};
use tokio::sync::{Mutex, OnceCell, Semaphore};
use tokio::time::Instant;

use crate::Result;
use crate::aggregation::MAX_BATCH;
use crate::transaction::MAX_OPEN_TRANSACTIONS;

/// The longest wait for one operation, its wait for a connection included.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(2);
/// The same for a read of a whole collection, page by page, that nobody's request waits for.
const SCAN_TIMEOUT: Duration = Duration::from_secs(60);
/// The same for what a deploy makes. The invocation ends before it.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// The longest wait for a connection to open, and for a server to be found.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The same where nobody waits and the server may have been made a moment ago.
const MIGRATION_CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// A connection that lay idle for longer is opened afresh: a frozen function may have lost it.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// Where MongoDB is, and what its databases are called.
pub struct Config {
    url: SecretString,
    reviewdb: String,
    analyticsdb: String,
    max_connections: u32,
    connect_timeout: Duration,
}

impl Config {
    /// Reads `MONGODB_URL`, `REVIEWDB_NAME` (`reviewdb`), `ANALYTICSDB_NAME` (`analyticsdb`) and
    /// `MONGODB_CONNECTIONS`, 4 unless told: the dashboard's reads go side by side.
    ///
    /// # Errors
    /// When the URL is not set or is none.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        const URL: &str = "MONGODB_URL";
        let url = env.secret(URL)?;
        // The parser's own error would show the password.
        ConnectionString::parse(url.expose_secret()).map_err(|_| ConfigError::unparsable(URL))?;
        let name = |variable: &str, default: &str| env.optional(variable).unwrap_or_else(|| default.to_owned());
        Ok(Self {
            url,
            reviewdb: name("REVIEWDB_NAME", "reviewdb"),
            analyticsdb: name("ANALYTICSDB_NAME", "analyticsdb"),
            max_connections: env.parsed_or("MONGODB_CONNECTIONS", 4)?,
            connect_timeout: CONNECT_TIMEOUT,
        })
    }

    /// The same for a deploy, which waits longer for a server than a request does.
    #[must_use]
    pub fn for_migrations(self) -> Self {
        Self { connect_timeout: MIGRATION_CONNECT_TIMEOUT, ..self }
    }
}

/// MongoDB. Cheap to clone; opens nothing until it is used.
#[derive(Clone)]
pub struct Mongo(Arc<Inner>);

struct Inner {
    config: Config,
    clock: Clock,
    client: OnceCell<Client>,
    aggregation_lock: Mutex<()>,
    transaction_permits: Arc<Semaphore>,
    /// When a transaction last ended without an answer.
    last_unanswered: std::sync::Mutex<Option<Instant>>,
    /// How many events a fold takes at once: fewer after one that took too long.
    batch_size: AtomicI64,
}

impl Mongo {
    /// Notes where MongoDB is.
    pub fn new(config: Config, clock: &Clock) -> Self {
        Self(Arc::new(Inner {
            config,
            clock: clock.clone(),
            client: OnceCell::new(),
            aggregation_lock: Mutex::default(),
            transaction_permits: Arc::new(Semaphore::new(MAX_OPEN_TRANSACTIONS)),
            last_unanswered: std::sync::Mutex::default(),
            batch_size: AtomicI64::new(MAX_BATCH),
        }))
    }

    /// Asks the server for a sign of life.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<()> {
        timed(self.reviewdb().await?.run_command(doc! { "ping": 1 })).await.map(drop)
    }

    pub(crate) async fn reviewdb(&self) -> Result<Database> {
        Ok(self.client().await?.database(&self.0.config.reviewdb))
    }

    pub(crate) async fn analyticsdb(&self) -> Result<Database> {
        Ok(self.client().await?.database(&self.0.config.analyticsdb))
    }

    /// A collection of reviewdb.
    pub(crate) async fn reviews_collection<T: Send + Sync>(&self, name: &str) -> Result<Collection<T>> {
        Ok(self.reviewdb().await?.collection(name))
    }

    /// A collection of analyticsdb.
    pub(crate) async fn analytics_collection<T: Send + Sync>(&self, name: &str) -> Result<Collection<T>> {
        Ok(self.analyticsdb().await?.collection(name))
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Folds of one process take turns: two at once could only make each other start again.
    pub(crate) fn aggregation_lock(&self) -> &Mutex<()> {
        &self.0.aggregation_lock
    }

    /// The size of this process's next fold.
    pub(crate) fn batch_size(&self) -> &AtomicI64 {
        &self.0.batch_size
    }

    /// Notes that a transaction was waited for in vain.
    pub(crate) fn record_unanswered(&self) {
        *self.0.last_unanswered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether one was waited for in vain since then.
    pub(crate) fn was_unanswered_since(&self, since: Instant) -> bool {
        self.0.last_unanswered.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|silent| silent >= since)
    }

    /// The turns of open transactions.
    pub(crate) fn transaction_permits(&self) -> Arc<Semaphore> {
        self.0.transaction_permits.clone()
    }

    pub(crate) async fn client(&self) -> Result<&Client> {
        self.0.client.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<Client> {
        let config = &self.0.config;
        // Only a `mongodb+srv` URL makes this ask the network.
        let parse = ClientOptions::parse(config.url.expose_secret());
        let mut options = with_timeout(config.connect_timeout, parse.into_future()).await??;
        options.app_name.get_or_insert_with(|| "shop".to_owned());
        options.max_pool_size = Some(config.max_connections);
        options.max_idle_time = Some(MAX_IDLE);
        options.connect_timeout = Some(config.connect_timeout);
        options.server_selection_timeout = Some(config.connect_timeout);
        // What is acknowledged survives the loss of the primary and of its power.
        let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        options.write_concern = Some(durable);
        // DocumentDB has no retryable writes: its URL says `retryWrites=false`.
        options.retry_writes.get_or_insert(true);
        Ok(Client::with_options(options)?)
    }
}

/// Reads as much as there is, as an operator's check does.
pub(crate) async fn timed_scan<T>(work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
    Ok(with_timeout(SCAN_TIMEOUT, work.into_future()).await??)
}

/// Runs one operation of a deploy: an index on a large collection takes as long as it takes.
pub(crate) async fn timed_migration<T>(work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
    Ok(with_timeout(MIGRATION_TIMEOUT, work.into_future()).await??)
}

/// Runs one operation within its time limit.
pub(crate) async fn timed<T>(work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
    Ok(with_timeout(OPERATION_TIMEOUT, work.into_future()).await??)
}

/// The time limit of several operations that are one to whoever waits for them: a store that
/// answers none of them is waited for once, and not once for each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The longest wait for one operation, from now on.
    pub(crate) fn new() -> Self {
        Self(Instant::now() + OPERATION_TIMEOUT)
    }

    /// Whether nothing can be asked any more.
    pub(crate) fn has_passed(self) -> bool {
        self.remaining().is_zero()
    }

    pub(crate) fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Runs one of the operations.
    pub(crate) async fn timed<T>(self, work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
        Ok(with_timeout(self.remaining(), work.into_future()).await??)
    }
}
