//! What is done to which store, and for how long, from the seed alone.

use std::fmt;
use std::time::Duration;

use local::stores::Restartable;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// How long a store is unavailable, in milliseconds: from a moment to more than any time limit.
const OUTAGE_MILLIS: std::ops::Range<u64> = 100..3000;

/// What is done to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutageKind {
    /// SIGKILL, and a start on the same data at the same port.
    Kill,
    /// SIGSTOP, and SIGCONT later: it accepts connections and responds to nothing.
    Freeze,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) kind: OutageKind,
    pub(super) store: Restartable,
    pub(super) duration: Duration,
}

/// PostgreSQL is not frozen: it has many processes, and each serves one connection; the proxy
/// between shop and stores covers hanging connections.
const OUTAGE_KINDS: [(OutageKind, Restartable); 5] = [
    (OutageKind::Kill, Restartable::Postgres),
    (OutageKind::Kill, Restartable::Redis),
    (OutageKind::Kill, Restartable::Mongodb),
    (OutageKind::Freeze, Restartable::Redis),
    (OutageKind::Freeze, Restartable::Mongodb),
];

/// Each kind `times` times, in random order.
pub(super) fn generate(seed: u64, times: usize) -> Vec<Outage> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut troubles = Vec::new();
    for (act, store) in OUTAGE_KINDS.repeat(times) {
        troubles.push(Outage { kind: act, store, duration: Duration::from_millis(rng.random_range(OUTAGE_MILLIS)) });
    }
    troubles.shuffle(&mut rng);
    troubles
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let act = if self.kind == OutageKind::Kill { "killed" } else { "frozen" };
        write!(f, "{} {act} for {} ms", self.store.name(), self.duration.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_a_schedule_with_every_kind() {
        let troubles = generate(3, 4);
        assert_eq!(troubles, generate(3, 4));
        assert_ne!(troubles, generate(4, 4));
        for kind in OUTAGE_KINDS {
            assert_eq!(troubles.iter().filter(|trouble| (trouble.kind, trouble.store) == kind).count(), 4);
        }
    }
}
