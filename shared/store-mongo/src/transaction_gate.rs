//! How many transactions a process has open, and whether the store answers them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runtime::with_timeout;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::{Error, Result};

/// The maximum number of open transactions of one process. A function serves one request at a time;
/// in a process that serves many, the others wait here instead of making each other start over.
const MAX_OPEN_TRANSACTIONS: usize = 2;

/// Transactions of one process enter through it.
pub(crate) struct TransactionGate {
    permits: Arc<Semaphore>,
    /// When a transaction last ended without a response.
    last_unanswered: Mutex<Option<Instant>>,
}

impl TransactionGate {
    pub(crate) fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(MAX_OPEN_TRANSACTIONS)), last_unanswered: Mutex::default() }
    }

    /// Waits for a permit, at most as long as `timeout`. It fails when a transaction got no answer
    /// in all the time that this one has waited.
    pub(crate) async fn enter(&self, timeout: Duration) -> Result<OwnedSemaphorePermit> {
        let asked = Instant::now();
        let permit = with_timeout(timeout, self.permits.clone().acquire_owned()).await?;
        let permit = permit.map_err(|_| Error::InvalidDocument("transactions are closed".to_owned()))?;
        if self.was_unanswered_since(asked) { Err(Error::Unresponsive) } else { Ok(permit) }
    }

    /// Records that a transaction got no response.
    pub(crate) fn record_unanswered(&self) {
        *self.last_unanswered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn was_unanswered_since(&self, since: Instant) -> bool {
        self.last_unanswered.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at >= since)
    }
}
