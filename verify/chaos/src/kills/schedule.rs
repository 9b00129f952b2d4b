//! Who is killed when: decided by the seed alone.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// One of so many kills comes while the server is still starting.
const START_KILL_RATIO: u32 = 8;
/// A start takes about so long, so a kill lands anywhere in it.
const MAX_START_MILLIS: u64 = 700;
/// The longest that a server lives once it is up: long enough for some hundred requests.
const MAX_LIFE_MILLIS: u64 = 1500;

/// One kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kill {
    pub(super) server: usize,
    pub(super) timing: KillTiming,
}

/// When it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KillTiming {
    /// So long after the process was started.
    DuringStart(Duration),
    /// So long after it was up.
    WhileUp(Duration),
}

/// `kills` of them.
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
