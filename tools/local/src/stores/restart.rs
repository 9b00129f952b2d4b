//! Taking one store away and bringing it back, for tests of what the shop does meanwhile: the same
//! data, and with [`Ports::Remembered`](super::Ports::Remembered) the same port. The emulators in
//! this program cannot be taken away: they would lose nothing, or everything.

use std::sync::atomic::Ordering;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

use super::store::{Server, Store};
use super::supervisor::{Stores, SupervisedStore};
use super::{mongodb, postgres, redis};

/// A store that is a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restartable {
    /// PostgreSQL.
    Postgres,
    /// Redis.
    Redis,
    /// MongoDB, or what stands in for it.
    Mongodb,
}

impl Restartable {
    /// As log files and folders are named.
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
    /// Kills a store with all its processes, and brings it back after `away`; returns when it has
    /// answered a ping. What it had not written to the disk is gone.
    ///
    /// # Errors
    /// It is not ours, or does not come back where it was.
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

    /// Stops a store in the middle of whatever it does: it takes connections and answers nothing.
    ///
    /// # Errors
    /// It is not ours.
    pub fn freeze(&self, which: Restartable) -> anyhow::Result<()> {
        self.signal(which, Signal::STOP)
    }

    /// Lets a frozen store go on where it stopped.
    ///
    /// # Errors
    /// It is not ours.
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
        place.with_context(|| format!("{} is gone", which.name()))
    }
}
