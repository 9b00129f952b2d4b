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

/// Work under way, as closures answer it. (Boxed: of a future that a closure makes of a reference
/// the compiler cannot tell that it may move between threads.)
pub type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Takes up a few at a time and works on them side by side, until nothing is left or the time is
/// over. Few, because whatever is taken up counts as tried; side by side, because one that hangs
/// must not be all that a run does.
///
/// # Errors
/// When nothing can be taken up.
pub async fn work_through<'a, T, K: Display>(
    what: &str,
    at_once: usize,
    take: impl Fn(i64) -> Work<'a, Vec<T>>,
    key: impl Fn(&T) -> K,
    work: impl Fn(T) -> Work<'a, ()>,
) -> Result<Worked> {
    let until = Instant::now() + TAKING_OVER;
    let (mut worked, mut seen) = (Worked::default(), HashSet::new());
    while Instant::now() < until {
        let taken = take(at_once as i64).await?;
        // Without a time to wait, what failed is there again: behind everything that is new.
        let mut fresh: VecDeque<T> = taken.into_iter().filter(|one| seen.insert(key(one).to_string())).collect();
        if fresh.is_empty() {
            break;
        }
        while !fresh.is_empty() && Instant::now() < until {
            let some = fresh.drain(..at_once.min(fresh.len()));
            let tried: Vec<_> = some.map(|one| attempt(what, key(&one).to_string(), work(one))).collect();
            for done in join_all(tried).await {
                worked.done += usize::from(done);
                worked.failures += usize::from(!done);
            }
        }
    }
    Ok(worked)
}

async fn attempt(what: &str, id: String, work: Work<'_, ()>) -> bool {
    let outcome = tokio::time::timeout(EACH, work).await;
    let Err(problem) = outcome.unwrap_or_else(|late| Err(Problem::unavailable(late))) else { return true };
    tracing::error!(recovered.what = what, recovered.id = id, %problem, "Recovery could not finish this now.");
    false
}

/// Forgets some at a time, at most [`FORGOTTEN_AT_ONCE`], until nothing is left or the time is over;
/// answers how many.
///
/// # Errors
/// When the store is away; what was forgotten before is gone.
pub async fn forget<'a>(some: impl Fn() -> Work<'a, u64>) -> Result<u64> {
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
