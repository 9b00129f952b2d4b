//! The run that must catch a mutant: builds it, runs it, and reads its result.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::patch::Run;
use crate::process::{output, succeed};
use crate::scratch::Scratch;

/// Far longer than a build or a run takes on a busy machine.
const BUILD_TIMEOUT: Duration = Duration::from_secs(30 * 60);
const RUN_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// A run that fails for another reason proves nothing. Usually a store did not respond in time
/// on a busy machine, so the run is repeated with fewer cases of `chaos` at once.
const CASES_AT_ONCE_WHEN_REPEATED: [u32; 2] = [4, 1];
/// What `chaos` prints before each broken promise.
const VIOLATION_PREFIX: &str = "VIOLATION  ";
/// How `cargo test` names a test that failed.
const FAILED_TEST: (&str, &str) = ("test ", " ... FAILED");

/// The result of a run.
pub(crate) struct Outcome {
    /// The violations that it found; empty when it passed.
    pub(crate) violations: Vec<String>,
    pub(crate) build_time: Duration,
    pub(crate) run_time: Duration,
}

/// Builds what the run needs from the scratch copy as it is, and runs it.
///
/// # Errors
/// When the code does not compile, or the run fails for a reason other than a violation.
pub(crate) async fn execute(scratch: &Scratch, run: &Run, seed: u64) -> Result<Outcome> {
    let start = Instant::now();
    let mut build = scratch.cargo();
    match run {
        Run::Chaos(_) => build.args(["build", "--offline", "--workspace", "--bin", "chaos"]),
        Run::CargoTest(arguments) => build.args(["test", "--offline", "--no-run"]).args(before_dashes(arguments)),
    };
    succeed(&mut build, "cargo", BUILD_TIMEOUT).await.context("the code does not compile")?;
    let build_time = start.elapsed();
    let start = Instant::now();
    let mut violations = run_once(scratch, run, seed, None).await;
    for at_once in CASES_AT_ONCE_WHEN_REPEATED {
        if violations.is_err() {
            violations = run_once(scratch, run, seed, Some(at_once)).await;
        }
    }
    let violations = violations?;
    Ok(Outcome { violations, build_time, run_time: start.elapsed() })
}

async fn run_once(scratch: &Scratch, run: &Run, seed: u64, at_once: Option<u32>) -> Result<Vec<String>> {
    match run {
        Run::Chaos(arguments) => run_chaos(scratch, arguments, seed, at_once).await,
        Run::CargoTest(arguments) => run_tests(scratch, arguments).await,
    }
}

/// The arguments for cargo itself; those after `--` are for the test program.
fn before_dashes(arguments: &[String]) -> impl Iterator<Item = &String> {
    arguments.iter().take_while(|argument| *argument != "--")
}

async fn run_chaos(scratch: &Scratch, arguments: &[String], seed: u64, at_once: Option<u32>) -> Result<Vec<String>> {
    let mut chaos = Command::new(scratch.program("chaos"));
    chaos.args(arguments).args(["--seed", &seed.to_string()]).env("RUST_BACKTRACE", "0");
    if let Some(count) = at_once {
        chaos.args(["--at-once", &count.to_string()]);
    }
    let output = output(&mut chaos, "chaos", RUN_TIMEOUT).await?;
    let violations = output.stdout.lines().filter_map(|line| line.strip_prefix(VIOLATION_PREFIX));
    let violations: Vec<String> = violations.map(str::to_owned).collect();
    if output.status.success() != violations.is_empty() {
        bail!("chaos itself failed: {}", output.summary());
    }
    Ok(violations)
}

async fn run_tests(scratch: &Scratch, arguments: &[String]) -> Result<Vec<String>> {
    let output = output(scratch.cargo().args(["test", "--offline"]).args(arguments), "cargo test", RUN_TIMEOUT).await?;
    let failed = output.stdout.lines().filter_map(|line| line.strip_prefix(FAILED_TEST.0)?.strip_suffix(FAILED_TEST.1));
    let failed: Vec<String> = failed.map(str::to_owned).collect();
    if output.status.success() != failed.is_empty() {
        bail!("cargo test itself failed: {}", output.summary());
    }
    Ok(failed)
}
