//! `local dead-letters`: the messages that no consumer of the running shop could take.

use std::path::PathBuf;
use std::process::ExitCode;

use dead_letters::{DeadLetterArgs, discovery};

use super::running_shop::find_running_shop;
use crate::stores::DEFAULT_DIR;

/// Look at the messages that no consumer could take, and give them back to their queues.
///
/// The shop must be running. Looking changes nothing; it shows what a message is about, never its
/// body. Redriving may be stopped at any moment and repeated: consumers take each event once.
///
/// Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 an --id is in none of the queues.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    dead_letter_args: DeadLetterArgs,
    /// The data folder of the running shop
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

/// # Errors
/// No shop is running, or its queues do not answer.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let client = find_running_shop(&args.dir)?.sqs_client();
    let dlqs = discovery::find_by_name(&client, "", args.dead_letter_args.queue).await?;
    dead_letters::run(&client, &dlqs, &args.dead_letter_args).await
}
