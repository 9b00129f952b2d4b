//! How recovery works through what was left half done, whoever owns it: a few at a time, what
//! fails keeps nothing else from being done, and what is old is forgotten in small pieces.

use std::collections::{HashSet, VecDeque};
use std::fmt::Display;
use std::pin::Pin;
use std::time::Duration;

use domain::{Problem, Result};
use futures::future::join_all;
use tokio::time::Instant;

/// How long a run goes on taking over: less than half of its minute, whatever hangs.
const CLAIM_TIME_LIMIT: Duration = Duration::from_secs(20);
/// The longest for one piece of work. It is then left as after a crash, and comes last.
const ITEM_TIMEOUT: Duration = Duration::from_secs(10);
/// How many rows are forgotten by one statement: well within its time.
pub const PURGE_BATCH_SIZE: i64 = 1_000;
/// How long a run goes on forgetting; a minute brings less than it forgets.
const PURGE_TIME_LIMIT: Duration = Duration::from_secs(5);

/// What a part of a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveryCounts {
    /// So many were brought to an end.
    pub completed: usize,
    /// So many could not be; they are tried again later, behind those that nobody has tried.
    pub failures: usize,
}

/// Work under way, as closures answer it. (Boxed: of a future that a closure makes of a reference
/// the compiler cannot tell that it may move between threads.)
pub type RecoveryFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Takes up a few at a time and works on them side by side, until nothing is left or the time is
/// over. Few, because whatever is taken up counts as tried; side by side, because one that hangs
/// must not be all that a run does.
///
/// # Errors
/// When nothing can be taken up.
pub async fn recover_stale<'a, T, K: Display>(
    what: &str,
    at_once: usize,
    take: impl Fn(i64) -> RecoveryFuture<'a, Vec<T>>,
    key: impl Fn(&T) -> K,
    work: impl Fn(T) -> RecoveryFuture<'a, ()>,
) -> Result<RecoveryCounts> {
    let until = Instant::now() + CLAIM_TIME_LIMIT;
    let (mut worked, mut seen) = (RecoveryCounts::default(), HashSet::new());
    while Instant::now() < until {
        let taken = take(at_once as i64).await?;
        // Without a time to wait, what failed is there again: behind everything that is new.
        let mut fresh: VecDeque<T> = taken.into_iter().filter(|one| seen.insert(key(one).to_string())).collect();
        if fresh.is_empty() {
            break;
        }
        while !fresh.is_empty() && Instant::now() < until {
            let some = fresh.drain(..at_once.min(fresh.len()));
            let tried: Vec<_> = some.map(|one| recover_one(what, key(&one).to_string(), work(one))).collect();
            for done in join_all(tried).await {
                worked.completed += usize::from(done);
                worked.failures += usize::from(!done);
            }
        }
    }
    Ok(worked)
}

async fn recover_one(what: &str, id: String, work: RecoveryFuture<'_, ()>) -> bool {
    let outcome = tokio::time::timeout(ITEM_TIMEOUT, work).await;
    let Err(problem) = outcome.unwrap_or_else(|late| Err(Problem::unavailable(late))) else { return true };
    tracing::error!(recovered.what = what, recovered.id = id, %problem, "Recovery could not finish this now.");
    false
}

/// Forgets some at a time, at most [`FORGOTTEN_AT_ONCE`], until nothing is left or the time is over;
/// answers how many.
///
/// # Errors
/// When the store is away; what was forgotten before is gone.
pub async fn purge_in_batches<'a>(some: impl Fn() -> RecoveryFuture<'a, u64>) -> Result<u64> {
    let until = Instant::now() + PURGE_TIME_LIMIT;
    let mut forgotten = 0;
    loop {
        let now = some().await?;
        forgotten += now;
        if now < PURGE_BATCH_SIZE as u64 || Instant::now() >= until {
            return Ok(forgotten);
        }
    }
}
