//! Which server is killed when, from the seed alone.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// One of this many kills comes while the server is still starting.
const START_KILL_RATIO: u32 = 8;
/// About the duration of a start, so that a kill may come at any point of it.
const MAX_START_MILLIS: u64 = 700;
/// The longest life of a ready server: enough for some hundred requests.
const MAX_LIFE_MILLIS: u64 = 1500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kill {
    pub(super) server: usize,
    pub(super) timing: KillTiming,
}

/// The moment of a kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KillTiming {
    /// This long after the process was started.
    DuringStart(Duration),
    /// This long after it was ready.
    WhileUp(Duration),
}

pub(super) fn generate(seed: u64, kills: usize, servers: usize) -> Vec<Kill> {
    let mut rng = StdRng::seed_from_u64(seed);
    let kill = |_| {
        let server = rng.random_range(0..servers);
        let moment = if rng.random_ratio(1, START_KILL_RATIO) {
            KillTiming::DuringStart(Duration::from_millis(rng.random_range(0..MAX_START_MILLIS)))
        } else {
            KillTiming::WhileUp(Duration::from_millis(rng.random_range(0..MAX_LIFE_MILLIS)))
        };
        Kill { server, timing: moment }
    };
    (0..kills).map(kill).collect()
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.timing {
            KillTiming::DuringStart(after) => {
                write!(f, "server {}, {} ms into its start", self.server, after.as_millis())
            }
            KillTiming::WhileUp(after) => write!(f, "server {}, {} ms after it was up", self.server, after.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_the_schedule() {
        let schedule = generate(7, 500, 3);
        assert_eq!(schedule, generate(7, 500, 3));
        assert_ne!(schedule, generate(8, 500, 3));
        assert_eq!(schedule[..200], generate(7, 200, 3));
        let on_start = schedule.iter().filter(|kill| matches!(kill.timing, KillTiming::DuringStart(_))).count();
        assert!((30..100).contains(&on_start), "{on_start} of 500");
        assert!((0..3).all(|server| schedule.iter().filter(|kill| kill.server == server).count() > 100));
    }
}
