//! One local server, as a process that can be killed.

use std::fs::OpenOptions;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use api_client::{ApiClient, ApiRequest};
use local::stores::Stores;
use runtime::Clock;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::Instant;

/// Migrations included, on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// From SIGTERM to the end of the process.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// A server that has ended so often during its start is reported as broken.
const MAX_STARTS: u32 = 5;
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Below the range that systems use for outgoing connections, so that no outgoing connection takes
/// the port of a stopped server.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

pub(crate) struct Server {
    index: usize,
    port: u16,
    dir: PathBuf,
    first_dir: PathBuf,
    env: Vec<(String, String)>,
    child: Option<Child>,
    is_up: bool,
    client: ApiClient,
}

impl Server {
    pub(crate) fn data_dir(dir: &Path, place: usize) -> PathBuf {
        dir.join(format!("server-{place}"))
    }

    pub(crate) fn new(dir: &Path, place: usize, env: &[(&str, &str)]) -> Result<Self> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let port = free_port()?;
        Ok(Self {
            index: place,
            port,
            dir: Self::data_dir(dir, place),
            first_dir: Self::data_dir(dir, 0),
            env,
            child: None,
            is_up: false,
            client: ApiClient::for_url_with_timeout(&format!("http://127.0.0.1:{port}"), START_TIMEOUT)?,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts the process, without waiting until it accepts requests.
    pub(crate) async fn start(&mut self, stores: &Stores) -> Result<()> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["server", "run", "--no-demo-data", "--port", &self.port.to_string(), "--dir"]).arg(&self.dir);
        if self.index > 0 {
            command.arg("--share-secrets-with").arg(&self.first_dir);
        }
        std::fs::create_dir_all(&self.dir)?;
        // One file for all its runs, with the warnings and errors of earlier ones.
        let log = OpenOptions::new().create(true).append(true).open(self.log_path())?;
        // All requests come from one address, which the rate limits would block.
        command.env("LIMITS", "x1000");
        command.envs(stores.env()).envs(self.env.iter().cloned());
        let child = stores.spawn_logged(command, log).await;
        self.is_up = false;
        self.child = Some(child.with_context(|| format!("server {} cannot be started", self.index))?);
        Ok(())
    }

    /// Waits until it responds. When it ends instead, because a busy store timed out, it is started
    /// again, as a supervisor would do, at most five times.
    pub(crate) async fn wait_until_up(&mut self, stores: &Stores) -> Result<()> {
        let mut starts = 1;
        let started = Instant::now();
        loop {
            let last = match self.client.try_send(&ApiRequest::get("/health")).await {
                Ok(response) if response.status == 200 => {
                    self.is_up = true;
                    return Ok(());
                }
                Ok(response) => response.to_string(),
                Err(error) => error.to_string(),
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

    /// SIGKILL, in the middle of its work.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it was not started")?;
        if let Some(status) = child.try_wait()?
            && self.is_up
        {
            bail!("server {} had ended by itself ({status}); see {}", self.index, self.log_path().display());
        }
        child.kill().await.context("it cannot be killed")
    }

    /// SIGTERM: it finishes the requests in progress.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it was not started")?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(pid.context("it had ended by itself")?, Signal::TERM)?;
        match tokio::time::timeout(STOP_TIMEOUT, child.wait()).await {
            Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => Ok(()),
            Ok(status) => bail!("server {} did not stop cleanly ({status:?})", self.index),
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
