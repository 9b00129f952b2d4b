//! `local reconcile`: compares the stores of the running shop with each other.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use invariants::{Stores, command};
use runtime::{Clock, Env};
use tokio::process::Command;

use super::running_shop::running_shop_env;
use crate::shop;
use crate::stores::{DEFAULT_DIR, Endpoints};

/// Compare all stores of the running shop with each other: does it keep its invariants?
///
/// Reads and never writes; customers may continue to buy. Exit codes: 0 all invariants hold, 1 one
/// is violated, 2 the check failed.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    request: command::CheckArgs,
    /// The data folder of the running shop
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

/// # Errors
/// None: a failed check is reported, with exit code 2.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let environment = Env::from_env();
    let outcome = match Endpoints::from_variables(|name| environment.optional(name)) {
        Some(endpoints) => check_stores(&args, &endpoints).await,
        None => rerun_with_store_env(&args.dir).await,
    };
    Ok(outcome.unwrap_or_else(|error| command::report_error(format!("{error:#}"))))
}

async fn check_stores(args: &Args, endpoints: &Endpoints) -> anyhow::Result<ExitCode> {
    let env = shop::read_shop_env(endpoints, &args.dir.join("shop")).await?;
    Ok(command::run(&args.request, &Stores::from_env(&env, &Clock::system())?).await)
}

/// The same again, in a process that finds the stores as a function does.
async fn rerun_with_store_env(dir: &Path) -> anyhow::Result<ExitCode> {
    let variables = running_shop_env(dir)?;
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1)).envs(variables).kill_on_drop(true);
    let status = command.status().await.context("cannot run this program again")?;
    // Ended by a signal: the check failed.
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2)))
}
