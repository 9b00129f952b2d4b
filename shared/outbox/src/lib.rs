//! The outbox pattern: a table of events, written in the transaction of the change they describe,
//! from which they are published afterwards. A crash between the two costs a delay and nothing
//! else.
//!
//! Knows no store and no queue: Postgres and MongoDB each implement [`OutboxStore`], and
//! `queue::OutboxRelay` publishes from it.

use domain::events::EventEnvelope;
use domain::{EventId, Problem};

/// A page of an outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxPage<P> {
    /// The events that could be decoded.
    pub events: Vec<EventEnvelope>,
    /// Rows that could not be decoded: a newer version wrote them, and was rolled back since.
    pub undecodable: Vec<EventId>,
    /// The start of the next page; `None` if this is the last.
    pub next: Option<P>,
}

/// The outbox of one database.
pub trait OutboxStore: Clone + Send + Sync + 'static {
    /// The end of a page.
    type Cursor: Send;

    /// Marks events as handed to their queues.
    fn mark_published(&self, events: &[EventId]) -> impl Future<Output = Result<(), Problem>> + Send;
    /// The oldest events that are unpublished although their writer had time to publish them.
    fn list_unpublished(
        &self,
        after: Option<Self::Cursor>,
        limit: i64,
    ) -> impl Future<Output = Result<OutboxPage<Self::Cursor>, Problem>> + Send;
    /// Events of the last `seconds`, sent or not, oldest first.
    fn list_recent(
        &self,
        seconds: f64,
        after: Option<Self::Cursor>,
        limit: i64,
    ) -> impl Future<Output = Result<OutboxPage<Self::Cursor>, Problem>> + Send;
    /// The age of the oldest unpublished event, in seconds.
    fn oldest_unpublished_age(&self) -> impl Future<Output = Result<Option<f64>, Problem>> + Send;
}
