//! What an outbox is: a table of events, written in the transaction that makes them true, from which
//! they are published afterwards. A crash between the two costs a delay and nothing else.
//!
//! Knows no store and no queue: Postgres and MongoDB each implement [`OutboxStore`], and
//! `queue::OutboxRelay` publishes from it.

use domain::events::EventEnvelope;
use domain::{EventId, Problem};

/// A page of an outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxPage<P> {
    /// Those that can be read.
    pub events: Vec<EventEnvelope>,
    /// Those that cannot: a newer version has written them, and was taken back since.
    pub undecodable: Vec<EventId>,
    /// Where the next page begins, unless this is the last.
    pub next: Option<P>,
}

/// The outbox of one database.
pub trait OutboxStore: Clone + Send + Sync + 'static {
    /// Where a page ended.
    type Cursor: Send;

    /// Notes that these have been handed to their queues.
    fn mark_published(&self, events: &[EventId]) -> impl Future<Output = Result<(), Problem>> + Send;
    /// The oldest facts that nobody has published though their writer had time to.
    fn list_unpublished(
        &self,
        after: Option<Self::Cursor>,
        limit: i64,
    ) -> impl Future<Output = Result<OutboxPage<Self::Cursor>, Problem>> + Send;
    /// Facts of the last so many seconds, sent or not, oldest first.
    fn list_recent(
        &self,
        seconds: f64,
        after: Option<Self::Cursor>,
        limit: i64,
    ) -> impl Future<Output = Result<OutboxPage<Self::Cursor>, Problem>> + Send;
    /// The age of the oldest fact that nobody has published, in seconds.
    fn oldest_unpublished_age(&self) -> impl Future<Output = Result<Option<f64>, Problem>> + Send;
}
