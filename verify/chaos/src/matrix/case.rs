//! One case: a path, an exchange of it with one store, and what happens to that.

use std::fmt;
use std::str::FromStr;

use anyhow::Context;
use testkit::TestResponse;

use super::proxied_function::Store;
use super::scenario::{Scenario, ScenarioState};
use crate::fault_proxy::Fault;

/// What happens at the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum FailureMode {
    /// The wire does this.
    Network(Fault),
    /// The process ends before the store has heard it.
    CrashBefore,
    /// The process ends when the store has done it.
    CrashAfter,
}

impl FailureMode {
    /// Crash before, crash after the effect, reply lost, time-outs, errors: once, and for good.
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

/// `happy/orderdb/3/cut-after`: what `--only` takes and a failure prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Case {
    /// Which way through the checkout.
    pub(super) scenario: Scenario,
    /// At which store.
    pub(super) store: Store,
    /// At which of its exchanges with that store, from 0.
    pub(super) exchange: u64,
    /// What happens then.
    pub(super) mode: FailureMode,
}

/// A case after its fault.
pub(super) struct InjectedCase {
    pub(super) name: String,
    pub(super) state: ScenarioState,
    /// What the client heard; `None` where the process was gone.
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
    use super::*;

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
