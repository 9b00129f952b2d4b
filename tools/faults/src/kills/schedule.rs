//! Who is killed when: decided by the seed alone.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// One of so many kills comes while the server is still starting.
const WHILE_STARTING: u32 = 8;
/// A start takes about so long, so a kill lands anywhere in it.
const START_MILLIS: u64 = 700;
/// The longest that a server lives once it is up: long enough for some hundred requests.
const LIFE_MILLIS: u64 = 1500;

/// One kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kill {
    pub(super) server: usize,
    pub(super) moment: Moment,
}

/// When it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// So long after the process was started.
    Starting(Duration),
    /// So long after it was up.
    Up(Duration),
}

/// `kills` of them.
pub(super) fn of(seed: u64, kills: usize, servers: usize) -> Vec<Kill> {
    let mut rng = StdRng::seed_from_u64(seed);
    let kill = |_| {
        let server = rng.random_range(0..servers);
        let moment = if rng.random_ratio(1, WHILE_STARTING) {
            Moment::Starting(Duration::from_millis(rng.random_range(0..START_MILLIS)))
        } else {
            Moment::Up(Duration::from_millis(rng.random_range(0..LIFE_MILLIS)))
        };
        Kill { server, moment }
    };
    (0..kills).map(kill).collect()
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.moment {
            Moment::Starting(after) => write!(f, "server {}, {} ms into its start", self.server, after.as_millis()),
            Moment::Up(after) => write!(f, "server {}, {} ms after it was up", self.server, after.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_schedule() {
        let schedule = of(7, 500, 3);
        assert_eq!(schedule, of(7, 500, 3));
        assert_ne!(schedule, of(8, 500, 3));
        assert_eq!(schedule[..200], of(7, 200, 3));
        let on_start = schedule.iter().filter(|kill| matches!(kill.moment, Moment::Starting(_))).count();
        assert!((30..100).contains(&on_start), "{on_start} of 500");
        assert!((0..3).all(|server| schedule.iter().filter(|kill| kill.server == server).count() > 100));
    }
}
