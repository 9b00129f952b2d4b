//! The private stores of a checkout: PostgreSQL, Redis, MongoDB, DynamoDB and SQS on 127.0.0.1.
//!
//! Each has its own folder, port and log below one data folder, is ready once a ping of its own
//! protocol succeeds, and ends with the program that started it. A store whose URL is in the
//! environment is used as it is. Knows nothing of the shop: no databases, tables or queues are
//! created.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use tokio::process::{Child, Command};
use tokio::sync::watch;

mod data_folder;
mod dynamodb;
mod emulator;
mod mongodb;
mod pid_file;
mod ports;
mod postgres;
mod postgres_user;
pub mod programs;
mod readiness;
mod redis;
mod restart;
mod server_process;
mod spawner;
mod sqs;
mod store;
mod store_env;

use data_folder::DataFolder;
pub use restart::Restartable;
use spawner::Spawner;
use store::Store;
pub use store::StoreFailure;
pub use store_env::read_env_file;

/// The data folder of `make run`, below the checkout and ignored by git.
pub const DEFAULT_DIR: &str = ".local/stores";

const ENV_FILE_NAME: &str = "env";

/// The options of the stores.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The data folder; created if it does not exist.
    pub dir: PathBuf,
    pub ports: Ports,
    /// `false` for tests: nothing is flushed to the disk, so it is fast and a crash may lose it.
    pub durable: bool,
    /// SQL statements that take at least this long are logged; zero logs all.
    pub log_statements_over: Option<Duration>,
    /// Start every store, also those that are in the environment.
    pub ignore_environment: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            dir: DEFAULT_DIR.into(),
            ports: Ports::Remembered,
            durable: true,
            log_statements_over: None,
            ignore_environment: false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// The port of the last start, if it is still free.
    Remembered,
    /// Any free port, and none is remembered.
    Free,
}

/// The URLs of the stores.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// As superuser, database `postgres`; contains a password.
    pub postgres_url: String,
    pub redis_url: String,
    pub mongodb_url: String,
    pub dynamodb_url: String,
    pub sqs_url: String,
}

impl Endpoints {
    /// From the variables of [`Stores::env`], read by name; `None` if one is not set.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            postgres_url: variable(postgres::URL_VARIABLE)?,
            redis_url: variable(redis::URL_VARIABLE)?,
            mongodb_url: variable(mongodb::URL_VARIABLE)?,
            dynamodb_url: variable(dynamodb::URL_VARIABLE)?,
            sqs_url: variable(sqs::URL_VARIABLE)?,
        })
    }

    /// A client of the queues.
    #[must_use]
    pub fn sqs_client(&self) -> aws_sdk_sqs::Client {
        sqs::client(&self.sqs_url)
    }

    /// Of the stores that are running in a data folder.
    #[must_use]
    pub fn from_data_folder(dir: &Path) -> Option<Self> {
        let variables = read_env_file(dir)?;
        Self::from_variables(|name| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
    }
}

/// Running stores. Dropped without `stop`, they still end, but nothing waits for it.
#[derive(Debug)]
pub struct Stores {
    endpoints: Endpoints,
    stores: Vec<SupervisedStore>,
    failures: watch::Sender<Option<StoreFailure>>,
    data_folder: DataFolder,
}

#[derive(Debug)]
struct SupervisedStore {
    store: Store,
    /// The store is being stopped: its end is no failure.
    stopping: Arc<AtomicBool>,
}

/// Starts all stores in parallel and returns when each has answered a ping.
///
/// # Errors
/// A server that is not installed (with the command that installs it), one that does not start
/// (with its last log lines), or a data folder that another program is using.
pub async fn start(options: StoreOptions) -> anyhow::Result<Stores> {
    let data_folder = DataFolder::open(options)?;
    let _ = std::fs::remove_file(data_folder.path().join(ENV_FILE_NAME)); // after a kill -9 it names stores that no longer run
    let (postgres, redis, mongodb, dynamodb, sqs) = tokio::try_join!(
        postgres::start(&data_folder),
        redis::start(&data_folder),
        mongodb::start(&data_folder),
        dynamodb::start(&data_folder),
        sqs::start(&data_folder),
    )?;
    let endpoints = Endpoints {
        postgres_url: postgres.url.clone(),
        redis_url: redis.url.clone(),
        mongodb_url: mongodb.url.clone(),
        dynamodb_url: dynamodb.url.clone(),
        sqs_url: sqs.url.clone(),
    };
    let failures = watch::Sender::new(None);
    let stores = [postgres, redis, mongodb, dynamodb, sqs].map(|store| SupervisedStore::watch(store, &failures));
    let stores = Stores { endpoints, stores: stores.into(), failures: failures, data_folder: data_folder };
    stores.write_env_file()?;
    Ok(stores)
}

/// Removes all data of the stores of this folder.
///
/// # Errors
/// The folder is in use, or cannot be removed.
pub fn erase(dir: &Path) -> anyhow::Result<()> {
    let Ok(dir) = dir.canonicalize() else { return Ok(()) };
    let _lock = data_folder::lock(&dir)?;
    postgres::erase_external_data(&dir)?;
    std::fs::remove_dir_all(&dir).with_context(|| format!("cannot remove {}", dir.display()))
}

/// Locks a folder for this program, until the file is dropped.
///
/// # Errors
/// Another program has it; the message names it.
pub fn lock_folder(dir: &Path) -> anyhow::Result<std::fs::File> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    data_folder::lock(dir)
}

impl SupervisedStore {
    /// Reports its exit, unless it is being stopped.
    fn watch(store: Store, failures: &watch::Sender<Option<StoreFailure>>) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        if let Some(ended) = store.watch_exit() {
            let (deaths, ends) = (failures.clone(), Arc::clone(&ends));
            tokio::spawn(async move {
                let death = ended.await;
                if !ends.load(Ordering::Acquire) {
                    deaths.send_replace(Some(death));
                }
            });
        }
        Self { store, stopping: ends }
    }
}

impl Stores {
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// One line per store: its name, version, URL and log.
    pub fn summaries(&self) -> impl Iterator<Item = String> {
        self.stores.iter().map(|kept| kept.store.summary())
    }

    /// The process ids of the stores that are processes of their own, by name.
    pub fn pids(&self) -> impl Iterator<Item = (&'static str, u32)> {
        self.stores.iter().filter_map(|SupervisedStore { store, .. }| Some((store.name, store.pid()?)))
    }

    /// Resolves when a store exited without being stopped.
    pub fn wait_for_failure(&self) -> impl Future<Output = StoreFailure> + Send + 'static {
        let mut death = self.failures.subscribe();
        async move {
            loop {
                if let Some(death) = death.borrow_and_update().clone() {
                    return death;
                }
                if death.changed().await.is_err() {
                    std::future::pending::<()>().await; // all stores were stopped gracefully
                }
            }
        }
    }

    /// Starts a program that gets SIGTERM if this one ends, however it ends.
    ///
    /// # Errors
    /// It cannot be started.
    pub async fn spawn(&self, command: Command) -> std::io::Result<Child> {
        self.data_folder.spawner.spawn(spawner::with_parent_death_signal(&command, rustix::process::Signal::TERM)).await
    }

    /// As [`Stores::spawn`], with its output in a file.
    ///
    /// # Errors
    /// It cannot be started.
    pub async fn spawn_logged(&self, command: Command, log: std::fs::File) -> std::io::Result<Child> {
        let mut command = spawner::with_parent_death_signal(&command, rustix::process::Signal::TERM);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        self.data_folder.spawner.spawn(command).await
    }

    /// Stops every store gracefully and waits for it.
    pub async fn stop(self) {
        self.stores.iter().for_each(|kept| kept.stopping.store(true, Ordering::Release));
        let _ = std::fs::remove_file(self.env_file());
        let mut stops = tokio::task::JoinSet::new();
        for kept in self.stores {
            stops.spawn(kept.store.stop());
        }
        stops.join_all().await;
        if !self.data_folder.options.durable {
            let _ = postgres::erase_external_data(self.data_folder.path()); // /var/tmp outlives the folder of a test
        }
    }
}
