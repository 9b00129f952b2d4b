//! One multiplexed connection that reconnects by itself, behind a circuit breaker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use domain::Problem;
use redis::io::tcp::TcpSettings;
use redis::{Client, FromRedisValue, IntoConnectionInfo, Value};
use runtime::{ConfigError, Env, ExposeSecret, SecretString, TimedOut, with_timeout};
use tokio::time::Instant;

use crate::connector::{Connector, NumberedConnection};

/// The default timeout of a response, in milliseconds: Redis saves time, it must not cost any.
const DEFAULT_TIMEOUT_MILLIS: u64 = 100;
/// The timeout of each of a process's first responses: they include the connection, and the work of
/// a first request, which with a small CPU share delays what has arrived.
const WARMUP_TIMEOUT: Duration = Duration::from_millis(500);
/// How many responses are the first: those of one request or two.
const WARMUP_RESPONSES: u32 = 16;
/// The same for a ping, as a start sends it: several stores are opened in parallel then, with a
/// small CPU share, and the caller has a limit of its own.
const PING_TIMEOUT: Duration = Duration::from_secs(3);
/// This many failures in a row open the breaker.
const FAILURE_THRESHOLD: u32 = 2;
/// How long it stays open after a failure before one command may try again; at least twice as long
/// as that command may wait.
const BREAKER_OPEN: Duration = Duration::from_millis(500);

/// The results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A command that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No response in time.
    #[error("redis: {0}")]
    TimedOut(#[from] TimedOut),
    /// Redis has not responded recently, so the command was not sent.
    #[error("redis: not asked, it has not answered lately")]
    BreakerOpen,
    /// An error of the server or of the connection.
    #[error("redis: {0}")]
    Driver(#[from] redis::RedisError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::unavailable(error)
    }
}

/// The URL of Redis and its options.
pub struct Config {
    url: SecretString,
    prefix: String,
    timeout: Duration,
}

impl Config {
    /// Reads `REDIS_URL`, `REDIS_TOKEN` if Redis needs one that the URL does not contain,
    /// `REDIS_PREFIX`, which is prepended to every key, and `REDIS_TIMEOUT_MILLIS`, default 100: a
    /// machine that builds and tests at once responds later than a server, without being
    /// unavailable.
    ///
    /// # Errors
    /// When the URL is not set or accepts no token, or the time is no number.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            url: redis_url(env)?,
            prefix: env.optional("REDIS_PREFIX").unwrap_or_default(),
            timeout: Duration::from_millis(env.parsed_or("REDIS_TIMEOUT_MILLIS", DEFAULT_TIMEOUT_MILLIS)?),
        })
    }
}

/// The URL with the token in it. The token is a secret and the address is not, so in AWS they are
/// separate; a token of letters and digits can be part of a URL as it is.
fn redis_url(env: &Env) -> Result<SecretString, ConfigError> {
    let Ok(token) = env.secret("REDIS_TOKEN") else { return env.secret("REDIS_URL") };
    let url = env.required("REDIS_URL")?;
    let (scheme, address) = url.split_once("://").ok_or_else(|| ConfigError::unparsable("REDIS_URL"))?;
    let token = token.expose_secret();
    if address.contains('@') || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(ConfigError::invalid("REDIS_TOKEN", "does not go into REDIS_URL"));
    }
    Ok(SecretString::from(format!("{scheme}://:{token}@{address}")))
}

/// Redis. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    connector: Arc<Connector>,
    prefix: String,
    timeout: Duration,
    /// The number of responses to this process, up to [`WARMUP_RESPONSES`].
    responses: AtomicU32,
    failures: AtomicU32,
    /// Milliseconds after `epoch` until which nothing is sent.
    open_until: AtomicU64,
    epoch: Instant,
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
        let (failures, open_until) = (AtomicU32::new(0), AtomicU64::new(0));
        let (prefix, timeout, epoch) = (config.prefix.clone(), config.timeout, Instant::now());
        Ok(Self(Arc::new(Inner {
            connector: Connector::new(client),
            prefix,
            timeout,
            responses: AtomicU32::new(0),
            failures,
            open_until,
            epoch,
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

    /// Runs one command.
    pub(crate) async fn run<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T> {
        self.check_breaker()?;
        self.run_with_timeout(command, self.command_timeout()).await
    }

    /// Runs several commands in one message.
    pub(crate) async fn run_all<T: FromRedisValue>(&self, commands: &redis::Pipeline) -> Result<T> {
        self.check_breaker()?;
        let (mut line, left) = self.acquire_connection(self.command_timeout()).await?;
        self.record_result(Some(line.number), with_timeout(left, commands.query_async(&mut line.connection)).await)
    }

    /// Runs a script, loading it if the server has lost it.
    pub(crate) async fn run_script<T: FromRedisValue>(&self, script: &redis::ScriptInvocation<'_>) -> Result<T> {
        self.check_breaker()?;
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
        self.0.responses.load(Ordering::Relaxed) < WARMUP_RESPONSES && self.0.failures.load(Ordering::Relaxed) == 0
    }

    /// While the breaker is open, one command after each [`BREAKER_OPEN`] tries; the others do not
    /// wait.
    fn check_breaker(&self) -> Result<()> {
        if self.0.failures.load(Ordering::Relaxed) < FAILURE_THRESHOLD {
            return Ok(());
        }
        let now = self.0.epoch.elapsed().as_millis() as u64;
        let until = self.0.open_until.load(Ordering::Relaxed);
        let first = now >= until
            && self
                .0
                .open_until
                .compare_exchange(until, self.next_retry_millis(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if first { Ok(()) } else { Err(Error::BreakerOpen) }
    }

    /// When the breaker that opens now lets a command try again.
    fn next_retry_millis(&self) -> u64 {
        (self.0.epoch.elapsed() + BREAKER_OPEN.max(2 * self.0.timeout)).as_millis() as u64
    }

    /// Opens or closes the breaker by the result of a command on the connection of this number; and
    /// replaces that connection if it was closed or does not respond.
    fn record_result<T>(&self, number: Option<u64>, answer: Result<redis::RedisResult<T>, TimedOut>) -> Result<T> {
        let answer = answer.map_err(Error::from).and_then(|answer| answer.map_err(Error::from));
        let (away, ended) = match &answer {
            Ok(_) => (false, false),
            Err(Error::Driver(error)) => {
                let ended = error.is_connection_dropped() || error.is_unrecoverable_error();
                (ended || error.is_io_error() || error.is_timeout(), ended)
            }
            Err(Error::TimedOut(_)) => (true, false),
            Err(Error::BreakerOpen) => (true, false),
        };
        if answer.is_ok() && self.0.responses.load(Ordering::Relaxed) < WARMUP_RESPONSES {
            self.0.responses.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(number) = number.filter(|_| ended) {
            self.0.connector.on_closed(number);
        }
        if away {
            let failures = self.0.failures.fetch_add(1, Ordering::Relaxed) + 1;
            if failures >= FAILURE_THRESHOLD {
                self.0.open_until.store(self.next_retry_millis(), Ordering::Relaxed);
                if let Some(number) = number.filter(|_| !ended) {
                    self.0.connector.on_unresponsive(number);
                }
            }
        } else if self.0.failures.load(Ordering::Relaxed) != 0 {
            self.0.failures.store(0, Ordering::Relaxed);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured_url(env: &[(&str, &str)]) -> Result<String, String> {
        let read = Config::from_env(&Env::from_iter(env.iter().copied()));
        read.map(|config| config.url.expose_secret().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_goes_into_the_url_that_has_none() {
        let url = ("REDIS_URL", "rediss://cache:6379");
        assert_eq!(configured_url(&[url]).unwrap(), "rediss://cache:6379");
        assert_eq!(configured_url(&[url, ("REDIS_TOKEN", "")]).unwrap(), "rediss://cache:6379");
        assert_eq!(configured_url(&[url, ("REDIS_TOKEN", "l3tters")]).unwrap(), "rediss://:l3tters@cache:6379");
        for (url, token) in [("cache:6379", "l3tters"), ("rediss://:old@cache", "l3tters"), ("rediss://cache", "a/b@c")]
        {
            let error = configured_url(&[("REDIS_URL", url), ("REDIS_TOKEN", token)]).unwrap_err();
            assert!(error.contains("REDIS_") && !error.contains(token), "{error}");
        }
    }
}
