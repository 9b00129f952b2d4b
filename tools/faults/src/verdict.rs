//! What a run found: promises that did not hold, each with the command that shows it again.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use local::say;
use reconcile::{Away, Finding, Options, Report, Stores};

/// How long stores that do not answer in time are read again: the machine may be busy, and nothing
/// is broken any more. Between two tries they are left alone, with what they still work on.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_secs(2);

/// Holds all stores against each other.
///
/// # Errors
/// When one of them is away.
pub async fn judged(stores: &Stores, options: &Options) -> Result<Report, Away> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match reconcile::check(stores, options).await {
            Err(away) if Instant::now() < deadline => say::line(format!("  {away}; once more")),
            judged => return judged,
        }
        tokio::time::sleep(PAUSE).await;
    }
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
