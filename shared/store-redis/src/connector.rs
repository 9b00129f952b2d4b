//! Opens the connection to Redis in a task of its own, which continues even if no request waits for it.
//!
//! A command waits for a connection no longer than for a response. If it also opened the
//! connection, one that takes longer than that (TCP, TLS, a password) would be abandoned and begun
//! again forever; so a command that needs one starts the task, waits its own time, and leaves the
//! task running.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult};
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest time to open a connection, counted while this process is awake: if Lambda freezes it
/// between requests, the peer's responses arrive nevertheless.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The interval by which that is counted.
const TICK: Duration = Duration::from_millis(50);
/// A younger connection is not closed for being unresponsive.
const MIN_AGE: Duration = Duration::from_secs(1);

/// One connection and its state.
pub(crate) struct Connector {
    client: Client,
    state: Mutex<State>,
    /// The number of connections begun.
    attempts: AtomicU64,
}

enum State {
    Disconnected,
    Connecting(watch::Receiver<()>),
    Connected { connection: MultiplexedConnection, number: u64, since: Instant },
}

/// A connection as it was handed out; the number distinguishes it from later ones.
pub(crate) struct NumberedConnection {
    pub(crate) connection: MultiplexedConnection,
    pub(crate) number: u64,
}

impl Connector {
    pub(crate) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self { client, state: Mutex::new(State::Disconnected), attempts: AtomicU64::new(0) })
    }

    /// The connection, once it is open. If the waiting caller is dropped, connecting continues.
    pub(crate) async fn acquire(self: &Arc<Self>) -> RedisResult<NumberedConnection> {
        let mut making = match self.connected_or_pending() {
            Ok(borrowed) => return Ok(borrowed),
            Err(making) => making,
        };
        // Also if the task has ended with its runtime.
        let ended = making.changed().await;
        let mut state = self.state();
        match &*state {
            State::Connected { connection, number, .. } => {
                return Ok(NumberedConnection { connection: connection.clone(), number: *number });
            }
            State::Connecting(_) if ended.is_err() => *state = State::Disconnected,
            State::Connecting(_) | State::Disconnected => {}
        }
        Err(RedisError::from((ErrorKind::Io, "no connection could be made")))
    }

    /// This connection was closed: a new one is opened at once, so that it is ready when it is
    /// needed.
    pub(crate) fn on_closed(self: &Arc<Self>, number: u64) {
        self.reconnect(number, Duration::ZERO);
    }

    /// This connection does not respond any more: it would be waited for until the kernel closes
    /// it, for a quarter of an hour.
    pub(crate) fn on_unresponsive(self: &Arc<Self>, number: u64) {
        self.reconnect(number, MIN_AGE);
    }

    fn reconnect(self: &Arc<Self>, lost: u64, older_than: Duration) {
        let mut state = self.state();
        if matches!(&*state, State::Connected { number, since, .. } if *number == lost && since.elapsed() >= older_than)
        {
            *state = State::Connecting(self.spawn_connect());
        }
    }

    fn connected_or_pending(self: &Arc<Self>) -> Result<NumberedConnection, watch::Receiver<()>> {
        let mut state = self.state();
        match &*state {
            State::Connected { connection, number, .. } => {
                Ok(NumberedConnection { connection: connection.clone(), number: *number })
            }
            State::Connecting(made) => Err(made.clone()),
            State::Disconnected => {
                let made = self.spawn_connect();
                *state = State::Connecting(made.clone());
                Err(made)
            }
        }
    }

    /// Starts the task. Only the task changes the state while it runs: nobody replaces a connection
    /// that is being opened.
    fn spawn_connect(self: &Arc<Self>) -> watch::Receiver<()> {
        let (made, receiver) = watch::channel(());
        let (connector, number) = (self.clone(), self.attempts.fetch_add(1, Ordering::Relaxed));
        tokio::spawn(async move {
            // The time limits are those of the caller, and the ones above.
            let settings = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
            let attempt = timeout_while_awake(
                CONNECT_TIMEOUT,
                connector.client.get_multiplexed_async_connection_with_config(&settings),
            )
            .await;
            let state = match attempt {
                Some(Ok(connection)) => State::Connected { connection, number, since: Instant::now() },
                Some(Err(error)) => {
                    tracing::debug!(%error, "The connection to Redis failed.");
                    State::Disconnected
                }
                None => {
                    tracing::debug!("The connection to Redis timed out.");
                    State::Disconnected
                }
            };
            *connector.state() = state;
            made.send_replace(());
        });
        receiver
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Awaits `work` for at most this long, not counting the time in which the process was frozen.
async fn timeout_while_awake<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(work);
    let mut left = limit.as_millis() / TICK.as_millis();
    while left > 0 {
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            () = tokio::time::sleep(TICK) => left -= 1,
        }
    }
    None
}
