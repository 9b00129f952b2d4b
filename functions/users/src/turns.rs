//! Whose turn it is to hash. Logins and sign-ups wait in lanes of their own that take turns, and
//! within a lane so do the addresses that ask: whoever floods one waits behind themselves.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    LogIn,
    SignUp,
}

/// So many hashes at once, and who waits for the next. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Mutex<Queue>>);

struct Queue {
    /// Nobody waits while there is one.
    free: usize,
    lanes: [Waiting; 2],
    /// The lane that is served next.
    next: usize,
}

/// A lane: who waits, by where they ask from, the address that is served next in front.
#[derive(Default)]
struct Waiting(VecDeque<(String, VecDeque<oneshot::Sender<Turn>>)>);

/// Ends with its drop.
pub(crate) struct Turn(Option<Turns>);

impl Turns {
    pub(crate) fn new(at_once: usize) -> Self {
        Self(Arc::new(Mutex::new(Queue { free: at_once, lanes: <[Waiting; 2]>::default(), next: 0 })))
    }

    /// Waits for a turn. Whoever gives up loses their place and nobody else's.
    pub(crate) async fn take(&self, lane: Lane, address: &str) -> Turn {
        let turn = {
            let mut queue = self.queue();
            if queue.free > 0 {
                queue.free -= 1;
                return Turn(Some(self.clone()));
            }
            let (give, turn) = oneshot::channel();
            queue.lanes[lane as usize].add(address, give);
            turn
        };
        match turn.await {
            Ok(turn) => turn,
            // Nobody drops a place without giving it a turn.
            Err(_) => Turn(None),
        }
    }

    /// Gives a turn that has ended to whoever is next.
    fn pass_on(&self) {
        loop {
            let next = {
                let mut queue = self.queue();
                let next = queue.pop();
                if next.is_none() {
                    queue.free += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Turn(Some(self.clone()))) {
                Ok(()) => return,
                // They have given up meanwhile: the turn is still ours to give.
                Err(mut turn) => turn.0 = None,
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        let lanes = self.lanes.len();
        let (lane, next) = (0..lanes).map(|n| (self.next + n) % lanes).find_map(|lane| {
            let next = self.lanes[lane].pop()?;
            Some((lane, next))
        })?;
        self.next = (lane + 1) % lanes;
        Some(next)
    }
}

impl Waiting {
    fn add(&mut self, address: &str, give: oneshot::Sender<Turn>) {
        match self.0.iter_mut().find(|(other, _)| other == address) {
            Some((_, places)) => places.push_back(give),
            None => self.0.push_back((address.to_owned(), VecDeque::from([give]))),
        }
    }

    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        let (address, mut places) = self.0.pop_front()?;
        let next = places.pop_front();
        if !places.is_empty() {
            self.0.push_back((address, places));
        }
        next
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(turns) = self.0.take() {
            turns.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Served = Arc<Mutex<Vec<String>>>;

    /// Somebody who waits, is noted when it is their turn, and ends it.
    async fn queued(turns: &Turns, lane: Lane, address: &str, served: &Served) -> tokio::task::JoinHandle<()> {
        let (own, address, served) = (turns.clone(), address.to_owned(), served.clone());
        let task = tokio::spawn(async move {
            let turn = own.take(lane, &address).await;
            served.lock().unwrap().push(format!("{lane:?} {address}"));
            drop(turn);
        });
        // On one thread whoever is spawned runs until they wait.
        tokio::task::yield_now().await;
        task
    }

    async fn all(tasks: Vec<tokio::task::JoinHandle<()>>) {
        for task in tasks {
            task.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_flood_of_sign_ups_lets_a_login_pass_at_the_second_turn() {
        let (turns, served) = (Turns::new(1), Served::default());
        let busy = turns.take(Lane::SignUp, "192.0.2.1").await;
        let mut tasks = Vec::new();
        for n in 0..500 {
            tasks.push(queued(&turns, Lane::SignUp, &format!("192.0.2.{}", n % 7), &served).await);
        }
        tasks.push(queued(&turns, Lane::LogIn, "198.51.100.1", &served).await);
        drop(busy);
        all(tasks).await;
        let served = served.lock().unwrap();
        let turn = served.iter().position(|who| who.starts_with("LogIn")).unwrap();
        assert!(turn < 2, "the login was served as number {turn}");
        assert_eq!(served.len(), 501);
    }

    #[tokio::test]
    async fn an_address_waits_behind_itself_and_not_before_others() {
        let (turns, served) = (Turns::new(1), Served::default());
        let busy = turns.take(Lane::LogIn, "192.0.2.1").await;
        let mut tasks = Vec::new();
        for address in ["a", "a", "a", "b", "c", "b"] {
            tasks.push(queued(&turns, Lane::LogIn, address, &served).await);
        }
        drop(busy);
        all(tasks).await;
        let order: Vec<String> = served.lock().unwrap().iter().map(|who| who.replace("LogIn ", "")).collect();
        assert_eq!(order, ["a", "b", "c", "a", "b", "a"]);
    }

    #[tokio::test]
    async fn whoever_gives_up_takes_no_turn_along() {
        let (turns, served) = (Turns::new(2), Served::default());
        let busy = [turns.take(Lane::LogIn, "a").await, turns.take(Lane::SignUp, "a").await];
        let gone = queued(&turns, Lane::LogIn, "b", &served).await;
        let stays = queued(&turns, Lane::LogIn, "c", &served).await;
        gone.abort();
        assert!(gone.await.is_err());
        drop(busy);
        stays.await.unwrap();
        assert_eq!(*served.lock().unwrap(), ["LogIn c"]);
        // Both turns are there again.
        let _one = turns.take(Lane::LogIn, "d").await;
        let _two = turns.take(Lane::LogIn, "d").await;
        assert_eq!(turns.queue().free, 0);
    }
}
