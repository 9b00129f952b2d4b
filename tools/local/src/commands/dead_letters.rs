//! `local dead-letters`: the messages in the dead-letter queues of the running shop.

use std::path::PathBuf;
use std::process::ExitCode;

use dead_letters::{DeadLetterArgs, discovery};

use super::running_shop::find_running_shop;
use crate::stores::DEFAULT_DIR;

/// List the messages in dead-letter queues, and send them back to their queues.
///
/// The shop must be running. Listing changes nothing; it shows what a message is about, never its
/// body. A redrive may be interrupted at any moment and repeated: consumers process each event
/// once.
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
/// No shop is running, or its queues do not respond.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let client = find_running_shop(&args.dir)?.sqs_client();
    let dlqs = discovery::find_by_name(&client, "", args.dead_letter_args.queue).await?;
    dead_letters::run(&client, &dlqs, &args.dead_letter_args).await
}
