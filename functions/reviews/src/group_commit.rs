//! Requests of one process that arrive at the same moment share their writes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime::in_current_request;
use tokio::sync::oneshot;

/// The maximum number of requests in a batch: its commands stay far below a time limit.
const MAX_BATCH: usize = 100;

/// Requests that wait for their turn; all that wait when it comes form one batch. An instance under
/// Lambda has one request at a time: its batches have one.
pub(crate) struct GroupCommit<T, R> {
    waiting: Arc<Mutex<VecDeque<Waiting<T, R>>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

struct Waiting<T, R> {
    item: T,
    answer: oneshot::Sender<R>,
}

impl<T, R> Clone for GroupCommit<T, R> {
    fn clone(&self) -> Self {
        Self { waiting: self.waiting.clone(), turn: self.turn.clone() }
    }
}

impl<T, R> Default for GroupCommit<T, R> {
    fn default() -> Self {
        Self { waiting: Arc::default(), turn: Arc::default() }
    }
}

impl<T: Send + 'static, R: Send + 'static> GroupCommit<T, R> {
    /// Has `run` process this item with others, and returns what it returns for it; `None` if it
    /// panicked. If this future is dropped before its turn, nothing is done for the item.
    ///
    /// A batch runs in a task of its own: a client that hangs up does not take the others with it.
    pub(crate) async fn submit<W>(&self, item: T, run: impl Fn(Vec<T>) -> W) -> Option<R>
    where
        W: Future<Output = Vec<R>> + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        self.lock_waiting().push_back(Waiting { item, answer });
        loop {
            let turn = tokio::select! {
                biased;
                result = &mut answered => return result.ok(),
                turn = self.turn.clone().lock_owned() => turn,
            };
            let (items, answers) = self.next_batch();
            if items.is_empty() {
                continue;
            }
            let work = in_current_request(run(items));
            tokio::spawn(async move {
                for (result, answer) in work.await.into_iter().zip(answers) {
                    // A request that has ended needs no answer.
                    let _ = answer.send(result);
                }
                drop(turn);
            });
        }
    }

    fn next_batch(&self) -> (Vec<T>, Vec<oneshot::Sender<R>>) {
        let mut waiting = self.lock_waiting();
        waiting.retain(|one| !one.answer.is_closed());
        let size = waiting.len().min(MAX_BATCH);
        waiting.drain(..size).map(|one| (one.item, one.answer)).unzip()
    }

    fn lock_waiting(&self) -> MutexGuard<'_, VecDeque<Waiting<T, R>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn those_who_wait_share_a_batch_and_each_gets_its_own_answer() {
        let (group, batches) = (GroupCommit::<usize, usize>::default(), Arc::new(AtomicUsize::new(0)));
        let double = |items: Vec<usize>| {
            batches.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::task::yield_now().await;
                items.into_iter().map(|item| 2 * item).collect()
            }
        };
        let answers = join_all((0..250).map(|item| group.submit(item, double))).await;
        assert_eq!(answers, (0..250).map(|item| Some(2 * item)).collect::<Vec<_>>());
        assert!(batches.load(Ordering::SeqCst) <= 4, "{batches:?}");
    }

    #[tokio::test]
    async fn nothing_is_done_for_a_request_that_has_ended_and_a_panic_ends_only_its_batch() {
        let group = GroupCommit::<u8, u8>::default();
        let turn = group.turn.clone().lock_owned().await;
        let waiting = tokio::time::timeout(std::time::Duration::ZERO, group.submit(1, async |items| items));
        assert!(waiting.await.is_err());
        drop(turn);
        assert_eq!(
            group.submit(2, async |items| items.into_iter().inspect(|item| assert_eq!(*item, 2)).collect()).await,
            Some(2)
        );
        assert_eq!(group.submit(3, async |_| panic!("planned")).await, None);
        assert_eq!(group.submit(4, async |items| items).await, Some(4));
    }
}
