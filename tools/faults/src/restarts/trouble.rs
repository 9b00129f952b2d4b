//! What is done to which store, and for how long: decided by the seed alone.

use std::fmt;
use std::time::Duration;

use local::stores::Restartable;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// For how long a store is away, in milliseconds: from a blink to more than any time limit.
const AWAY_MILLIS: std::ops::Range<u64> = 100..3000;

/// What is done to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// SIGKILL, and a start on the same data at the same port.
    Kill,
    /// SIGSTOP, and SIGCONT later: it takes connections and answers nothing.
    Freeze,
}

/// One outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) act: Act,
    pub(super) store: Restartable,
    pub(super) away: Duration,
}

/// PostgreSQL is not frozen: its processes are many, and each serves one connection; what hangs
/// there is the business of the proxy between shop and stores.
const KINDS: [(Act, Restartable); 5] = [
    (Act::Kill, Restartable::Postgres),
    (Act::Kill, Restartable::Redis),
    (Act::Kill, Restartable::Mongodb),
    (Act::Freeze, Restartable::Redis),
    (Act::Freeze, Restartable::Mongodb),
];

/// Each kind so many times, in any order.
pub(super) fn schedule(seed: u64, times: usize) -> Vec<Trouble> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut troubles = Vec::new();
    for (act, store) in KINDS.repeat(times) {
        troubles.push(Trouble { act, store, away: Duration::from_millis(rng.random_range(AWAY_MILLIS)) });
    }
    troubles.shuffle(&mut rng);
    troubles
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let act = if self.act == Act::Kill { "killed" } else { "frozen" };
        write!(f, "{} {act} for {} ms", self.store.name(), self.away.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_schedule_with_every_kind() {
        let troubles = schedule(3, 4);
        assert_eq!(troubles, schedule(3, 4));
        assert_ne!(troubles, schedule(4, 4));
        for kind in KINDS {
            assert_eq!(troubles.iter().filter(|trouble| (trouble.act, trouble.store) == kind).count(), 4);
        }
    }
}
