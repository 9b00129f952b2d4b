//! `faults planted`: a harness that finds nothing proves little, so it is shown bugs. Each of
//! `runtime::planted::Bug` is planted in a shop of its own, and the part of `faults matrix --quick`
//! that is there for its kind must find it; with none planted the whole of it must find nothing.

use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use futures::stream;
use local::terminal;
use runtime::Clock;
use runtime::planted::{Bug, VARIABLE};
use tokio::process::Command;

/// Plant each bug that shops have had and see whether the harness finds it. Needs a debug build: what is
/// shipped has no switch for them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these
    #[arg(long)]
    bug: Vec<String>,
    /// Of the harness; random unless told
    #[arg(long)]
    seed: Option<u64>,
    /// Shops at once
    #[arg(long, default_value_t = 2)]
    at_once: usize,
}

/// Far longer than a quick run takes on a busy machine.
const RUN_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// What a run prints before each broken promise.
const VIOLATION_PREFIX: &str = "BROKEN  ";

/// What one shop showed.
struct BugRun {
    bug: Option<Bug>,
    violations: Vec<String>,
}

/// Runs it and tells which were caught.
///
/// # Errors
/// When this build has no switch, or a harness cannot be run to its end.
pub async fn run(args: Args) -> Result<ExitCode> {
    if !cfg!(debug_assertions) {
        bail!("this is a release build, which has no bug to plant: use the debug build, as `make faults` does");
    }
    let seed = args.seed.unwrap_or_else(|| Clock::system().random() as u64);
    let mut shops = vec![None];
    if args.bug.is_empty() {
        shops.extend(Bug::ALL.map(Some));
    }
    for name in &args.bug {
        let bug = Bug::ALL.into_iter().find(|bug| bug.name() == name);
        shops.push(Some(bug.with_context(|| format!("no such bug: {name}"))?));
    }
    let mut shown = stream::iter(shops).map(|bug| run_with_bug(bug, seed)).buffer_unordered(args.at_once);
    let (mut caught, mut planted, mut clean) = (0, 0, true);
    while let Some(shown) = shown.next().await {
        let BugRun { bug, violations: found } = shown?;
        let count = found.len();
        match (bug, found.first()) {
            (None, None) => terminal::print_line("clean     with no bug planted, nothing was found"),
            (None, Some(first)) => {
                clean = false;
                terminal::print_line(format!("UNCLEAN   with no bug planted, {count} violations, such as {first}"));
            }
            (Some(bug), Some(first)) => {
                caught += 1;
                terminal::print_line(format!("caught    {:<24} {count} violations, such as {first}", bug.name()));
            }
            (Some(bug), None) => terminal::print_line(format!("MISSED    {}", bug.name())),
        }
        planted += usize::from(bug.is_some());
    }
    terminal::print_line(format!("{caught} of {planted} planted bugs were caught, seed {seed}"));
    Ok(if clean && caught == planted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The parts of the matrix that are there for a bug's kind; all of it where there is none.
fn matrix_arguments(bug: Option<Bug>) -> Vec<String> {
    const CHECKOUT: &str = "--part steps --part late --part prices --path happy --path short --path declined \
                            --path reply-lost --path error-once --path pay-again --path cancel --path refund";
    let parts = match bug {
        None => "",
        Some(Bug::InferredCompensation) => "--part actors",
        Some(Bug::RefusalIsDone) => "--part bounds",
        Some(Bug::EffectBeforeRefusal) => "--part refusals",
        Some(Bug::StockOutlivesProduct) => "--part steps --path remove-product",
        Some(Bug::ForgottenDemotion) => "--part operators",
        Some(Bug::ForgottenKey) => "--part steps --path add-product --path move-stock",
        Some(_) => CHECKOUT,
    };
    parts.split_whitespace().map(str::to_owned).collect()
}

async fn run_with_bug(bug: Option<Bug>, seed: u64) -> Result<BugRun> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(program);
    command
        .args(["matrix", "--quick", "--seed", &seed.to_string()])
        .args(matrix_arguments(bug))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    match bug {
        Some(bug) => command.env(VARIABLE, bug.name()),
        None => command.env_remove(VARIABLE),
    };
    let name = bug.map_or("no bug", Bug::name);
    let output = tokio::time::timeout(RUN_TIMEOUT, command.output()).await;
    let output = output.with_context(|| format!("{name}: no end within {RUN_TIMEOUT:?}"))??;
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix(VIOLATION_PREFIX)).map(str::to_owned).collect();
    if output.status.success() != found.is_empty() {
        let why = String::from_utf8_lossy(&output.stderr);
        bail!("{name}: the harness itself failed ({}):\n{text}{why}", output.status);
    }
    Ok(BugRun { bug, violations: found })
}
