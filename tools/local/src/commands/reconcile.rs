//! `local reconcile`: holds the stores of the running shop against each other.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use reconcile::{Stores, command};
use runtime::{Clock, Vars};
use tokio::process::Command;

use crate::shop;
use crate::stores::{self, DEFAULT_DIR, Endpoints};

/// Hold all stores of the running shop against each other: does it keep what it promises?
///
/// Reads and never writes; customers may go on buying meanwhile. Exit codes: 0 everything holds, 1
/// something is violated, 2 that could not be found out.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    request: command::Request,
    /// The data folder of the running shop
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

/// # Errors
/// None: what keeps it from looking is said, and its exit code is 2.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let environment = Vars::from_env();
    let looked = match Endpoints::named(|name| environment.optional(name)) {
        Some(endpoints) => look(&args, &endpoints).await,
        None => in_their_environment(&args.dir).await,
    };
    Ok(looked.unwrap_or_else(|error| command::could_not(format!("{error:#}"))))
}

async fn look(args: &Args, endpoints: &Endpoints) -> anyhow::Result<ExitCode> {
    let vars = shop::reading(endpoints, &args.dir.join("shop")).await?;
    Ok(command::run(&args.request, &Stores::read(&vars, &Clock::system())?).await)
}

/// The same once more, in a process that finds the stores as a function does.
async fn in_their_environment(dir: &Path) -> anyhow::Result<ExitCode> {
    let variables = stores::environment_of(dir);
    let variables =
        variables.with_context(|| format!("no shop is running in {}: start one with `make run`", dir.display()))?;
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1)).envs(variables).kill_on_drop(true);
    let status = again.status().await.context("cannot run this program again")?;
    // By a signal: nothing was found out.
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2)))
}
