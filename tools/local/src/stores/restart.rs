//! Stops one store and starts it again, to test what the shop does in between: the same data, and
//! with [`Ports::Remembered`](super::Ports::Remembered) the same port. The emulators in this
//! program cannot be stopped: they would lose nothing, or everything.

use std::sync::atomic::Ordering;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

use super::store::{Server, Store};
use super::supervisor::{Stores, SupervisedStore};
use super::{mongodb, postgres, redis};

/// A store that is a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restartable {
    Postgres,
    Redis,
    /// MongoDB, or its replacement.
    Mongodb,
}

impl Restartable {
    /// The name in log files and folders.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::Mongodb => "mongodb",
        }
    }
}

impl Stores {
    /// Kills a store with all its processes, and starts it again after `downtime`; returns when it
    /// has answered a ping. Data that it had not written to the disk is lost.
    ///
    /// # Errors
    /// It is external, or is not ready at the same port.
    pub async fn kill_and_restart(&mut self, which: Restartable, downtime: std::time::Duration) -> anyhow::Result<()> {
        let index = self.index_of(which)?;
        let url = self.stores[index].store.url.clone();
        self.stores[index].stopping.store(true, Ordering::Release);
        let SupervisedStore { store, .. } = self.stores.remove(index);
        let Server::Process(child) = store.server else { anyhow::bail!("{} is not ours", which.name()) };
        child.kill().await?;
        tokio::time::sleep(downtime).await;
        let store: Store = match which {
            Restartable::Postgres => postgres::start(&self.data_folder).await?,
            Restartable::Redis => redis::start(&self.data_folder).await?,
            Restartable::Mongodb => mongodb::start(&self.data_folder).await?,
        };
        anyhow::ensure!(store.url == url, "{} came back at another port", which.name());
        self.stores.insert(index, SupervisedStore::watch(store, &self.failures));
        Ok(())
    }

    /// Suspends a store at any point of its work: it accepts connections and does not respond.
    ///
    /// # Errors
    /// It is external.
    pub fn freeze(&self, which: Restartable) -> anyhow::Result<()> {
        self.signal(which, Signal::STOP)
    }

    /// Lets a frozen store continue.
    ///
    /// # Errors
    /// It is external.
    pub fn thaw(&self, which: Restartable) -> anyhow::Result<()> {
        self.signal(which, Signal::CONT)
    }

    fn signal(&self, which: Restartable, signal: Signal) -> anyhow::Result<()> {
        let pid = self.stores[self.index_of(which)?].store.pid();
        let pid = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let pid = pid.with_context(|| format!("{} is not ours", which.name()))?;
        kill_process(pid, signal).with_context(|| format!("{} cannot be signalled", which.name()))
    }

    fn index_of(&self, which: Restartable) -> anyhow::Result<usize> {
        let place = self.stores.iter().position(|kept| kept.store.name == which.name());
        place.with_context(|| format!("{} is not running", which.name()))
    }
}
