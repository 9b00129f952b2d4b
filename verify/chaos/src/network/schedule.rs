//! What breaks when, from the seed alone.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::fault_proxy::Fault;
use crate::fleet::ProxiedStore;

/// The longest distance to the next fault, in exchanges.
const MAX_AFTER_EXCHANGES: u64 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlannedFault {
    /// The number of exchanges after the previous fault.
    pub(super) after_exchanges: u64,
    pub(super) fault: Fault,
}

/// Each store's faults, in order.
pub(super) type Schedule = Vec<(ProxiedStore, Vec<PlannedFault>)>;

/// Latency, a slow response, cuts, a hang, a half-open connection, a reset at COMMIT.
const FAULT_KINDS: [Fault; 7] = [
    Fault::Delay(Duration::from_millis(150)),
    Fault::Trickle(Duration::from_millis(40)),
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::HangAfter,
    Fault::HalfOpen,
    Fault::CutAtCommit,
];

/// `times` faults of each kind at each store.
pub(super) fn generate(seed: u64, times: usize) -> Schedule {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut strikes = |_| {
        let mut faults: Vec<Fault> = FAULT_KINDS.iter().copied().cycle().take(FAULT_KINDS.len() * times).collect();
        faults.shuffle(&mut rng);
        faults
            .into_iter()
            .map(|fault| PlannedFault { after_exchanges: rng.random_range(0..MAX_AFTER_EXCHANGES), fault })
            .collect()
    };
    ProxiedStore::ALL.map(|store| (store, strikes(store))).into()
}

impl fmt::Display for PlannedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {} exchanges", self.fault.name(), self.after_exchanges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_a_schedule_with_equally_many_of_every_kind() {
        let schedule = generate(7, 25);
        assert_eq!(schedule, generate(7, 25));
        assert_ne!(schedule, generate(8, 25));
        for (_, strikes) in &schedule {
            for kind in FAULT_KINDS {
                assert_eq!(strikes.iter().filter(|strike| strike.fault == kind).count(), 25);
            }
        }
    }
}
