//! How the stores are started.

use std::path::PathBuf;
use std::time::Duration;

/// The data folder of `make run`, below the checkout and ignored by git.
pub const DEFAULT_DIR: &str = ".local/stores";

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
    /// What the shop asks MongoDB is logged, each different query once, without values.
    pub log_mongo_commands: bool,
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
            log_mongo_commands: false,
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
