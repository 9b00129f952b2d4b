//! How many events one aggregation takes at once: fewer after one that took too long.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::{Mutex, MutexGuard};

/// The maximum number of events counted in one transaction. A store that cannot count that many in
/// time gets half as many the next time, down to a single one: with a fixed size it would fail
/// forever.
pub(crate) const MAX_BATCH: i64 = 500;
/// So many more events are tried after an aggregation that was in time.
const BATCH_GROWTH: i64 = 10;

/// The size of this process's next batch.
pub(crate) struct AggregationBatch {
    lock: Mutex<()>,
    size: AtomicI64,
}

impl AggregationBatch {
    pub(crate) fn new() -> Self {
        Self { lock: Mutex::default(), size: AtomicI64::new(MAX_BATCH) }
    }

    /// Aggregations of one process take turns: two at once could only make each other start again.
    pub(crate) async fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().await
    }

    pub(crate) fn size(&self) -> i64 {
        self.size.load(Ordering::Relaxed)
    }

    pub(crate) fn grow(&self) {
        self.size.store((self.size() + BATCH_GROWTH).min(MAX_BATCH), Ordering::Relaxed);
    }

    /// Never below a single event.
    pub(crate) fn halve(&self) {
        self.size.store((self.size() / 2).max(1), Ordering::Relaxed);
    }
}
