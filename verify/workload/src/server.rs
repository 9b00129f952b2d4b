//! The local server as a child process, on the stores that the environment names.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use api_client::{ApiClient, ApiRequest};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// The migrations run in this time, too.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const PASSWORD: &str = "load-load-load";
const POLL_INTERVAL: Duration = Duration::from_millis(50);

pub(crate) struct Server {
    child: Child,
    pub(crate) pid: u32,
    client: ApiClient,
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
        // All requests come from one address, which the rate limits would block.
        command.env("LIMITS", "x1000");
        let mut child =
            command.stdout(Stdio::null()).kill_on_drop(true).spawn().context("the server cannot be started")?;
        let pid = child.id().context("the server ended at once")?;
        let client = ApiClient::for_url(&format!("http://127.0.0.1:{port}"));
        let started = std::time::Instant::now();
        loop {
            if let Ok(response) = client.try_send(&ApiRequest::get("/health")).await
                && response.status == 200
            {
                return Ok(Self { child, pid, client });
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

    /// Opens an account and returns its token.
    pub(crate) async fn sign_up(&self, email: &str) -> Result<String> {
        let body = json!({"name": "Load", "email": email, "password": PASSWORD});
        self.fetch_token("/api/users/signup", &body).await
    }

    /// Logs in and returns the token.
    pub(crate) async fn log_in(&self, email: &str) -> Result<String> {
        self.fetch_token("/api/users/login", &json!({"email": email, "password": PASSWORD})).await
    }

    async fn fetch_token(&self, path: &str, body: &Value) -> Result<String> {
        let signed_in = self.send(&ApiRequest::post(path, body)).await?;
        Ok(signed_in["token"].as_str().context("no token")?.to_owned())
    }

    /// Sends a request that must succeed.
    pub(crate) async fn send(&self, request: &ApiRequest) -> Result<Value> {
        let response = self.client.try_send(request).await?;
        response.expect_any(&[200, 201], &format!("{} {}", request.method, request.path_and_query))
    }

    /// Stops it as Ctrl-C does.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let sent = Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        anyhow::ensure!(sent.success(), "the server could not be stopped");
        self.child.wait().await?;
        Ok(())
    }
}
