//! Work on many things at once.

use anyhow::Result;
use futures::StreamExt;
use futures::stream;

/// Runs a limited number of tasks concurrently, each on its own: one that waits for a processor
/// delays no other's time limits.
pub(super) async fn run_concurrently<T, R, W>(
    at_once: usize,
    all: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> W,
) -> Result<Vec<R>>
where
    R: Send + 'static,
    W: Future<Output = Result<R>> + Send + 'static,
{
    let tasks = stream::iter(all).map(|one| tokio::spawn(work(one))).buffer_unordered(at_once);
    let done: Vec<_> = tasks.collect().await;
    done.into_iter().map(|joined| joined?).collect()
}
