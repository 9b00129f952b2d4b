//! What a run found: promises that did not hold, each with the command that shows it again.

use std::fmt::Display;
use std::process::ExitCode;

use local::say;
use reconcile::{Away, Finding, Options, Report, Stores};

/// How often stores that do not answer in time are read again: the machine may be busy, and nothing
/// is broken any more.
const READ_TRIES: usize = 5;

/// Holds all stores against each other.
///
/// # Errors
/// When one of them is away.
pub async fn judged(stores: &Stores, options: &Options) -> Result<Report, Away> {
    for _ in 1..READ_TRIES {
        if let Ok(report) = reconcile::check(stores, options).await {
            return Ok(report);
        }
    }
    reconcile::check(stores, options).await
}

/// The promises that one run found broken.
#[derive(Debug, Default)]
pub struct Verdict {
    broken: Vec<String>,
}

impl Verdict {
    /// Notes a broken promise: where, and what was found.
    pub fn broken(&mut self, at: impl Display, what: impl Display) {
        self.broken.push(format!("{at}: {what}"));
    }

    /// Takes over what the stores say of each other.
    pub fn report(&mut self, report: &Report) {
        for Finding { invariant, about, problem, expected, found } in report.findings() {
            let (number, name) = invariant.name();
            self.broken(format!("{number} {name}"), format!("{about}: {problem}; expected {expected}, found {found}"));
        }
    }

    /// Takes over what another part has found.
    pub fn merge(&mut self, other: Self) {
        self.broken.extend(other.broken);
    }

    /// What was found.
    pub fn findings(&self) -> &[String] {
        &self.broken
    }

    /// Prints what was found and `replay`, the arguments that find it again.
    pub fn tell(&self, replay: &str) -> ExitCode {
        for broken in &self.broken {
            say::line(format!("BROKEN  {broken}"));
        }
        if self.broken.is_empty() {
            say::line("0 violations");
            return ExitCode::SUCCESS;
        }
        say::line(format!("{} violations. Again: make faults ARGS=\"{replay}\"", self.broken.len()));
        ExitCode::FAILURE
    }
}
