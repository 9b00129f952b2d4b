//! MongoDB's sessions. A transaction whose client was killed keeps its documents locked until it is
//! a minute old (`transactionLifetimeLimitSeconds`): a minute of 503s for requests that need them.
//! An operator's `killAllSessions` ends that, and with it the transactions of running servers,
//! which must tolerate it.

use std::time::Duration;

use anyhow::{Context, Result};
use mongodb::Client;
use mongodb::bson::{Bson, doc};
use mongodb::options::ClientOptions;

pub(crate) struct MongoSessions {
    client: Client,
}

impl MongoSessions {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let mut options = ClientOptions::parse(url).await?;
        options.server_selection_timeout = Some(Duration::from_secs(5));
        Ok(Self { client: Client::with_options(options)? })
    }

    pub(crate) async fn kill_all(&self) -> Result<()> {
        let command = doc! { "killAllSessions": Bson::Array(Vec::new()) };
        self.client.database("admin").run_command(command).await.map(drop).context("killAllSessions")
    }
}
