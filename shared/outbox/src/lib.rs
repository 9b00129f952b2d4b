//! Publishing what an outbox holds. A fact is in the outbox before anybody is told of it, so a
//! crash between the two costs a delay and nothing else; recovery publishes what was left.
//!
//! Knows no store: Postgres and MongoDB each implement [`Ledger`].

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::events::Event;
use domain::{EventId, Problem};
use queue::Queues;

/// The outbox of one database.
pub trait Ledger: Clone + Send + Sync + 'static {
    /// Notes that these have been handed to their queues.
    fn mark_sent(&self, events: &[EventId]) -> impl Future<Output = Result<(), Problem>> + Send;
    /// The oldest facts that nobody has published though their writer had time to.
    fn unsent(&self, limit: i64) -> impl Future<Output = Result<Vec<Event>, Problem>> + Send;
    /// Facts of the last so many seconds, sent or not.
    fn recent(&self, seconds: f64) -> impl Future<Output = Result<Vec<Event>, Problem>> + Send;
    /// The age of the oldest fact that nobody has published, in seconds.
    fn oldest(&self) -> impl Future<Output = Result<Option<f64>, Problem>> + Send;
}

/// Publishes the facts of one outbox. Requests that publish at the same moment share a batch.
#[derive(Clone)]
pub struct Relay<L> {
    ledger: L,
    queues: Queues,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Vec<Event>>,
    sending: tokio::sync::Mutex<()>,
}

impl<L: Ledger> Relay<L> {
    /// Joins an outbox to the queues.
    pub fn new(ledger: L, queues: Queues) -> Self {
        Self { ledger, queues, shared: Arc::default() }
    }

    /// Publishes facts that have just been committed. Never fails its caller, whose effect is
    /// done: what could not be sent stays in the outbox, and recovery sends it.
    pub async fn publish(&self, events: Vec<Event>) {
        let Some(last) = events.last().map(|event| event.event_id) else { return };
        self.waiting().extend(events);
        let _turn = self.shared.sending.lock().await;
        // Whoever had the turn before may have taken these along.
        let batch = {
            let mut waiting = self.waiting();
            if waiting.iter().any(|event| event.event_id == last) { std::mem::take(&mut *waiting) } else { Vec::new() }
        };
        self.send(&batch).await;
    }

    /// Publishes what was left behind; answers how many facts were sent.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn sweep(&self) -> Result<usize, Problem> {
        const AT_ONCE: i64 = 500;
        let mut sent = 0;
        loop {
            let left = self.ledger.unsent(AT_ONCE).await?;
            let done = self.send(&left).await;
            sent += done;
            if done == 0 || left.len() < AT_ONCE as usize {
                return Ok(sent);
            }
        }
    }

    /// Sends the facts of the last so many seconds again, after a queue was lost.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn replay(&self, seconds: f64) -> Result<usize, Problem> {
        let events = self.ledger.recent(seconds).await?;
        Ok(self.send(&events).await)
    }

    /// How old the oldest fact is that no queue has taken yet, in seconds; 0 when there is none.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn age(&self) -> Result<f64, Problem> {
        Ok(self.ledger.oldest().await?.unwrap_or_default())
    }

    async fn send(&self, events: &[Event]) -> usize {
        if events.is_empty() {
            return 0;
        }
        let failed: HashSet<EventId> = self.queues.publish(events).await;
        let sent: Vec<EventId> = events.iter().map(|e| e.event_id).filter(|id| !failed.contains(id)).collect();
        if !failed.is_empty() {
            tracing::warn!(events = failed.len(), "Some events could not be published; they stay in the outbox.");
        }
        if sent.is_empty() {
            return 0;
        }
        if let Err(problem) = self.ledger.mark_sent(&sent).await {
            tracing::warn!(%problem, "Published events could not be marked; they will be sent once more.");
        }
        sent.len()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Event>> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
