//! Running stores: watched, and stopped in good order.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::data_folder::DataFolder;
use super::endpoints::{ENV_FILE_NAME, Endpoints};
use super::store::{Store, StoreFailure};
use super::{postgres, spawner};

/// Running stores. Dropped without `stop`, they still end, but nothing waits for it.
#[derive(Debug)]
pub struct Stores {
    pub(super) endpoints: Endpoints,
    pub(super) stores: Vec<SupervisedStore>,
    pub(super) failures: watch::Sender<Option<StoreFailure>>,
    pub(super) data_folder: DataFolder,
}

#[derive(Debug)]
pub(super) struct SupervisedStore {
    pub(super) store: Store,
    /// The store is being stopped: its end is no failure.
    pub(super) stopping: Arc<AtomicBool>,
}

impl SupervisedStore {
    /// Reports its exit, unless it is being stopped.
    pub(super) fn watch(store: Store, failures: &watch::Sender<Option<StoreFailure>>) -> Self {
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
        self.data_folder.spawner.spawn(spawner::with_parent_death_signal(&command, Signal::TERM)).await
    }

    /// As [`Stores::spawn`], with its output in a file.
    ///
    /// # Errors
    /// It cannot be started.
    pub async fn spawn_logged(&self, command: Command, log: std::fs::File) -> std::io::Result<Child> {
        let mut command = spawner::with_parent_death_signal(&command, Signal::TERM);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        self.data_folder.spawner.spawn(command).await
    }

    /// Stops every store gracefully and waits for it.
    pub async fn stop(self) {
        self.stores.iter().for_each(|kept| kept.stopping.store(true, Ordering::Release));
        let _ = std::fs::remove_file(self.data_folder.path().join(ENV_FILE_NAME));
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
