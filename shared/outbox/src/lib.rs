//! Publishing what an outbox holds. A fact is in the outbox before anybody is told of it, so a
//! crash between the two costs a delay and nothing else; recovery publishes what was left.
//!
//! Knows no store: Postgres and MongoDB each implement [`Ledger`].

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::events::{Event, Queue};
use domain::{EventId, Problem};
use queue::Queues;
use runtime::metrics;
use tokio::time::Instant;

/// A page of an outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts<P> {
    /// Those that can be read.
    pub events: Vec<Event>,
    /// Those that cannot: a newer version has written them, and was taken back since.
    pub unreadable: Vec<EventId>,
    /// Where the next page begins, unless this is the last.
    pub next: Option<P>,
}

/// The outbox of one database.
pub trait Ledger: Clone + Send + Sync + 'static {
    /// Where a page ended.
    type Place: Send;

    /// Notes that these have been handed to their queues.
    fn mark_sent(&self, events: &[EventId]) -> impl Future<Output = Result<(), Problem>> + Send;
    /// The oldest facts that nobody has published though their writer had time to.
    fn unsent(
        &self,
        after: Option<Self::Place>,
        limit: i64,
    ) -> impl Future<Output = Result<Facts<Self::Place>, Problem>> + Send;
    /// Facts of the last so many seconds, sent or not, oldest first.
    fn recent(
        &self,
        seconds: f64,
        after: Option<Self::Place>,
        limit: i64,
    ) -> impl Future<Output = Result<Facts<Self::Place>, Problem>> + Send;
    /// The age of the oldest fact that nobody has published, in seconds.
    fn oldest(&self) -> impl Future<Output = Result<Option<f64>, Problem>> + Send;
}

/// Facts that are read at once: none of a sweep's pages costs much memory.
const PAGE: i64 = 500;
/// How long a sweep goes on; what is left then, the next one publishes.
const SWEEPING: Duration = Duration::from_secs(15);
/// The most ids of unreadable facts that a log line names.
const NAMED: usize = 20;

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

    /// Publishes what was left behind, page by page, each fact once; answers how many were sent.
    ///
    /// What cannot be read or sent is passed over and keeps nothing behind it from being
    /// published; the next sweep tries it again. Where sent facts cannot be marked, the sweep ends:
    /// every next page would only be sent twice as well.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn sweep(&self) -> Result<usize, Problem> {
        let until = Instant::now() + SWEEPING;
        let (mut sent, mut after, mut unreadable) = (0, None, Vec::new());
        let outcome = loop {
            let page = match self.ledger.unsent(after, PAGE).await {
                Ok(page) => page,
                Err(problem) => break Err(problem),
            };
            unreadable.extend(page.unreadable);
            match self.send(&page.events).await {
                Sent::Marked(events) => sent += events,
                Sent::Unmarked => break Ok(sent),
            }
            match page.next {
                Some(next) if Instant::now() < until => after = Some(next),
                _ => break Ok(sent),
            }
        };
        passed_over(&unreadable);
        outcome
    }

    /// Sends the facts of the last so many seconds to these queues again, after they were lost,
    /// page by page; answers how many.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn replay(&self, seconds: f64, queues: &[Queue]) -> Result<usize, Problem> {
        let (mut sent, mut after, mut unreadable) = (0, None, Vec::new());
        let outcome = loop {
            let page = match self.ledger.recent(seconds, after, PAGE).await {
                Ok(page) => page,
                Err(problem) => break Err(problem),
            };
            unreadable.extend(page.unreadable);
            let mut events = page.events;
            events.retain(|event| event.fact.queues().iter().any(|queue| queues.contains(queue)));
            let failed = self.queues.publish_to(queues, &events).await;
            sent += events.len() - failed.len();
            if !failed.is_empty() {
                tracing::warn!(events = failed.len(), "Some recent events could not be published again.");
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break Ok(sent),
            }
        };
        passed_over(&unreadable);
        outcome
    }

    /// How old the oldest fact is that no queue has taken yet, in seconds; 0 when there is none.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn age(&self) -> Result<f64, Problem> {
        Ok(self.ledger.oldest().await?.unwrap_or_default())
    }

    async fn send(&self, events: &[Event]) -> Sent {
        if events.is_empty() {
            return Sent::Marked(0);
        }
        let failed: HashSet<EventId> = self.queues.publish(events).await;
        let sent: Vec<EventId> = events.iter().map(|e| e.event_id).filter(|id| !failed.contains(id)).collect();
        if !failed.is_empty() {
            tracing::warn!(events = failed.len(), "Some events could not be published; they stay in the outbox.");
        }
        if sent.is_empty() {
            return Sent::Marked(0);
        }
        if let Err(problem) = self.ledger.mark_sent(&sent).await {
            tracing::warn!(%problem, "Published events could not be marked; they will be sent once more.");
            return Sent::Unmarked;
        }
        Sent::Marked(sent.len())
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Event>> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of facts that were to be sent.
enum Sent {
    /// So many have been handed to their queues, and that is written down.
    Marked(usize),
    /// Some have been handed over, and that could not be written down.
    Unmarked,
}

fn passed_over(unreadable: &[EventId]) {
    if unreadable.is_empty() {
        return;
    }
    metrics::OUTBOX_UNREADABLE.many(unreadable.len());
    let named: Vec<String> = unreadable.iter().take(NAMED).map(ToString::to_string).collect();
    tracing::error!(
        facts = unreadable.len(),
        event.ids = named.join(" "),
        "Facts in an outbox cannot be read by this version; they stay there and are passed over."
    );
}
