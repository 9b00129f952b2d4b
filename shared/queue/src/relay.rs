//! Publishes events from an outbox: right after a commit, and from recovery what a crash left
//! unpublished.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::events::{EventEnvelope, Queue};
use domain::{EventId, Problem};
use outbox::OutboxStore;
use runtime::metrics;
use tokio::time::Instant;

use crate::Queues;

/// Events read at once: no page costs much memory.
const PAGE_SIZE: i64 = 500;
/// How long one run of the relay may take; the next run publishes the rest.
const RELAY_TIME_LIMIT: Duration = Duration::from_secs(15);
/// The maximum number of ids of undecodable events in a log line.
const MAX_LOGGED_IDS: usize = 20;

/// Does at once what the only consumer of some events would do with their messages.
type DirectDelivery =
    dyn Fn(Vec<EventEnvelope>) -> Pin<Box<dyn Future<Output = Result<(), Problem>> + Send>> + Send + Sync;

/// Publishes the events of one outbox. Requests that publish at the same moment share a batch.
#[derive(Clone)]
pub struct OutboxRelay<S> {
    store: S,
    queues: Queues,
    shared: Arc<PublishQueue>,
    direct: Option<Arc<DirectDelivery>>,
}

#[derive(Default)]
struct PublishQueue {
    waiting: Mutex<Vec<EventEnvelope>>,
    sending: tokio::sync::Mutex<()>,
}

impl<S: OutboxStore> OutboxRelay<S> {
    /// Joins an outbox to the queues.
    pub fn new(store: S, queues: Queues) -> Self {
        Self { store, queues, shared: Arc::default(), direct: None }
    }

    /// From now on [`publish`](Self::publish) calls `deliver` instead of sending messages, and sends them
    /// when it fails. For events of which one consumer alone exists. What is pending is sent as before.
    #[must_use]
    pub fn with_direct_delivery<F, W>(mut self, deliver: F) -> Self
    where
        F: Fn(Vec<EventEnvelope>) -> W + Send + Sync + 'static,
        W: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        self.direct = Some(Arc::new(move |events| Box::pin(deliver(events))));
        self
    }

    /// Publishes events that have just been committed. Never fails its caller, whose effect is
    /// done: what could not be sent stays in the outbox, and recovery sends it.
    pub async fn publish(&self, events: Vec<EventEnvelope>) {
        let Some(last) = events.last().map(|event| event.event_id) else { return };
        self.lock_waiting().extend(events);
        let _turn = self.shared.sending.lock().await;
        // The previous holder of the lock may have published these too.
        let batch = {
            let mut waiting = self.lock_waiting();
            if waiting.iter().any(|event| event.event_id == last) { std::mem::take(&mut *waiting) } else { Vec::new() }
        };
        if !self.deliver_directly(&batch).await {
            self.publish_batch(&batch).await;
        }
    }

    /// False if they must be sent as messages.
    async fn deliver_directly(&self, events: &[EventEnvelope]) -> bool {
        let Some(deliver) = self.direct.as_ref().filter(|_| !events.is_empty()) else { return false };
        if let Err(problem) = deliver(events.to_vec()).await {
            tracing::warn!(%problem, events = events.len(), "Events could not be delivered directly; they are published.");
            return false;
        }
        self.mark(&events.iter().map(|event| event.event_id).collect::<Vec<_>>()).await;
        true
    }

    /// Whether events that are done were marked.
    async fn mark(&self, events: &[EventId]) -> bool {
        let marked = self.store.mark_published(events).await;
        if let Err(problem) = &marked {
            tracing::warn!(%problem, "Published events could not be marked; they will be sent once more.");
        }
        marked.is_ok()
    }

    /// Publishes pending events, page by page, each once; returns how many were sent.
    ///
    /// An event that cannot be decoded or sent is skipped and does not block those after it; the
    /// next run tries it again. If sent events cannot be marked, the run ends: every further page
    /// would only be sent twice as well.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn relay_pending(&self) -> Result<usize, Problem> {
        let until = Instant::now() + RELAY_TIME_LIMIT;
        let (mut sent, mut after, mut undecodable) = (0, None, Vec::new());
        let outcome = loop {
            let page = match self.store.list_unpublished(after, PAGE_SIZE).await {
                Ok(page) => page,
                Err(problem) => break Err(problem),
            };
            undecodable.extend(page.undecodable);
            match self.publish_batch(&page.events).await {
                PublishOutcome::Marked(events) => sent += events,
                PublishOutcome::Unmarked => break Ok(sent),
            }
            match page.next {
                Some(next) if Instant::now() < until => after = Some(next),
                _ => break Ok(sent),
            }
        };
        report_undecodable(&undecodable);
        outcome
    }

    /// Sends the events of the last `seconds` to these queues again, after they were lost, page by
    /// page; returns how many.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn republish_recent(&self, seconds: f64, queues: &[Queue]) -> Result<usize, Problem> {
        let (mut sent, mut after, mut undecodable) = (0, None, Vec::new());
        let outcome = loop {
            let page = match self.store.list_recent(seconds, after, PAGE_SIZE).await {
                Ok(page) => page,
                Err(problem) => break Err(problem),
            };
            undecodable.extend(page.undecodable);
            let mut events = page.events;
            events.retain(|event| event.payload.queues().iter().any(|queue| queues.contains(queue)));
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
        report_undecodable(&undecodable);
        outcome
    }

    /// The age of the oldest event that no queue has accepted yet, in seconds; 0 if there is none.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn oldest_pending_seconds(&self) -> Result<f64, Problem> {
        Ok(self.store.oldest_unpublished_age().await?.unwrap_or_default())
    }

    async fn publish_batch(&self, events: &[EventEnvelope]) -> PublishOutcome {
        if events.is_empty() {
            return PublishOutcome::Marked(0);
        }
        let failed: HashSet<EventId> = self.queues.publish(events).await;
        let sent: Vec<EventId> = events.iter().map(|e| e.event_id).filter(|id| !failed.contains(id)).collect();
        if !failed.is_empty() {
            tracing::warn!(events = failed.len(), "Some events could not be published; they stay in the outbox.");
        }
        if sent.is_empty() {
            return PublishOutcome::Marked(0);
        }
        if self.mark(&sent).await { PublishOutcome::Marked(sent.len()) } else { PublishOutcome::Unmarked }
    }

    fn lock_waiting(&self) -> std::sync::MutexGuard<'_, Vec<EventEnvelope>> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The result of publishing events.
enum PublishOutcome {
    /// This many have been handed to their queues and are marked.
    Marked(usize),
    /// Some have been handed over, and could not be marked.
    Unmarked,
}

fn report_undecodable(undecodable: &[EventId]) {
    if undecodable.is_empty() {
        return;
    }
    metrics::OUTBOX_UNREADABLE.increment_by(undecodable.len());
    let named: Vec<String> = undecodable.iter().take(MAX_LOGGED_IDS).map(ToString::to_string).collect();
    tracing::error!(
        events = undecodable.len(),
        event.ids = named.join(" "),
        "Events in an outbox cannot be decoded by this version; they stay there and are skipped."
    );
}
