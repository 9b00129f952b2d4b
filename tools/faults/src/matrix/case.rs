//! One case: a path, an exchange of it with one store, and what happens to that.

use std::fmt;
use std::str::FromStr;

use anyhow::Context;

use super::path::Path;
use super::shop::Store;
use crate::wire::Fault;

/// What happens at the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mode {
    /// The wire does this.
    Wire(Fault),
    /// The process ends before the store has heard it.
    CrashBefore,
    /// The process ends when the store has done it.
    CrashAfter,
}

impl Mode {
    /// Crash before, crash after the effect, reply lost, time-outs, errors: once, and for good.
    pub(super) const ALL: [Self; 8] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Wire(Fault::CutBefore),
        Self::Wire(Fault::CutAfter),
        Self::Wire(Fault::HangBefore),
        Self::Wire(Fault::HangAfter),
        Self::Wire(Fault::Refuse),
        Self::Wire(Fault::Away),
    ];

    pub(super) const fn fault(self) -> Fault {
        match self {
            Self::Wire(fault) => fault,
            Self::CrashBefore => Fault::HangBefore,
            Self::CrashAfter => Fault::HangAfter,
        }
    }

    pub(super) const fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }

    fn name(self) -> String {
        match self {
            Self::Wire(fault) => fault.name(),
            Self::CrashBefore => "crash-before".to_owned(),
            Self::CrashAfter => "crash-after".to_owned(),
        }
    }
}

/// `happy/orderdb/3/cut-after`: what `--only` takes and a failure prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Case {
    /// Which way through the checkout.
    pub(super) path: Path,
    /// At which store.
    pub(super) store: Store,
    /// At which of its exchanges with that store, from 0.
    pub(super) exchange: u64,
    /// What happens then.
    pub(super) mode: Mode,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.path.name(), self.store.name(), self.exchange, self.mode.name())
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
            path: path.parse()?,
            store: Store::ALL.into_iter().find(|s| s.name() == store).with_context(|| format!("no store {store}"))?,
            exchange: exchange.parse().context("the exchange is no number")?,
            mode: Mode::ALL.into_iter().find(|m| m.name() == mode).with_context(|| format!("no mode {mode}"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_read_as_it_is_printed() {
        for mode in Mode::ALL {
            let case = Case { path: Path::PayAgain, store: Store::Payments, exchange: 12, mode };
            assert_eq!(case.to_string().parse::<Case>().unwrap(), case);
        }
        assert!("happy/orderdb/x/cut-after".parse::<Case>().is_err());
        assert!("happy/orderdb/1".parse::<Case>().is_err());
    }
}
