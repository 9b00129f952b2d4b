//! One running store: a child process, an emulator in this program, or an external server.

use std::fmt;
use std::path::PathBuf;

use super::emulator::Emulator;
use super::log_tail::log_tail;
use super::server_process::ServerProcess;

#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    /// May contain a password; `summary` does not show it.
    pub(crate) url: String,
    pub(crate) server: Server,
}

#[derive(Debug)]
pub(crate) enum Server {
    Process(ServerProcess),
    Emulator {
        emulator: Emulator,
        log: PathBuf,
    },
    /// From the environment; not stopped by this program.
    External,
}

/// A store that exited without being stopped.
#[derive(Debug, Clone)]
pub struct StoreFailure {
    pub store: &'static str,
    /// Exit status or error.
    pub exit: String,
    pub log: PathBuf,
    pub log_tail: String,
}

impl std::error::Error for StoreFailure {}

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, exit: end, log, log_tail: last_lines } = self;
        write!(f, "{store} ended by itself ({end}). The end of {}:\n{last_lines}", log.display())
    }
}

impl Store {
    pub(crate) fn pid(&self) -> Option<u32> {
        match &self.server {
            Server::Process(child) => Some(child.pid),
            Server::Emulator { .. } | Server::External => None,
        }
    }

    pub(crate) fn summary(&self) -> String {
        let log = match &self.server {
            Server::Process(ServerProcess { log, .. }) | Server::Emulator { log, .. } => {
                format!("log {}", log.display())
            }
            Server::External => "not started, named by the environment".to_owned(),
        };
        format!("{:<9} {:<32} {}  {log}", self.name, self.version, redact_password(&self.url))
    }

    /// Resolves when the store has ended, for whatever reason. `None` if it is external.
    pub(crate) fn watch_exit(&self) -> Option<impl Future<Output = StoreFailure> + Send + 'static> {
        let (mut ended, log) = match &self.server {
            Server::Process(child) => (child.ended.clone(), child.log.clone()),
            Server::Emulator { emulator, log } => (emulator.ended.clone(), log.clone()),
            Server::External => return None,
        };
        let store = self.name;
        Some(async move {
            let end = match ended.wait_for(Option::is_some).await {
                Ok(end) => end.clone().unwrap_or_default(),
                Err(_) => "panicked".to_owned(),
            };
            let last_lines = log_tail(&log);
            StoreFailure { store, exit: end, log, log_tail: last_lines }
        })
    }

    pub(crate) async fn stop(self) {
        match self.server {
            Server::Process(child) => child.stop().await,
            Server::Emulator { emulator, .. } => emulator.stop().await,
            Server::External => {}
        }
    }
}

fn redact_password(url: &str) -> String {
    let hidden = || {
        let (scheme, rest) = url.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (user, _password) = user.split_once(':')?;
        Some(format!("{scheme}://{user}:***@{host}"))
    };
    hidden().unwrap_or_else(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_password() {
        let shown = redact_password("postgres://shop:se@cret@127.0.0.1:1/db");
        assert_eq!(shown, "postgres://shop:***@127.0.0.1:1/db");
        assert_eq!(redact_password("redis://127.0.0.1:1"), "redis://127.0.0.1:1");
    }
}
