//! The connection to Redis: made by a task of its own, which goes on while nobody waits for it.
//!
//! A command waits for a connection no longer than for an answer. If it also made the connection,
//! one that takes longer than that (TCP, TLS, a password) would be given up and begun again for
//! ever; so whoever needs one starts the task, waits its own time, and leaves the task running.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult};
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest that a connection takes to be made, in time in which this process is awake: where
/// Lambda freezes it between requests, the peer's answers arrive all the same.
const MAKING: Duration = Duration::from_secs(3);
/// By what that is counted.
const TICK: Duration = Duration::from_millis(50);
/// One that is younger is not given up for its silence.
const SETTLED: Duration = Duration::from_secs(1);

/// One connection, and what becomes of it.
pub(crate) struct Line {
    client: Client,
    state: Mutex<State>,
    /// How many were begun.
    begun: AtomicU64,
}

enum State {
    Absent,
    Making(watch::Receiver<()>),
    Made { connection: MultiplexedConnection, number: u64, since: Instant },
}

/// A connection as it was handed out; the number tells it from those after it.
pub(crate) struct Borrowed {
    pub(crate) connection: MultiplexedConnection,
    pub(crate) number: u64,
}

impl Line {
    pub(crate) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self { client, state: Mutex::new(State::Absent), begun: AtomicU64::new(0) })
    }

    /// The connection, once it is there. Dropped while it waits, the making goes on.
    pub(crate) async fn borrow(self: &Arc<Self>) -> RedisResult<Borrowed> {
        let mut making = match self.look() {
            Ok(borrowed) => return Ok(borrowed),
            Err(making) => making,
        };
        // Also when the task is gone, with its runtime.
        let ended = making.changed().await;
        let mut state = self.state();
        match &*state {
            State::Made { connection, number, .. } => {
                return Ok(Borrowed { connection: connection.clone(), number: *number });
            }
            State::Making(_) if ended.is_err() => *state = State::Absent,
            State::Making(_) | State::Absent => {}
        }
        Err(RedisError::from((ErrorKind::Io, "no connection could be made")))
    }

    /// This connection has ended: a new one is made at once, so that it is there when it is needed.
    pub(crate) fn ended(self: &Arc<Self>, number: u64) {
        self.replace(number, Duration::ZERO);
    }

    /// This connection says nothing any more: it would be waited for until the kernel gives it up,
    /// for a quarter of an hour.
    pub(crate) fn silent(self: &Arc<Self>, number: u64) {
        self.replace(number, SETTLED);
    }

    fn replace(self: &Arc<Self>, lost: u64, older_than: Duration) {
        let mut state = self.state();
        if matches!(&*state, State::Made { number, since, .. } if *number == lost && since.elapsed() >= older_than) {
            *state = State::Making(self.make());
        }
    }

    fn look(self: &Arc<Self>) -> Result<Borrowed, watch::Receiver<()>> {
        let mut state = self.state();
        match &*state {
            State::Made { connection, number, .. } => Ok(Borrowed { connection: connection.clone(), number: *number }),
            State::Making(made) => Err(made.clone()),
            State::Absent => {
                let made = self.make();
                *state = State::Making(made.clone());
                Err(made)
            }
        }
    }

    /// Starts the task. It has the last word on the state while it runs: nobody replaces what is
    /// being made.
    fn make(self: &Arc<Self>) -> watch::Receiver<()> {
        let (made, told) = watch::channel(());
        let (line, number) = (self.clone(), self.begun.fetch_add(1, Ordering::Relaxed));
        tokio::spawn(async move {
            // The time limits are those of whoever asks, and ours.
            let settings = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
            let attempt = awake(MAKING, line.client.get_multiplexed_async_connection_with_config(&settings)).await;
            let state = match attempt {
                Some(Ok(connection)) => State::Made { connection, number, since: Instant::now() },
                Some(Err(error)) => {
                    tracing::debug!(%error, "Redis could not be connected to.");
                    State::Absent
                }
                None => {
                    tracing::debug!("Redis did not finish a connection in time.");
                    State::Absent
                }
            };
            *line.state() = state;
            made.send_replace(());
        });
        told
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Awaits `work` for at most so long, not counting the time in which the process was frozen.
async fn awake<T>(most: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(work);
    let mut left = most.as_millis() / TICK.as_millis();
    while left > 0 {
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            () = tokio::time::sleep(TICK) => left -= 1,
        }
    }
    None
}
