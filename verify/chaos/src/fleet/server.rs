//! One server of the shop: a process that can be killed.

use std::fs::OpenOptions;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use local::stores::Stores;
use runtime::Clock;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::Instant;

/// Including migrations, on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a server is started that does not become ready.
const MAX_STARTS: u32 = 5;
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Below the range of outgoing connections, so that no customer's connection takes the port of a
/// server that is down.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

pub(crate) struct Server {
    index: usize,
    port: u16,
    dir: PathBuf,
    first_dir: PathBuf,
    env: Vec<(String, String)>,
    child: Option<Child>,
    is_up: bool,
    http: reqwest::Client,
}

impl Server {
    /// The data folder of a server.
    pub(crate) fn data_dir(dir: &Path, place: usize) -> PathBuf {
        dir.join(format!("server-{place}"))
    }

    pub(crate) fn new(dir: &Path, place: usize, env: &[(&str, &str)]) -> Result<Self> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (first, http) = (Self::data_dir(dir, 0), reqwest::Client::new());
        Ok(Self {
            index: place,
            port: free_port()?,
            dir: Self::data_dir(dir, place),
            first_dir: first,
            env,
            child: None,
            is_up: false,
            http,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts the process; it is not ready yet.
    pub(crate) async fn start(&mut self, stores: &Stores) -> Result<()> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["server", "run", "--no-demo-data", "--port", &self.port.to_string(), "--dir"]).arg(&self.dir);
        if self.index > 0 {
            command.arg("--share-secrets-with").arg(&self.first_dir);
        }
        std::fs::create_dir_all(&self.dir)?;
        // One file for all its runs: it has the warnings and errors of the earlier ones.
        let log = OpenOptions::new().create(true).append(true).open(self.log_path())?;
        // All customers have one address.
        command.env("LIMITS", "x1000");
        command.envs(stores.env()).envs(self.env.iter().cloned());
        let child = stores.spawn_logged(command, log).await;
        self.is_up = false;
        self.child = Some(child.with_context(|| format!("server {} cannot be started", self.index))?);
        Ok(())
    }

    /// Waits until it is ready. A server that exits instead, since a busy store did not respond in
    /// time, is started again, as a supervisor would do; but not forever.
    pub(crate) async fn wait_until_up(&mut self, stores: &Stores) -> Result<()> {
        let mut starts = 1;
        let health = format!("{}/health", self.url());
        let started = Instant::now();
        loop {
            let last = match self.http.get(&health).timeout(START_TIMEOUT).send().await {
                Ok(answer) if answer.status().is_success() => {
                    self.is_up = true;
                    return Ok(());
                }
                Ok(answer) => answer.status().to_string(),
                Err(error) => format!("{error:?}"),
            };
            let child = self.child.as_mut().context("it was not started")?;
            if let Some(status) = child.try_wait()? {
                if starts == MAX_STARTS {
                    bail!("server {} does not start ({status}); see {}", self.index, self.log_path().display());
                }
                starts += 1;
                self.start(stores).await?;
            }
            if started.elapsed() > START_TIMEOUT {
                bail!(
                    "server {} is not up after {START_TIMEOUT:?} ({last}); see {}",
                    self.index,
                    self.log_path().display()
                );
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// SIGKILL, at any point of its work.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it was not started")?;
        if let Some(status) = child.try_wait()?
            && self.is_up
        {
            bail!("server {} had ended by itself ({status}); see {}", self.index, self.log_path().display());
        }
        child.kill().await.context("it cannot be killed")
    }

    /// Ctrl-C: it completes what is in progress.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it was not started")?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(pid.context("it had ended by itself")?, Signal::TERM)?;
        match tokio::time::timeout(STOP_TIMEOUT, child.wait()).await {
            Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => Ok(()),
            Ok(status) => bail!("server {} did not stop in good order ({status:?})", self.index),
            Err(_) => bail!("server {} did not stop within {STOP_TIMEOUT:?}", self.index),
        }
    }

    fn log_path(&self) -> PathBuf {
        self.dir.join("output.log")
    }
}

fn free_port() -> Result<u16> {
    for _ in 0..100 {
        let range = u128::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(Clock::system().random() % range)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port between {} and {}", PORTS.start, PORTS.end)
}
