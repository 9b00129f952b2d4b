//! One multiplexed connection that reconnects by itself, behind a circuit breaker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, FromRedisValue, IntoConnectionInfo, Value};
use runtime::{ExposeSecret, TimedOut, with_timeout};
use tokio::time::Instant;

use crate::breaker::Breaker;
use crate::connector::{Connector, NumberedConnection};
use crate::{Config, Error, Result};

/// The timeout of each of a process's first responses: they include the connection, and the work of
/// a first request, which with a small CPU share delays what has arrived.
const WARMUP_TIMEOUT: Duration = Duration::from_millis(500);
/// How many responses are the first: those of one request or two.
const WARMUP_RESPONSES: u32 = 16;
/// The same for a ping, as a start sends it: several stores are opened in parallel then, with a
/// small CPU share, and the caller has a limit of its own.
const PING_TIMEOUT: Duration = Duration::from_secs(3);

/// Redis. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    connector: Arc<Connector>,
    prefix: String,
    timeout: Duration,
    /// The number of responses to this process, up to [`WARMUP_RESPONSES`].
    responses: AtomicU32,
    breaker: Breaker,
}

impl Redis {
    /// Connects on first use.
    ///
    /// # Errors
    /// When the URL cannot be parsed.
    pub fn new(config: &Config) -> Result<Self> {
        // A command is one small message, and a TLS handshake ends with several: none waits for the
        // acknowledgement of the previous one.
        let at = config.url.expose_secret().into_connection_info()?;
        let client = Client::open(at.set_tcp_settings(TcpSettings::default().set_nodelay(true)))?;
        Ok(Self(Arc::new(Inner {
            connector: Connector::new(client),
            prefix: config.prefix.clone(),
            timeout: config.timeout,
            responses: AtomicU32::new(0),
            breaker: Breaker::new(config.timeout),
        })))
    }

    /// Checks that Redis responds, bypassing the breaker.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        let timeout = if self.is_warming_up() && self.0.responses.load(Ordering::Relaxed) == 0 {
            PING_TIMEOUT
        } else {
            self.command_timeout()
        };
        self.run_with_timeout::<Value>(&redis::cmd("PING"), timeout).await.map(drop)
    }

    /// The full name of a key.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.0.prefix)
    }

    pub(crate) async fn run<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T> {
        self.0.breaker.check()?;
        self.run_with_timeout(command, self.command_timeout()).await
    }

    /// Runs several commands in one message.
    pub(crate) async fn run_all<T: FromRedisValue>(&self, commands: &redis::Pipeline) -> Result<T> {
        self.0.breaker.check()?;
        let (mut line, left) = self.acquire_connection(self.command_timeout()).await?;
        self.record_result(Some(line.number), with_timeout(left, commands.query_async(&mut line.connection)).await)
    }

    /// Runs a script, loading it if the server has lost it.
    pub(crate) async fn run_script<T: FromRedisValue>(&self, script: &redis::ScriptInvocation<'_>) -> Result<T> {
        self.0.breaker.check()?;
        let (mut line, left) = self.acquire_connection(self.command_timeout()).await?;
        self.record_result(Some(line.number), with_timeout(left, script.invoke_async(&mut line.connection)).await)
    }

    async fn run_with_timeout<T: FromRedisValue>(&self, command: &redis::Cmd, timeout: Duration) -> Result<T> {
        let (mut line, left) = self.acquire_connection(timeout).await?;
        self.record_result(Some(line.number), with_timeout(left, command.query_async(&mut line.connection)).await)
    }

    /// The connection, and what is left of a command's time once it is open.
    async fn acquire_connection(&self, timeout: Duration) -> Result<(NumberedConnection, Duration)> {
        let began = Instant::now();
        match with_timeout(timeout, self.0.connector.acquire()).await {
            Ok(Ok(line)) => Ok((line, timeout.saturating_sub(began.elapsed()))),
            Ok(Err(error)) => self.record_result(None, Ok(Err(error))),
            Err(late) => self.record_result(None, Err(late)),
        }
    }

    /// The first commands may take longer; the very first one also opens the connection, TLS
    /// included.
    fn command_timeout(&self) -> Duration {
        if self.is_warming_up() { WARMUP_TIMEOUT.max(self.0.timeout) } else { self.0.timeout }
    }

    /// Whether this process has just started, and no command has timed out.
    fn is_warming_up(&self) -> bool {
        self.0.responses.load(Ordering::Relaxed) < WARMUP_RESPONSES && !self.0.breaker.has_failures()
    }

    /// Opens or closes the breaker by the result of a command on the connection of this number; and
    /// replaces that connection if it was closed or does not respond.
    fn record_result<T>(&self, number: Option<u64>, response: Result<redis::RedisResult<T>, TimedOut>) -> Result<T> {
        let response = response.map_err(Error::from).and_then(|response| response.map_err(Error::from));
        let (away, ended) = match &response {
            Ok(_) => (false, false),
            Err(Error::Driver(error)) => {
                let ended = error.is_connection_dropped() || error.is_unrecoverable_error();
                (ended || error.is_io_error() || error.is_timeout(), ended)
            }
            Err(Error::TimedOut(_)) => (true, false),
            Err(Error::BreakerOpen) => (true, false),
        };
        if response.is_ok() && self.0.responses.load(Ordering::Relaxed) < WARMUP_RESPONSES {
            self.0.responses.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(number) = number.filter(|_| ended) {
            self.0.connector.on_closed(number);
        }
        if !away {
            self.0.breaker.record_response();
        } else if self.0.breaker.record_failure()
            && let Some(number) = number.filter(|_| !ended)
        {
            self.0.connector.on_unresponsive(number);
        }
        response
    }
}
