//! The result of a run: violations, each with the command that replays it.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use invariants::{CheckOptions, InvariantReport, StoreError, Stores, Violation};
use local::terminal;

/// How long stores that do not respond in time are retried: the machine may be busy, and nothing is
/// broken any more. Between two attempts they are left alone, with what they still work on.
const STORES_TIMEOUT: Duration = Duration::from_secs(120);
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Compares all stores with each other.
///
/// # Errors
/// When one of them is unavailable.
pub async fn check_stores(stores: &Stores, options: &CheckOptions) -> Result<InvariantReport, StoreError> {
    let deadline = Instant::now() + STORES_TIMEOUT;
    loop {
        match invariants::check(stores, options).await {
            Err(away) if Instant::now() < deadline => terminal::print_line(format!("  {away}; retrying")),
            result => return result,
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

/// The violations of one run.
#[derive(Debug, Default)]
pub struct Violations {
    violations: Vec<String>,
}

impl Violations {
    /// Adds a violation: where, and what was found.
    pub fn add(&mut self, at: impl Display, what: impl Display) {
        self.violations.push(format!("{at}: {what}"));
    }

    /// Adds the violations of a report.
    pub fn add_report(&mut self, report: &InvariantReport) {
        for Violation { invariant, about, problem, expected, found } in report.violations() {
            let (number, name) = invariant.name();
            self.add(format!("{number} {name}"), format!("{about}: {problem}; expected {expected}, found {found}"));
        }
    }

    /// Adds the violations of another part.
    pub fn merge(&mut self, other: Self) {
        self.violations.extend(other.violations);
    }

    pub fn as_slice(&self) -> &[String] {
        &self.violations
    }

    /// Prints the violations and `replay`, the arguments that repeat the run.
    pub fn print(&self, replay: &str) -> ExitCode {
        for broken in &self.violations {
            terminal::print_line(format!("VIOLATION  {broken}"));
        }
        if self.violations.is_empty() {
            terminal::print_line("0 violations");
            return ExitCode::SUCCESS;
        }
        terminal::print_line(format!("{} violations. Again: make faults ARGS=\"{replay}\"", self.violations.len()));
        ExitCode::FAILURE
    }
}
