//! One case: a scenario, one of its exchanges with a store, and a failure.

use std::fmt;
use std::str::FromStr;

use anyhow::Context;
use rand::seq::SliceRandom;
use testkit::TestResponse;

use super::proxied_function::Store;
use super::scenario::{Scenario, ScenarioState};
use crate::fault_proxy::Fault;

/// The failure at the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum FailureMode {
    /// A fault of the proxy.
    Network(Fault),
    /// The process crashes before the store has received it.
    CrashBefore,
    /// The process crashes after the store has processed it.
    CrashAfter,
}

impl FailureMode {
    /// Crash before, crash after the effect, reply lost, timeouts, errors: once, and permanently. The
    /// crashes come first.
    pub(super) const ALL: [Self; 8] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Network(Fault::CutBefore),
        Self::Network(Fault::CutAfter),
        Self::Network(Fault::HangBefore),
        Self::Network(Fault::HangAfter),
        Self::Network(Fault::ErrorReply),
        Self::Network(Fault::Down),
    ];

    /// Both crashes, and others until there are `count`.
    pub(super) fn choose(count: u8, random: &mut impl rand::Rng) -> Vec<Self> {
        let mut modes = Self::ALL.to_vec();
        modes[2..].shuffle(random);
        modes.truncate(usize::from(count));
        modes
    }

    pub(super) const fn fault(self) -> Fault {
        match self {
            Self::Network(fault) => fault,
            Self::CrashBefore => Fault::HangBefore,
            Self::CrashAfter => Fault::HangAfter,
        }
    }

    pub(super) const fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }

    fn name(self) -> String {
        match self {
            Self::Network(fault) => fault.name(),
            Self::CrashBefore => "crash-before".to_owned(),
            Self::CrashAfter => "crash-after".to_owned(),
        }
    }
}

/// `happy/orderdb/3/cut-after`: the format of `--only` and of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Case {
    pub(super) scenario: Scenario,
    pub(super) store: Store,
    /// The exchange with that store, from 0.
    pub(super) exchange: u64,
    pub(super) mode: FailureMode,
}

/// A case after its fault.
pub(super) struct InjectedCase {
    pub(super) name: String,
    pub(super) state: ScenarioState,
    /// The client's response; `None` if the process crashed.
    pub(super) response: Option<TestResponse>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.scenario.name(), self.store.name(), self.exchange, self.mode.name())
    }
}

impl FromStr for Case {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let [path, store, exchange, mode] = parts[..] else {
            anyhow::bail!("a case is PATH/STORE/EXCHANGE/MODE, such as happy/orderdb/3/cut-after");
        };
        Ok(Self {
            scenario: path.parse()?,
            store: Store::ALL.into_iter().find(|s| s.name() == store).with_context(|| format!("no store {store}"))?,
            exchange: exchange.parse().context("the exchange is no number")?,
            mode: FailureMode::ALL.into_iter().find(|m| m.name() == mode).with_context(|| format!("no mode {mode}"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn each_step_is_broken_by_both_crashes_and_by_others_that_the_seed_chooses() {
        let choose = |count, seed| FailureMode::choose(count, &mut StdRng::seed_from_u64(seed));
        let seen: HashSet<FailureMode> = (0..64).flat_map(|seed| choose(4, seed)).collect();
        assert_eq!(seen.len(), FailureMode::ALL.len());
        for seed in 0..64 {
            let modes = choose(4, seed);
            assert_eq!(modes[..2], [FailureMode::CrashBefore, FailureMode::CrashAfter]);
            assert_eq!(modes.into_iter().collect::<HashSet<_>>().len(), 4);
        }
        assert_eq!(choose(8, 1).len(), 8);
    }

    #[test]
    fn a_case_is_parsed_as_it_is_printed() {
        for mode in FailureMode::ALL {
            let case = Case { scenario: Scenario::PayAgain, store: Store::Payments, exchange: 12, mode };
            assert_eq!(case.to_string().parse::<Case>().unwrap(), case);
        }
        assert!("happy/orderdb/x/cut-after".parse::<Case>().is_err());
        assert!("happy/orderdb/1".parse::<Case>().is_err());
    }
}
