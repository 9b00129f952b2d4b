//! One client for both databases, connected on first use.

use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::doc;
use mongodb::options::{Acknowledgment, ClientOptions, ConnectionString, WriteConcern};
use mongodb::{Client, Collection, Database};
use runtime::{Clock, ExposeSecret, Missing, SecretString, Vars, within};
use tokio::sync::{Mutex, OnceCell, Semaphore};

use crate::Result;
use crate::transaction::OPEN;

/// The longest wait for one operation, its wait for a connection included.
const OPERATION: Duration = Duration::from_secs(2);
/// The same for a read of a whole collection, page by page, that nobody's request waits for.
const PATIENT: Duration = Duration::from_secs(60);
/// The longest wait for a connection to open, and for a server to be found.
const CONNECT: Duration = Duration::from_secs(1);
/// A connection that lay idle for longer is opened afresh: a frozen function may have lost it.
const TRUSTED_IDLE: Duration = Duration::from_secs(60);

/// Where MongoDB is, and what its databases are called.
pub struct Config {
    url: SecretString,
    reviewdb: String,
    analyticsdb: String,
    connections: u32,
}

impl Config {
    /// Reads `MONGODB_URL`, `REVIEWDB_NAME` (`reviewdb`), `ANALYTICSDB_NAME` (`analyticsdb`) and
    /// `MONGODB_CONNECTIONS`, 4 unless told: the dashboard's reads go side by side.
    ///
    /// # Errors
    /// When the URL is not set or is none.
    pub fn read(vars: &Vars) -> Result<Self, Missing> {
        const URL: &str = "MONGODB_URL";
        let url = vars.secret(URL)?;
        // The parser's own error would show the password.
        ConnectionString::parse(url.expose_secret()).map_err(|_| Missing::unreadable(URL))?;
        let name = |variable: &str, default: &str| vars.optional(variable).unwrap_or_else(|| default.to_owned());
        Ok(Self {
            url,
            reviewdb: name("REVIEWDB_NAME", "reviewdb"),
            analyticsdb: name("ANALYTICSDB_NAME", "analyticsdb"),
            connections: vars.parsed("MONGODB_CONNECTIONS", 4)?,
        })
    }
}

/// MongoDB. Cheap to clone; opens nothing until it is used.
#[derive(Clone)]
pub struct Mongo(Arc<Inner>);

struct Inner {
    config: Config,
    clock: Clock,
    client: OnceCell<Client>,
    folding: Mutex<()>,
    transactions: Arc<Semaphore>,
}

impl Mongo {
    /// Notes where MongoDB is.
    pub fn new(config: Config, clock: &Clock) -> Self {
        let (client, folding, transactions) = (OnceCell::new(), Mutex::default(), Arc::new(Semaphore::new(OPEN)));
        Self(Arc::new(Inner { config, clock: clock.clone(), client, folding, transactions }))
    }

    /// Asks the server for a sign of life.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<()> {
        ask(self.reviewdb().await?.run_command(doc! { "ping": 1 })).await.map(drop)
    }

    pub(crate) async fn reviewdb(&self) -> Result<Database> {
        Ok(self.client().await?.database(&self.0.config.reviewdb))
    }

    pub(crate) async fn analyticsdb(&self) -> Result<Database> {
        Ok(self.client().await?.database(&self.0.config.analyticsdb))
    }

    /// A collection of reviewdb.
    pub(crate) async fn of_reviews<T: Send + Sync>(&self, name: &str) -> Result<Collection<T>> {
        Ok(self.reviewdb().await?.collection(name))
    }

    /// A collection of analyticsdb.
    pub(crate) async fn of_analytics<T: Send + Sync>(&self, name: &str) -> Result<Collection<T>> {
        Ok(self.analyticsdb().await?.collection(name))
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Folds of one process take turns: two at once could only make each other start again.
    pub(crate) fn folding(&self) -> &Mutex<()> {
        &self.0.folding
    }

    /// The turns of open transactions.
    pub(crate) fn transactions(&self) -> Arc<Semaphore> {
        self.0.transactions.clone()
    }

    pub(crate) async fn client(&self) -> Result<&Client> {
        self.0.client.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<Client> {
        let config = &self.0.config;
        // Only a `mongodb+srv` URL makes this ask the network.
        let parse = ClientOptions::parse(config.url.expose_secret());
        let mut options = within(CONNECT, parse.into_future()).await??;
        options.app_name.get_or_insert_with(|| "shop".to_owned());
        options.max_pool_size = Some(config.connections);
        options.max_idle_time = Some(TRUSTED_IDLE);
        options.connect_timeout = Some(CONNECT);
        options.server_selection_timeout = Some(CONNECT);
        // What is acknowledged survives the loss of the primary and of its power.
        let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        options.write_concern = Some(durable);
        // DocumentDB has no retryable writes: its URL says `retryWrites=false`.
        options.retry_writes.get_or_insert(true);
        Ok(Client::with_options(options)?)
    }
}

/// Reads as much as there is, as an operator's check does.
pub(crate) async fn ask_patiently<T>(work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
    Ok(within(PATIENT, work.into_future()).await??)
}

/// Runs one operation within its time limit.
pub(crate) async fn ask<T>(work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
    Ok(within(OPERATION, work.into_future()).await??)
}
