//! A fair queue for password hashing. Logins and sign-ups wait in lanes of their own that take
//! turns, and within a lane so do the client addresses: a client that floods a lane delays only
//! itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The kind of request that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    LogIn,
    SignUp,
}

/// A limited number of concurrent hashes, and a queue for the next ones. Cheap to clone.
#[derive(Clone)]
pub(crate) struct FairQueue(Arc<Mutex<QueueState>>);

struct QueueState {
    /// No request waits while there is a free permit.
    available: usize,
    waiting: [WaitingLane; 2],
    /// The lane that is served next.
    next_lane: usize,
}

/// A lane: its waiters by client address, with the address that is served next in front.
#[derive(Default)]
struct WaitingLane(VecDeque<(String, VecDeque<oneshot::Sender<Permit>>)>);

/// A turn; ends when it is dropped.
pub(crate) struct Permit(Option<FairQueue>);

impl FairQueue {
    pub(crate) fn new(at_once: usize) -> Self {
        Self(Arc::new(Mutex::new(QueueState {
            available: at_once,
            waiting: <[WaitingLane; 2]>::default(),
            next_lane: 0,
        })))
    }

    /// Waits for a turn. A cancelled waiter loses only its own place.
    pub(crate) async fn acquire(&self, lane: Lane, address: &str) -> Permit {
        let turn = {
            let mut queue = self.state();
            if queue.available > 0 {
                queue.available -= 1;
                return Permit(Some(self.clone()));
            }
            let (give, turn) = oneshot::channel();
            queue.waiting[lane as usize].push(address, give);
            turn
        };
        match turn.await {
            Ok(turn) => turn,
            // No place is dropped without getting a turn.
            Err(_) => Permit(None),
        }
    }

    /// Passes a finished turn to the next waiter.
    fn release(&self) {
        loop {
            let next = {
                let mut queue = self.state();
                let next = queue.pop();
                if next.is_none() {
                    queue.available += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Permit(Some(self.clone()))) {
                Ok(()) => return,
                // That waiter was cancelled in the meantime: the turn goes to another.
                Err(mut turn) => turn.0 = None,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl QueueState {
    fn pop(&mut self) -> Option<oneshot::Sender<Permit>> {
        let lanes = self.waiting.len();
        let (lane, next) = (0..lanes).map(|n| (self.next_lane + n) % lanes).find_map(|lane| {
            let next = self.waiting[lane].pop()?;
            Some((lane, next))
        })?;
        self.next_lane = (lane + 1) % lanes;
        Some(next)
    }
}

impl WaitingLane {
    fn push(&mut self, address: &str, give: oneshot::Sender<Permit>) {
        match self.0.iter_mut().find(|(other, _)| other == address) {
            Some((_, places)) => places.push_back(give),
            None => self.0.push_back((address.to_owned(), VecDeque::from([give]))),
        }
    }

    fn pop(&mut self) -> Option<oneshot::Sender<Permit>> {
        let (address, mut places) = self.0.pop_front()?;
        let next = places.pop_front();
        if !places.is_empty() {
            self.0.push_back((address, places));
        }
        next
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(turns) = self.0.take() {
            turns.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Served = Arc<Mutex<Vec<String>>>;

    /// Spawns a waiter that records its turn, and ends it.
    async fn spawn_waiter(
        turns: &FairQueue,
        lane: Lane,
        address: &str,
        served: &Served,
    ) -> tokio::task::JoinHandle<()> {
        let (own, address, served) = (turns.clone(), address.to_owned(), served.clone());
        let task = tokio::spawn(async move {
            let turn = own.acquire(lane, &address).await;
            served.lock().unwrap().push(format!("{lane:?} {address}"));
            drop(turn);
        });
        // On one thread a spawned task runs until it waits.
        tokio::task::yield_now().await;
        task
    }

    async fn join_tasks(tasks: Vec<tokio::task::JoinHandle<()>>) {
        for task in tasks {
            task.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_login_is_served_second_during_a_flood_of_sign_ups() {
        let (turns, served) = (FairQueue::new(1), Served::default());
        let busy = turns.acquire(Lane::SignUp, "192.0.2.1").await;
        let mut tasks = Vec::new();
        for n in 0..500 {
            tasks.push(spawn_waiter(&turns, Lane::SignUp, &format!("192.0.2.{}", n % 7), &served).await);
        }
        tasks.push(spawn_waiter(&turns, Lane::LogIn, "198.51.100.1", &served).await);
        drop(busy);
        join_tasks(tasks).await;
        let served = served.lock().unwrap();
        let turn = served.iter().position(|who| who.starts_with("LogIn")).unwrap();
        assert!(turn < 2, "the login was served as number {turn}");
        assert_eq!(served.len(), 501);
    }

    #[tokio::test]
    async fn addresses_are_served_in_turn() {
        let (turns, served) = (FairQueue::new(1), Served::default());
        let busy = turns.acquire(Lane::LogIn, "192.0.2.1").await;
        let mut tasks = Vec::new();
        for address in ["a", "a", "a", "b", "c", "b"] {
            tasks.push(spawn_waiter(&turns, Lane::LogIn, address, &served).await);
        }
        drop(busy);
        join_tasks(tasks).await;
        let order: Vec<String> = served.lock().unwrap().iter().map(|who| who.replace("LogIn ", "")).collect();
        assert_eq!(order, ["a", "b", "c", "a", "b", "a"]);
    }

    #[tokio::test]
    async fn a_cancelled_wait_loses_no_permit() {
        let (turns, served) = (FairQueue::new(2), Served::default());
        let busy = [turns.acquire(Lane::LogIn, "a").await, turns.acquire(Lane::SignUp, "a").await];
        let gone = spawn_waiter(&turns, Lane::LogIn, "b", &served).await;
        let stays = spawn_waiter(&turns, Lane::LogIn, "c", &served).await;
        gone.abort();
        assert!(gone.await.is_err());
        drop(busy);
        stays.await.unwrap();
        assert_eq!(*served.lock().unwrap(), ["LogIn c"]);
        // Both permits are free again.
        let _one = turns.acquire(Lane::LogIn, "d").await;
        let _two = turns.acquire(Lane::LogIn, "d").await;
        assert_eq!(turns.state().available, 0);
    }
}
