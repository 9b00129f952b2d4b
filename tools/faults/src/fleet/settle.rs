//! `faults settle`: what recovery and the consumers would do in time, at once; then every store is
//! held against every other and against what customers were told. A process of its own, since
//! the AWS SDKs find the stores through its environment.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use local::say;
use local::stores::Endpoints;
use runtime::Vars;

/// A message that waits for its next try is hidden for three minutes at most.
const PATIENCE: Duration = Duration::from_secs(240);

/// Finish what killed servers left, and look for what was lost.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of the first server
    #[arg(long)]
    folder: PathBuf,
    /// What customers were told; without it nothing is judged yet
    #[arg(long)]
    history: Option<PathBuf>,
}

/// Settles and judges.
///
/// # Errors
/// A store is away, or something cannot be settled.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let environment = Vars::from_env();
    let endpoints = Endpoints::named(|name| environment.optional(name)).context("the environment names no stores")?;
    let settled = local::shop::settle(&endpoints, &args.folder.join("shop"), PATIENCE).await?;
    let local::shop::Settled { recovered, dead_letters, took } = settled;
    say::line(format!(
        "settled in {:.1} s: {} orders, {} refunds, {} holds, {} events were left half done",
        took.as_secs_f64(),
        recovered.orders,
        recovered.refunds,
        recovered.expired,
        recovered.events,
    ));
    if dead_letters > 0 {
        say::line(format!("BROKEN  {dead_letters} messages are in dead-letter queues, and none was poison"));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
