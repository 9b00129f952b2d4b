//! `local dead-letters`: the messages that no consumer of the running shop could take.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use dead_letters::{Request, find};
use runtime::Vars;

use crate::stores::{DEFAULT_DIR, Endpoints};

/// Look at the messages that no consumer could take, and give them back to their queues.
///
/// The shop must be running. Looking changes nothing; it shows what a message is about, never its
/// body. Redriving may be stopped at any moment and repeated: consumers take each event once.
///
/// Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 an --id is in none of the queues.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    request: Request,
    /// The data folder of the running shop
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

/// # Errors
/// No shop is running, or its queues do not answer.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let environment = Vars::from_env();
    let endpoints = Endpoints::named(|name| environment.optional(name)).or_else(|| Endpoints::running_in(&args.dir));
    let endpoints = endpoints
        .with_context(|| format!("no shop is running in {}: start one with `make run`", args.dir.display()))?;
    let client = endpoints.sqs();
    let places = find::by_name(&client, "", args.request.queue).await?;
    dead_letters::run(&client, &places, &args.request).await
}
