//! One multiplexed connection that comes back by itself, with a breaker before it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::Problem;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, Value};
use runtime::{Elapsed, ExposeSecret, Missing, SecretString, Vars, within};
use tokio::time::Instant;

/// The longest wait for an answer unless configured, in milliseconds: Redis saves time, it must
/// not cost any.
const COMMAND_MILLIS: u64 = 100;
/// The longest that a connection takes to be made.
const CONNECT: Duration = Duration::from_secs(1);
/// The longest wait for a process's first answer, which includes the connection.
const FIRST: Duration = Duration::from_millis(500);
/// So many failures in a row open the breaker.
const TOLERATED: u32 = 2;
/// How long it stays open after a failure before one command may try again; at least twice as long
/// as that one may wait.
const OPEN: Duration = Duration::from_millis(500);

/// Answers of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A command that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer in time.
    #[error("redis: {0}")]
    Elapsed(#[from] Elapsed),
    /// It did not answer lately, so it was not asked.
    #[error("redis: not asked, it has not answered lately")]
    Open,
    /// What the server or the connection said.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::unavailable(error)
    }
}

/// Where Redis is.
pub struct Config {
    url: SecretString,
    prefix: String,
    timeout: Duration,
}

impl Config {
    /// Reads `REDIS_URL`, `REDIS_PREFIX`, which is put before every key, and
    /// `REDIS_TIMEOUT_MILLIS`, 100 unless told: a machine that builds and tests at once answers
    /// later than a server, and is not away for that.
    ///
    /// # Errors
    /// When the URL is not set, or the time is no number.
    pub fn read(vars: &Vars) -> Result<Self, Missing> {
        Ok(Self {
            url: vars.secret("REDIS_URL")?,
            prefix: vars.optional("REDIS_PREFIX").unwrap_or_default(),
            timeout: Duration::from_millis(vars.parsed("REDIS_TIMEOUT_MILLIS", COMMAND_MILLIS)?),
        })
    }
}

/// Redis. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    client: Client,
    line: RwLock<Line>,
    prefix: String,
    timeout: Duration,
    /// Redis has answered this process before.
    reached: AtomicBool,
    failures: AtomicU32,
    /// Milliseconds after `epoch` until which nothing is asked.
    open_until: AtomicU64,
    epoch: Instant,
}

/// A connection, and when it was begun. It comes back by itself from an end, but not from silence:
/// a peer that vanished without a word would be asked until the kernel gives up, for a quarter of
/// an hour.
struct Line {
    manager: ConnectionManager,
    since: Instant,
}

impl Line {
    fn new(client: &Client, timeout: Duration) -> redis::RedisResult<Self> {
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(timeout))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(100));
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), settings)?;
        Ok(Self { manager, since: Instant::now() })
    }
}

impl Redis {
    /// Notes where Redis is. Must be called on a runtime, which drives the connection.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(config: &Config) -> Result<Self> {
        let client = Client::open(config.url.expose_secret())?;
        let (failures, open_until) = (AtomicU32::new(0), AtomicU64::new(0));
        let (prefix, timeout, epoch) = (config.prefix.clone(), config.timeout, Instant::now());
        let line = RwLock::new(Line::new(&client, timeout)?);
        Ok(Self(Arc::new(Inner {
            client,
            line,
            prefix,
            timeout,
            reached: AtomicBool::new(false),
            failures,
            open_until,
            epoch,
        })))
    }

    /// Asks for a sign of life, past the breaker.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<()> {
        self.ask::<Value>(&redis::cmd("PING")).await.map(drop)
    }

    /// The full name of a key.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.0.prefix)
    }

    /// Runs one command.
    pub(crate) async fn run<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T> {
        self.pass()?;
        self.ask(command).await
    }

    /// Runs several commands in one message.
    pub(crate) async fn run_all<T: FromRedisValue>(&self, commands: &redis::Pipeline) -> Result<T> {
        self.pass()?;
        let mut manager = self.manager();
        self.judge(within(self.patience(), commands.query_async(&mut manager)).await)
    }

    /// Runs a script, loading it where the server has lost it.
    pub(crate) async fn run_script<T: FromRedisValue>(&self, script: &redis::ScriptInvocation<'_>) -> Result<T> {
        self.pass()?;
        let mut manager = self.manager();
        self.judge(within(self.patience(), script.invoke_async(&mut manager)).await)
    }

    async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T> {
        let mut manager = self.manager();
        self.judge(within(self.patience(), command.query_async(&mut manager)).await)
    }

    fn manager(&self) -> ConnectionManager {
        self.0.line.read().unwrap_or_else(PoisonError::into_inner).manager.clone()
    }

    /// Gives a silent connection up for a new one, unless it is so new that it may still be made.
    fn replace_silent(&self) -> redis::RedisResult<()> {
        let mut line = self.0.line.write().unwrap_or_else(PoisonError::into_inner);
        if line.since.elapsed() > CONNECT {
            *line = Line::new(&self.0.client, self.0.timeout)?;
        }
        Ok(())
    }

    /// The very first command also opens the connection, TLS included, and may take longer.
    fn patience(&self) -> Duration {
        let fresh = !self.0.reached.load(Ordering::Relaxed) && self.0.failures.load(Ordering::Relaxed) == 0;
        if fresh { FIRST.max(self.0.timeout) } else { self.0.timeout }
    }

    /// While the breaker is open, one command after each [`OPEN`] tries; the others do not wait.
    fn pass(&self) -> Result<()> {
        if self.0.failures.load(Ordering::Relaxed) < TOLERATED {
            return Ok(());
        }
        let now = self.0.epoch.elapsed().as_millis() as u64;
        let until = self.0.open_until.load(Ordering::Relaxed);
        let first = now >= until
            && self.0.open_until.compare_exchange(until, self.later(), Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if first { Ok(()) } else { Err(Error::Open) }
    }

    /// When the breaker that opens now lets a command try again.
    fn later(&self) -> u64 {
        (self.0.epoch.elapsed() + OPEN.max(2 * self.0.timeout)).as_millis() as u64
    }

    fn judge<T>(&self, answer: Result<redis::RedisResult<T>, Elapsed>) -> Result<T> {
        let answer = answer.map_err(Error::from).and_then(|answer| answer.map_err(Error::from));
        let (away, silent) = match &answer {
            Ok(_) => (false, false),
            Err(Error::Redis(error)) => {
                (error.is_io_error() || error.is_timeout() || error.is_connection_dropped(), error.is_timeout())
            }
            Err(Error::Elapsed(_)) => (true, true),
            Err(Error::Open) => (true, false),
        };
        if answer.is_ok() && !self.0.reached.load(Ordering::Relaxed) {
            self.0.reached.store(true, Ordering::Relaxed);
        }
        if away {
            let failures = self.0.failures.fetch_add(1, Ordering::Relaxed) + 1;
            if failures >= TOLERATED {
                self.0.open_until.store(self.later(), Ordering::Relaxed);
                if silent {
                    self.replace_silent()?;
                }
            }
        } else if self.0.failures.load(Ordering::Relaxed) != 0 {
            self.0.failures.store(0, Ordering::Relaxed);
        }
        answer
    }
}
