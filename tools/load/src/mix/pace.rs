//! When the next request is due.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::Rng;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::time::Instant;

/// How requests follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Everybody sends the next one as soon as the last one is answered: a shop that is slow is
    /// asked less.
    Closed,
    /// So many arrive in a second, independently of each other and of the shop. One for which
    /// nobody is free waits, and that wait is part of its time: a slow shop cannot hide behind
    /// the requests it kept from being sent.
    Open(f64),
}

/// When it ends: at the earlier of both.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// After so long.
    pub time: Duration,
    /// After so many requests.
    pub requests: u64,
}

/// Hands out the moments at which requests are due.
#[derive(Debug)]
pub(crate) struct Tickets {
    pace: Pace,
    ends: Instant,
    state: Mutex<State>,
    stopped: watch::Receiver<bool>,
}

#[derive(Debug)]
struct State {
    left: u64,
    next: Instant,
    rng: StdRng,
}

impl Tickets {
    pub(crate) fn new(pace: Pace, bounds: Bounds, seed: u64, stopped: watch::Receiver<bool>) -> Self {
        let now = Instant::now();
        let state = State { left: bounds.requests, next: now, rng: StdRng::seed_from_u64(seed) };
        Self { pace, ends: now + bounds.time, state: Mutex::new(state), stopped }
    }

    /// Waits until a request is due and answers when it was; `None` when there are no more.
    pub(crate) async fn next(&self) -> Option<Instant> {
        let due = self.take(Instant::now())?;
        let mut stopped = self.stopped.clone();
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(due) => Some(due),
            // A sender that is gone stops nobody.
            Ok(_) = stopped.wait_for(|stopped| *stopped) => None,
        }
    }

    fn take(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let due = match self.pace {
            Pace::Closed => now,
            Pace::Open(rate) => {
                let due = state.next;
                // The gaps between independent arrivals are exponential.
                let gap = -state.rng.random_range(f64::MIN_POSITIVE..1.0).ln() / rate;
                state.next += Duration::from_secs_f64(gap);
                due
            }
        };
        if state.left == 0 || due >= self.ends || *self.stopped.borrow() {
            return None;
        }
        state.left -= 1;
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets(pace: Pace, time: Duration, requests: u64) -> (Tickets, watch::Sender<bool>) {
        let (stop, stopped) = watch::channel(false);
        (Tickets::new(pace, Bounds { time, requests }, 1, stopped), stop)
    }

    #[test]
    fn arrivals_do_not_wait_for_whoever_is_busy() {
        let (tickets, _stop) = tickets(Pace::Open(100.0), Duration::from_secs(10), u64::MAX);
        // The only customer comes back after an hour: all that were due meanwhile are still due.
        let late = Instant::now() + Duration::from_secs(3600);
        let due: Vec<Instant> = std::iter::from_fn(|| tickets.take(late)).collect();
        assert!((850..1150).contains(&due.len()), "{} were due in ten seconds", due.len());
        assert!(due.is_sorted() && due.iter().all(|due| *due < tickets.ends));
    }

    #[tokio::test]
    async fn it_ends_by_number_by_time_and_by_order() {
        let (numbered, _keep) = tickets(Pace::Closed, Duration::from_secs(60), 2);
        assert!(numbered.next().await.is_some() && numbered.next().await.is_some());
        assert!(numbered.next().await.is_none());

        let (timed, _keep) = tickets(Pace::Closed, Duration::from_secs(1), u64::MAX);
        assert!(timed.take(timed.ends).is_none());

        let (ordered, stop) = tickets(Pace::Open(0.001), Duration::from_secs(3600), u64::MAX);
        assert!(ordered.next().await.is_some(), "the first is due at once");
        stop.send_replace(true);
        assert!(ordered.next().await.is_none());
    }
}
