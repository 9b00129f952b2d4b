//! How recovery works through stale work of any kind: a few items at a time, so that one failure does
//! not block the others. Old rows are purged in small batches.

use std::collections::{HashSet, VecDeque};
use std::fmt::Display;
use std::pin::Pin;
use std::time::Duration;

use domain::{Problem, Result};
use futures::future::join_all;
use tokio::time::Instant;

/// How long a run claims work: less than half of its minute, whatever hangs.
const CLAIM_TIME_LIMIT: Duration = Duration::from_secs(20);
/// The longest time for one item. After that it is left as after a crash, and is tried last.
const ITEM_TIMEOUT: Duration = Duration::from_secs(10);
/// How many rows one statement purges: well within its timeout.
pub const PURGE_BATCH_SIZE: i64 = 1_000;
/// How long a run purges; a minute adds fewer rows than it purges.
const PURGE_TIME_LIMIT: Duration = Duration::from_secs(5);

/// The result of one part of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveryCounts {
    /// The number of items that were completed.
    pub completed: usize,
    /// The number of items that failed; they are tried again later, after those that have not been
    /// tried.
    pub failures: usize,
}

/// A future of the closures below. (Boxed: the compiler cannot prove `Send` for a future that a
/// closure makes from a reference.)
pub type RecoveryFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Claims a few items at a time and works on them in parallel, until nothing is left or the time is
/// over. Few, because a claimed item counts as tried; in parallel, because one item that hangs must
/// not use up the whole run.
///
/// # Errors
/// When nothing can be claimed.
pub async fn recover_stale<'a, T, K: Display>(
    what: &str,
    at_once: usize,
    claim: impl Fn(i64) -> RecoveryFuture<'a, Vec<T>>,
    key: impl Fn(&T) -> K,
    work: impl Fn(T) -> RecoveryFuture<'a, ()>,
) -> Result<RecoveryCounts> {
    let until = Instant::now() + CLAIM_TIME_LIMIT;
    let (mut counts, mut seen) = (RecoveryCounts::default(), HashSet::new());
    while Instant::now() < until {
        let claimed = claim(at_once as i64).await?;
        // Without a waiting time, a failed item is claimed again: after everything that is new.
        let mut fresh: VecDeque<T> = claimed.into_iter().filter(|item| seen.insert(key(item).to_string())).collect();
        if fresh.is_empty() {
            break;
        }
        while !fresh.is_empty() && Instant::now() < until {
            let items = fresh.drain(..at_once.min(fresh.len()));
            let attempts: Vec<_> = items.map(|item| recover_one(what, key(&item).to_string(), work(item))).collect();
            for completed in join_all(attempts).await {
                counts.completed += usize::from(completed);
                counts.failures += usize::from(!completed);
            }
        }
    }
    Ok(counts)
}

async fn recover_one(what: &str, id: String, work: RecoveryFuture<'_, ()>) -> bool {
    let outcome = tokio::time::timeout(ITEM_TIMEOUT, work).await;
    let Err(problem) = outcome.unwrap_or_else(|late| Err(Problem::unavailable(late))) else { return true };
    tracing::error!(recovered.what = what, recovered.id = id, %problem, "Recovery could not complete an item.");
    false
}

/// Purges in batches of at most [`PURGE_BATCH_SIZE`], until nothing is left or the time is over;
/// returns the number of purged rows.
///
/// # Errors
/// When the store is unavailable; batches that were purged before stay purged.
pub async fn purge_in_batches<'a>(purge_batch: impl Fn() -> RecoveryFuture<'a, u64>) -> Result<u64> {
    let until = Instant::now() + PURGE_TIME_LIMIT;
    let mut purged = 0;
    loop {
        let rows = purge_batch().await?;
        purged += rows;
        if rows < PURGE_BATCH_SIZE as u64 || Instant::now() >= until {
            return Ok(purged);
        }
    }
}
