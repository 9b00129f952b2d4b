//! How many events one aggregation takes at once: fewer after one that took too long.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex as SyncMutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

/// The maximum number of events counted in one transaction. A store that cannot count that many in
/// time gets half as many the next time, down to a single one: with a fixed size it would fail
/// forever.
pub(crate) const MAX_BATCH: i64 = 500;
/// So many more events are tried after an aggregation that was in time.
const BATCH_GROWTH: i64 = 10;
/// An aggregation with at least this budget works off a backlog.
const LONG_BUDGET: Duration = Duration::from_secs(10);
/// Batches that it reads at once. SecantusDB reads the whole index for each read, whatever its limit.
const LONG_READ_AHEAD: i64 = 10;
/// How long a backlog that a reader has found is left to the scheduled aggregation, which runs every
/// minute.
const BACKLOG_PAUSE: Duration = Duration::from_secs(60);

/// The size of this process's next batch.
pub(crate) struct AggregationBatch {
    lock: Mutex<()>,
    size: AtomicI64,
    backlog_found: SyncMutex<Option<Instant>>,
}

impl AggregationBatch {
    pub(crate) fn new() -> Self {
        Self { lock: Mutex::default(), size: AtomicI64::new(MAX_BATCH), backlog_found: SyncMutex::default() }
    }

    /// Aggregations of one process take turns: two at once could only make each other start again.
    pub(crate) async fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().await
    }

    pub(crate) fn size(&self) -> i64 {
        self.size.load(Ordering::Relaxed)
    }

    /// The number of batches to read at once.
    pub(crate) fn read_ahead(&self, budget: Duration) -> i64 {
        // Only while the store keeps up: what is read must also arrive in time.
        if budget >= LONG_BUDGET && self.size() == MAX_BATCH { LONG_READ_AHEAD } else { 1 }
    }

    pub(crate) fn grow(&self) {
        self.size.store((self.size() + BATCH_GROWTH).min(MAX_BATCH), Ordering::Relaxed);
    }

    /// Never below a single event.
    pub(crate) fn halve(&self) {
        self.size.store((self.size() / 2).max(1), Ordering::Relaxed);
    }

    /// Whether more was pending than a reader can wait for, not long ago.
    pub(crate) fn has_backlog(&self) -> bool {
        let found = *self.backlog_found.lock().unwrap_or_else(PoisonError::into_inner);
        found.is_some_and(|at| at.elapsed() < BACKLOG_PAUSE)
    }

    pub(crate) fn record_backlog(&self) {
        *self.backlog_found.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}
