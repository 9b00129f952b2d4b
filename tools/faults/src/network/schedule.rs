//! What breaks when: decided by the seed alone.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::fleet::Wired;
use crate::wire::Fault;

/// The longest way to the next fault, in exchanges.
const MOST_AHEAD: u64 = 60;

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strike {
    /// So many exchanges after the fault before.
    pub(super) ahead: u64,
    pub(super) fault: Fault,
}

/// Each store's faults, in their order.
pub(super) type Schedule = Vec<(Wired, Vec<Strike>)>;

/// Latency, a slow answer, cuts, a hang, a half-open connection, a reset at COMMIT.
const KINDS: [Fault; 7] = [
    Fault::Slow(Duration::from_millis(150)),
    Fault::Trickle(Duration::from_millis(40)),
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::HangAfter,
    Fault::HalfOpen,
    Fault::CutAtCommit,
];

/// `times` of each kind at each store.
pub(super) fn of(seed: u64, times: usize) -> Schedule {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut strikes = |_| {
        let mut faults: Vec<Fault> = KINDS.iter().copied().cycle().take(KINDS.len() * times).collect();
        faults.shuffle(&mut rng);
        faults.into_iter().map(|fault| Strike { ahead: rng.random_range(0..MOST_AHEAD), fault }).collect()
    };
    Wired::ALL.map(|store| (store, strikes(store))).into()
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {} exchanges", self.fault.name(), self.ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_schedule_in_which_every_kind_comes_as_often() {
        let schedule = of(7, 25);
        assert_eq!(schedule, of(7, 25));
        assert_ne!(schedule, of(8, 25));
        for (_, strikes) in &schedule {
            for kind in KINDS {
                assert_eq!(strikes.iter().filter(|strike| strike.fault == kind).count(), 25);
            }
        }
    }
}
