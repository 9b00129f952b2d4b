//! Schedules the requests of a run.

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
    /// Every customer sends the next request as soon as the last one is answered: a slow shop gets
    /// fewer requests.
    Closed,
    /// This many arrive per second, independently of each other and of the shop. A request that
    /// finds no free customer waits, and that wait is part of its latency: a slow shop cannot hide
    /// behind the requests it prevented.
    Open(f64),
}

/// When it ends: whichever comes first.
#[derive(Clone, Copy, Debug)]
pub struct RunLimits {
    pub time: Duration,
    /// The number of requests.
    pub requests: u64,
}

/// Hands out the moments at which requests are due.
#[derive(Debug)]
pub(crate) struct ArrivalSchedule {
    pace: Pace,
    ends_at: Instant,
    state: Mutex<ScheduleState>,
    stopped: watch::Receiver<bool>,
}

#[derive(Debug)]
struct ScheduleState {
    remaining: u64,
    next_due: Instant,
    rng: StdRng,
}

impl ArrivalSchedule {
    pub(crate) fn new(pace: Pace, bounds: RunLimits, seed: u64, stopped: watch::Receiver<bool>) -> Self {
        let now = Instant::now();
        let state = ScheduleState { remaining: bounds.requests, next_due: now, rng: StdRng::seed_from_u64(seed) };
        Self { pace, ends_at: now + bounds.time, state: Mutex::new(state), stopped }
    }

    /// Waits until a request is due and returns when it was; `None` when there are no more.
    pub(crate) async fn next(&self) -> Option<Instant> {
        let due = self.reserve_next(Instant::now())?;
        let mut stopped = self.stopped.clone();
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(due) => Some(due),
            // A sender that is gone stops nobody.
            Ok(_) = stopped.wait_for(|stopped| *stopped) => None,
        }
    }

    fn reserve_next(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let due = match self.pace {
            Pace::Closed => now,
            Pace::Open(rate) => {
                let due = state.next_due;
                // The gaps between independent arrivals are exponential.
                let gap = -state.rng.random_range(f64::MIN_POSITIVE..1.0).ln() / rate;
                state.next_due += Duration::from_secs_f64(gap);
                due
            }
        };
        if state.remaining == 0 || due >= self.ends_at || *self.stopped.borrow() {
            return None;
        }
        state.remaining -= 1;
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(pace: Pace, time: Duration, requests: u64) -> (ArrivalSchedule, watch::Sender<bool>) {
        let (stop, stopped) = watch::channel(false);
        (ArrivalSchedule::new(pace, RunLimits { time, requests }, 1, stopped), stop)
    }

    #[test]
    fn arrivals_do_not_wait_for_busy_users() {
        let (tickets, _stop) = schedule(Pace::Open(100.0), Duration::from_secs(10), u64::MAX);
        // The only customer returns after an hour: all requests that were due in between are still
        // due.
        let late = Instant::now() + Duration::from_secs(3600);
        let due: Vec<Instant> = std::iter::from_fn(|| tickets.reserve_next(late)).collect();
        assert!((850..1150).contains(&due.len()), "{} were due in ten seconds", due.len());
        assert!(due.is_sorted() && due.iter().all(|due| *due < tickets.ends_at));
    }

    #[tokio::test]
    async fn a_run_ends_by_count_by_time_and_by_request() {
        let (numbered, _keep) = schedule(Pace::Closed, Duration::from_secs(60), 2);
        assert!(numbered.next().await.is_some() && numbered.next().await.is_some());
        assert!(numbered.next().await.is_none());

        let (timed, _keep) = schedule(Pace::Closed, Duration::from_secs(1), u64::MAX);
        assert!(timed.reserve_next(timed.ends_at).is_none());

        let (ordered, stop) = schedule(Pace::Open(0.001), Duration::from_secs(3600), u64::MAX);
        assert!(ordered.next().await.is_some(), "the first is due at once");
        stop.send_replace(true);
        assert!(ordered.next().await.is_none());
    }
}
