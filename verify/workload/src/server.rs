//! A shop of its own for a benchmark: the local server as a child process, on the stores that the
//! environment names.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// How long the server may take to start, migrations included.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A running shop.
pub(crate) struct Server {
    child: Child,
    /// `http://127.0.0.1:port`
    pub(crate) url: String,
    pub(crate) pid: u32,
    pub(crate) http: reqwest::Client,
}

impl Server {
    /// Starts the binary and waits until it is ready.
    ///
    /// # Errors
    /// When it is not ready in time.
    pub(crate) async fn start(binary: &Path, dir: &Path) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new(binary);
        command.args(["run", "--no-demo-data", "--port", &port.to_string(), "--dir"]).arg(dir);
        // All load comes from one address.
        command.env("LIMITS", "x1000");
        let mut child =
            command.stdout(Stdio::null()).kill_on_drop(true).spawn().context("the server cannot be started")?;
        let pid = child.id().context("the server ended at once")?;
        let (url, http) = (format!("http://127.0.0.1:{port}"), reqwest::Client::new());
        let started = std::time::Instant::now();
        loop {
            if let Ok(answer) = http.get(format!("{url}/health")).send().await
                && answer.status().is_success()
            {
                return Ok(Self { child, url, pid, http });
            }
            if let Some(status) = child.try_wait()? {
                bail!("the server ended with {status}");
            }
            if started.elapsed() > START_TIMEOUT {
                bail!("the server did not come up within {START_TIMEOUT:?}");
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Signs a user up; returns their token.
    pub(crate) async fn sign_up(&self, email: &str) -> Result<String> {
        let body = json!({"name": "Load", "email": email, "password": "load-load-load"});
        let answer = self.post("/api/users/signup", None, &body).await?;
        Ok(answer["token"].as_str().context("no token")?.to_owned())
    }

    /// Logs a user in; returns their token.
    pub(crate) async fn log_in(&self, email: &str) -> Result<String> {
        let body = json!({"email": email, "password": "load-load-load"});
        let answer = self.post("/api/users/login", None, &body).await?;
        Ok(answer["token"].as_str().context("no token")?.to_owned())
    }

    /// POSTs JSON and expects success.
    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        let mut request = self.http.post(format!("{}{path}", self.url)).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "POST {path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// GETs and expects success.
    pub(crate) async fn get(&self, path: &str) -> Result<()> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await?;
        anyhow::ensure!(answer.status().is_success(), "GET {path}: {}", answer.status());
        answer.bytes().await?;
        Ok(())
    }

    /// Ends it as Ctrl-C would.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let sent = Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        anyhow::ensure!(sent.success(), "the server could not be told to stop");
        self.child.wait().await?;
        Ok(())
    }
}
