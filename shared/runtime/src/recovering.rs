//! How recovery works through what was left half done, whoever owns it: a few at a time, what
//! fails keeps nothing else from being done, and what is old is forgotten in small pieces.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;
use std::time::Duration;

use domain::{Problem, Result};
use futures::future::join_all;
use tokio::time::Instant;

/// How long a run goes on taking over: less than half of its minute, whatever hangs.
const TAKING_OVER: Duration = Duration::from_secs(20);
/// The longest for one piece of work. It is then left as after a crash, and comes last.
const EACH: Duration = Duration::from_secs(10);
/// How many rows are forgotten by one statement: well within its time.
pub const FORGOTTEN_AT_ONCE: i64 = 1_000;
/// How long a run goes on forgetting; a minute brings less than it forgets.
const FORGETTING: Duration = Duration::from_secs(5);

/// What a part of a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// So many were brought to an end.
    pub done: usize,
    /// So many could not be; they are tried again later, behind those that nobody has tried.
    pub failures: usize,
}

/// Takes up a few at a time and works on them side by side, until nothing is left or the time is
/// over. Few, because whatever is taken up counts as tried; side by side, because one that hangs
/// must not be all that a run does.
///
/// # Errors
/// When nothing can be taken up.
pub async fn work_through<T, K: Hash + Eq + Display>(
    what: &str,
    at_once: usize,
    take: impl AsyncFn(i64) -> Result<Vec<T>>,
    key: impl Fn(&T) -> K,
    work: impl AsyncFn(&T) -> Result<()>,
) -> Result<Worked> {
    let until = Instant::now() + TAKING_OVER;
    let (mut worked, mut seen) = (Worked::default(), HashSet::new());
    while Instant::now() < until {
        let taken = take(at_once as i64).await?;
        // Without a time to wait, what failed is there again: behind everything that is new.
        let fresh: Vec<T> = taken.into_iter().filter(|one| seen.insert(key(one))).collect();
        if fresh.is_empty() {
            break;
        }
        let attempt = async |one| match tokio::time::timeout(EACH, work(one)).await {
            Ok(Ok(())) => true,
            failed => {
                let problem = failed.unwrap_or_else(|late| Err(Problem::unavailable(late))).err();
                let (id, problem) = (key(one), problem.map(tracing::field::display));
                tracing::error!(recovered.what = what, recovered.id = %id, problem, "Recovery could not finish this now.");
                false
            }
        };
        for some in fresh.chunks(at_once) {
            let done = join_all(some.iter().map(&attempt)).await.into_iter().filter(|done| *done).count();
            worked.done += done;
            worked.failures += some.len() - done;
            if Instant::now() >= until {
                break;
            }
        }
    }
    Ok(worked)
}

/// Forgets some at a time, at most [`FORGOTTEN_AT_ONCE`], until nothing is left or the time is over;
/// answers how many.
///
/// # Errors
/// When the store is away; what was forgotten before is gone.
pub async fn forget(some: impl AsyncFn() -> Result<u64>) -> Result<u64> {
    let until = Instant::now() + FORGETTING;
    let mut forgotten = 0;
    loop {
        let now = some().await?;
        forgotten += now;
        if now < FORGOTTEN_AT_ONCE as u64 || Instant::now() >= until {
            return Ok(forgotten);
        }
    }
}
