//! `chaos settle`: runs recovery and the consumers until nothing is left to do; then compares all
//! stores with each other and with the responses that customers got. A process of its own, since
//! the AWS SDKs find the stores through its environment.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use invariants::{History, Stores};
use local::stores::Endpoints;
use local::terminal;
use runtime::{Clock, Env};

use crate::violations;

/// A message that waits for its next attempt is invisible for three minutes at most.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(240);

/// Complete what killed servers left unfinished, and check what was lost.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data folder of the first server
    #[arg(long)]
    folder: PathBuf,
    /// The history of the customers' responses
    #[arg(long)]
    history: PathBuf,
    /// Print the report only if an invariant is violated
    #[arg(long)]
    brief: bool,
}

/// Recovers and checks.
///
/// # Errors
/// When a store is unavailable, or something cannot be completed.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let environment = Env::from_env();
    let endpoints =
        Endpoints::from_variables(|name| environment.optional(name)).context("the environment names no stores")?;
    let shop = args.folder.join("shop");
    let settled = local::shop::finish_pending_work(&endpoints, &shop, DRAIN_TIMEOUT).await?;
    let recovered = settled.totals;
    terminal::print_line(format!(
        "recovered in {:.1} s: {} orders, {} refunds, {} reservations, {} events had been incomplete",
        settled.duration.as_secs_f64(),
        recovered.orders,
        recovered.refunds,
        recovered.expired_reservations,
        recovered.events,
    ));
    if settled.redriven > 0 {
        // Servers are killed all the time here: five in a row may have been killed with the same
        // message.
        terminal::print_line(format!("{} messages were in dead-letter queues and were redriven", settled.redriven));
    }
    let mut holds = settled.dead_letters == 0;
    if !holds {
        terminal::print_line(format!(
            "{} messages are in dead-letter queues, and none was poison",
            settled.dead_letters
        ));
    }
    let file = File::open(&args.history).with_context(|| format!("cannot read {}", args.history.display()))?;
    let history = History::read(BufReader::new(file))?;
    let acknowledged = history.acknowledged.len();
    let stores = Stores::from_env(&local::shop::provision_shop_env(&endpoints, &shop).await?, &Clock::system())?;
    let options = invariants::CheckOptions { history: Some(history), ..invariants::CheckOptions::quiescent() };
    let report = violations::check_stores(&stores, &options).await?;
    holds &= report.holds();
    if !args.brief || !holds {
        terminal::print_line(&report);
    }
    terminal::print_line(format!("compared all stores with each other and with {acknowledged} acknowledgements"));
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
