//! The private stores of a checkout: PostgreSQL, Redis, MongoDB, DynamoDB and SQS on 127.0.0.1.
//!
//! Each has its own folder, port and log below one data folder, is ready once a ping of its own
//! protocol succeeds, and ends with the program that started it. A store whose URL is in the
//! environment is used as it is. Knows nothing of the shop: no databases, tables or queues are
//! created.

use std::path::Path;

use anyhow::Context;
use tokio::sync::watch;

mod data_folder;
mod dynamodb;
mod emulator;
mod endpoints;
mod log_tail;
mod mongo_recorder;
mod mongodb;
mod options;
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
mod supervisor;

use data_folder::DataFolder;
use endpoints::ENV_FILE_NAME;
pub use endpoints::{Endpoints, read_env_file};
pub use options::{DEFAULT_DIR, Ports, StoreOptions};
pub use restart::Restartable;
pub use store::StoreFailure;
pub use supervisor::Stores;
use supervisor::SupervisedStore;

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
    let mongodb_url = if data_folder.options.log_mongo_commands {
        mongo_recorder::start(&mongodb.url, data_folder.create_log("mongodb-commands")?.1).await?
    } else {
        mongodb.url.clone()
    };
    let endpoints = Endpoints {
        postgres_url: postgres.url.clone(),
        redis_url: redis.url.clone(),
        mongodb_url,
        dynamodb_url: dynamodb.url.clone(),
        sqs_url: sqs.url.clone(),
    };
    let failures = watch::Sender::new(None);
    let stores = [postgres, redis, mongodb, dynamodb, sqs].map(|store| SupervisedStore::watch(store, &failures));
    let stores = Stores { endpoints, stores: stores.into(), failures, data_folder };
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
