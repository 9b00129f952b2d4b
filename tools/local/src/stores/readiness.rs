//! A store is ready when it has answered a ping of its own protocol.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::net::TcpStream;

const PING_TIMEOUT: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(15);

/// Pings an external server.
pub(crate) async fn ping_external<T>(variable: &str, ping: impl AsyncFn() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let response = tokio::time::timeout(PING_TIMEOUT, ping()).await;
    let response = response.unwrap_or_else(|_| bail!("no response within {} s", PING_TIMEOUT.as_secs()));
    response.with_context(|| format!("the store that {variable} names does not respond"))
}

/// Repeats a ping until it succeeds. The port is checked first, only because a driver that finds it
/// closed waits before it tries again.
pub(crate) async fn wait_until_ready<T>(
    port: u16,
    timeout: Duration,
    ping: impl AsyncFn() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut last = anyhow::anyhow!("it does not listen");
    let trying = async {
        loop {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
                match tokio::time::timeout(PING_TIMEOUT, ping()).await {
                    Ok(Ok(response)) => return response,
                    Ok(Err(error)) => last = error,
                    Err(_) => last = anyhow::anyhow!("it does not respond to a ping"),
                }
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    let response = tokio::time::timeout(timeout, trying).await;
    response.map_err(|_| last.context(format!("not ready within {} s", timeout.as_secs())))
}
