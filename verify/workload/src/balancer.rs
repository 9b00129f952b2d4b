//! Several servers of the same shop, called as a load balancer calls them: in turn, and past a
//! server that has just refused or broken a connection.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use api_client::{ApiClient, ApiRequest, ApiResponse, TransportError};
use tokio::time::Instant;

/// How long the shop may be unavailable before a run fails that cannot begin without it.
const AVAILABLE_WITHIN: Duration = Duration::from_secs(30);
const RETRY_PAUSE: Duration = Duration::from_millis(300);
/// How long a server is avoided after it refused or broke a connection.
const AVOID_FOR: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Balancer {
    servers: Vec<Server>,
    next_server: AtomicUsize,
}

#[derive(Debug)]
struct Server {
    client: ApiClient,
    /// Until then it is called only when all others are avoided, too.
    avoided_until: Mutex<Instant>,
}

impl Balancer {
    /// # Errors
    /// When there is no URL, or one is not a base URL.
    pub(crate) fn new(urls: &[String], timeout: Duration) -> Result<Self> {
        ensure!(!urls.is_empty(), "--url: at least one is needed");
        let open = |url: &String| {
            let client = ApiClient::for_url_with_timeout(url, timeout).with_context(|| format!("--url {url}"))?;
            Ok(Server { client, avoided_until: Mutex::new(Instant::now()) })
        };
        Ok(Self { servers: urls.iter().map(open).collect::<Result<_>>()?, next_server: AtomicUsize::new(0) })
    }

    /// Tries one server after another until one accepts the connection.
    ///
    /// # Errors
    /// When none accepts it, or the response is lost.
    pub(crate) async fn send(&self, request: &ApiRequest) -> Result<ApiResponse, TransportError> {
        let first = self.next_server.fetch_add(1, Ordering::Relaxed) % self.servers.len();
        let mut order: Vec<&Server> = self.servers[first..].iter().chain(&self.servers[..first]).collect();
        let now = Instant::now();
        order.sort_by_key(|server| server.is_avoided(now));
        let mut not_sent = String::new();
        for server in order {
            match server.client.try_send(request).await {
                Err(TransportError::NotSent(reason)) => not_sent = reason,
                Err(lost) => {
                    server.avoid();
                    return Err(lost);
                }
                Ok(response) => return Ok(response),
            }
            server.avoid();
        }
        Err(TransportError::NotSent(not_sent))
    }

    /// Repeats a request until the response is not 503: for what a run cannot begin without.
    ///
    /// # Errors
    /// When the shop stays unavailable for 30 seconds.
    pub(crate) async fn send_until_available(&self, request: &ApiRequest) -> Result<ApiResponse> {
        let ends = Instant::now() + AVAILABLE_WITHIN;
        loop {
            let reason = match self.send(request).await {
                Ok(response) if response.status == 503 => response.to_string(),
                Ok(response) => return Ok(response),
                Err(error) => error.to_string(),
            };
            ensure!(Instant::now() < ends, "{} {}: {reason}", request.method, request.path_and_query);
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }
}

impl Server {
    fn is_avoided(&self, now: Instant) -> bool {
        *self.avoided_until.lock().unwrap_or_else(PoisonError::into_inner) > now
    }

    fn avoid(&self) {
        *self.avoided_until.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + AVOID_FOR;
    }
}

/// `201`, `409 insufficient_stock`: how responses are counted.
pub(crate) fn label(response: &ApiResponse) -> String {
    let status = response.status.as_u16();
    if status < 400 { status.to_string() } else { format!("{status} {}", response.error_code()) }
}
