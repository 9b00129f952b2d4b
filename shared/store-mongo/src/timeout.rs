//! Time limits of operations.

use std::time::Duration;

use runtime::with_timeout;
use tokio::time::Instant;

use crate::Result;

/// The longest wait for one operation, including the wait for a connection.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(2);
/// The same for a read of a whole collection, page by page, that no request waits for.
const SCAN_TIMEOUT: Duration = Duration::from_secs(60);
/// The same for the operations of a deploy. The invocation ends before it.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Reads with the timeout of whole-collection scans.
pub(crate) async fn timed_scan<T>(work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
    Ok(with_timeout(SCAN_TIMEOUT, work.into_future()).await??)
}

/// Runs one operation of a deploy: an index on a large collection takes as long as it takes.
pub(crate) async fn timed_migration<T>(work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
    Ok(with_timeout(MIGRATION_TIMEOUT, work.into_future()).await??)
}

/// Runs one operation within its time limit.
pub(crate) async fn timed<T>(work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
    Ok(with_timeout(OPERATION_TIMEOUT, work.into_future()).await??)
}

/// The time limit of several operations that form one step for their caller: a store that does not
/// respond is waited for once, and not once per operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The longest wait for one operation, from now on.
    pub(crate) fn new() -> Self {
        Self(Instant::now() + OPERATION_TIMEOUT)
    }

    /// The same for a read of many documents that no request waits for.
    pub(crate) fn for_scan() -> Self {
        Self(Instant::now() + SCAN_TIMEOUT)
    }

    /// Whether no further operation can start.
    pub(crate) fn has_passed(self) -> bool {
        self.remaining().is_zero()
    }

    pub(crate) fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Runs one of the operations.
    pub(crate) async fn timed<T>(self, work: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
        Ok(with_timeout(self.remaining(), work.into_future()).await??)
    }
}
