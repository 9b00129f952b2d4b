//! `dead-letters`: for operators of the shop in AWS.

use std::process::ExitCode;

use anyhow::{Context, Result};
use aws_config::BehaviorVersion;
use clap::Parser;
use dead_letters::{DeadLetterArgs, DeadLetterQueue, discovery};
use runtime::Env;

/// List the messages in dead-letter queues, and send them back to their queues.
///
/// Finds the queues by NOTIFICATION_QUEUE_URL, ANALYTICS_QUEUE_URL and CATALOG_QUEUE_URL, or by
/// --queue with --queue-url; region and credentials as for every AWS program. Listing changes
/// nothing. It shows what a message is about, never its body. A redrive may be interrupted at any
/// moment and repeated: consumers process each event once. Needs sqs:ReceiveMessage,
/// sqs:ChangeMessageVisibility, sqs:DeleteMessage and sqs:GetQueueAttributes on the dead-letter
/// queues, sqs:SendMessage, sqs:GetQueueAttributes and sqs:GetQueueUrl on the queues.
///
/// Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 an --id is in none of the queues.
#[derive(Debug, Parser)]
#[command(name = "dead-letters", version)]
struct Cli {
    #[command(flatten)]
    args: DeadLetterArgs,
    /// The URL of the queue that --queue names
    #[arg(long, requires = "queue", value_name = "URL")]
    queue_url: Option<String>,
    /// The URL of its dead-letter queue; looked up in SQS if not given
    #[arg(long, requires = "queue_url", value_name = "URL")]
    dead_letter_url: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode> {
    // An operator's profile, container or instance role counts here, unlike in a function.
    let client = aws_sdk_sqs::Client::new(&aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await);
    let dlqs: Vec<DeadLetterQueue> = match cli.queue_url {
        Some(url) => {
            let queue = cli.args.queue.context("--queue must name the purpose of the queue at --queue-url")?;
            vec![discovery::find_by_url(&client, queue, url, cli.dead_letter_url).await?]
        }
        None => discovery::find_from_env(&client, &Env::from_env(), cli.args.queue).await?,
    };
    dead_letters::run(&client, &dlqs, &cli.args).await
}
