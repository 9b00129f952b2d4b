//! One client for both databases, connected on first use.

use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::doc;
use mongodb::options::{Acknowledgment, ClientOptions, ConnectionString, WriteConcern};
use mongodb::{Client, Collection, Database};
use runtime::{Clock, ConfigError, Env, ExposeSecret, SecretString, with_timeout};
use tokio::sync::OnceCell;

use crate::Result;
use crate::aggregation_batch::AggregationBatch;
use crate::timeout::timed;
use crate::transaction_gate::TransactionGate;

/// The longest wait for a connection to open, and for a server to be found.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The same if no request waits and the server may just have been created.
const MIGRATION_CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// A connection that was idle for longer is replaced: a frozen function may have lost it.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// The URL of MongoDB, and the names of its databases.
pub struct Config {
    url: SecretString,
    reviewdb: String,
    analyticsdb: String,
    max_connections: u32,
    connect_timeout: Duration,
}

impl Config {
    /// Reads `MONGODB_URL`, `REVIEWDB_NAME` (`reviewdb`), `ANALYTICSDB_NAME` (`analyticsdb`) and
    /// `MONGODB_CONNECTIONS`, default 4: the dashboard's reads run in parallel.
    ///
    /// # Errors
    /// When the URL is not set or invalid.
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

/// MongoDB. Cheap to clone; opens no connection until it is used.
#[derive(Clone)]
pub struct Mongo(Arc<Inner>);

struct Inner {
    config: Config,
    clock: Clock,
    client: OnceCell<Client>,
    transaction_gate: TransactionGate,
    aggregation_batch: AggregationBatch,
}

impl Mongo {
    /// Opens no connection yet.
    pub fn new(config: Config, clock: &Clock) -> Self {
        Self(Arc::new(Inner {
            config,
            clock: clock.clone(),
            client: OnceCell::new(),
            transaction_gate: TransactionGate::new(),
            aggregation_batch: AggregationBatch::new(),
        }))
    }

    /// Checks that the server responds.
    ///
    /// # Errors
    /// When it does not.
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

    pub(crate) fn transaction_gate(&self) -> &TransactionGate {
        &self.0.transaction_gate
    }

    pub(crate) fn aggregation_batch(&self) -> &AggregationBatch {
        &self.0.aggregation_batch
    }

    pub(crate) async fn client(&self) -> Result<&Client> {
        self.0.client.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<Client> {
        let config = &self.0.config;
        // Only a `mongodb+srv` URL needs the network here.
        let parse = ClientOptions::parse(config.url.expose_secret());
        let mut options = with_timeout(config.connect_timeout, parse.into_future()).await??;
        options.app_name.get_or_insert_with(|| "shop".to_owned());
        options.max_pool_size = Some(config.max_connections);
        options.max_idle_time = Some(MAX_IDLE);
        options.connect_timeout = Some(config.connect_timeout);
        options.server_selection_timeout = Some(config.connect_timeout);
        // An acknowledged write survives the loss of the primary and a power failure.
        let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        options.write_concern = Some(durable);
        // DocumentDB has no retryable writes: its URL says `retryWrites=false`.
        options.retry_writes.get_or_insert(true);
        Ok(Client::with_options(options)?)
    }
}
