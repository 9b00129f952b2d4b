//! The operator's command, the same on one machine and in AWS.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;
use aws_sdk_sqs::Client;
use domain::Timestamp;
use domain::events::Queue;
use runtime::Clock;

use crate::depth::count_messages;
use crate::{DeadLetterQueue, DeadLetterScan, QueueReport, Report, Selection, list_dead_letters, redrive};

/// Some ids are in none of the queues.
const EXIT_NOT_FOUND: u8 = 3;

/// The options. Without --redrive, the command only lists.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which").args(["id", "all"])))]
pub struct DeadLetterArgs {
    /// Only this queue: notification, analytics or catalog
    #[arg(long, value_parser = parse_queue)]
    pub queue: Option<Queue>,
    /// Send messages back to their queue: those of --id, or --all
    #[arg(long, requires = "which")]
    pub redrive: bool,
    /// A message, by its message id or its event id; may be repeated
    #[arg(long, requires = "redrive", value_name = "ID")]
    pub id: Vec<String>,
    /// All messages that are in the dead-letter queues now
    #[arg(long, requires = "redrive")]
    pub all: bool,
    /// Only show which messages would be redriven
    #[arg(long, requires = "redrive")]
    pub dry_run: bool,
    /// Show at most this many messages of each queue
    #[arg(long, default_value_t = 100, conflicts_with = "redrive")]
    pub limit: usize,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

fn parse_queue(text: &str) -> Result<Queue, String> {
    let known = Queue::ALL.into_iter().find(|queue| queue.name() == text);
    known.ok_or_else(|| format!("there are {}", Queue::ALL.map(Queue::name).join(", ")))
}

/// Executes the command and prints the result.
///
/// # Errors
/// SQS does not respond.
pub async fn run(client: &Client, dlqs: &[DeadLetterQueue], args: &DeadLetterArgs) -> Result<ExitCode> {
    let now = Clock::system().now();
    let mut report = Report { dry_run: args.dry_run, ..Report::default() };
    let mut remaining_ids: BTreeSet<String> = args.id.iter().cloned().collect();
    for dlq in dlqs {
        let waiting = count_messages(client, &dlq.dead_letter_url).await?;
        let found = if args.redrive {
            redrive_queue(client, dlq, args, waiting, &mut remaining_ids, now).await?
        } else {
            let letters = list_dead_letters(client, dlq, args.limit).await?;
            QueueReport {
                queue: dlq.queue.name(),
                waiting,
                dead_letters: letters,
                redriven: None,
                undeleted: 0,
                rejected: Vec::new(),
            }
        };
        report.queues.push(found);
    }
    report.not_found = remaining_ids.into_iter().collect();
    let mut out = std::io::stdout().lock();
    if args.json {
        report.write_json(&mut out)?
    } else {
        report.write(&mut out, now)?
    }
    Ok(match () {
        () if report.has_failures() => ExitCode::FAILURE,
        () if !report.not_found.is_empty() => ExitCode::from(EXIT_NOT_FOUND),
        () => ExitCode::SUCCESS,
    })
}

async fn redrive_queue(
    client: &Client,
    dlq: &DeadLetterQueue,
    args: &DeadLetterArgs,
    waiting: u64,
    remaining_ids: &mut BTreeSet<String>,
    now: Timestamp,
) -> Result<QueueReport> {
    let chosen = if args.all { Selection::All } else { Selection::Ids(remaining_ids.clone()) };
    let done = redrive(DeadLetterScan::new(client, dlq), &chosen, args.dry_run, now).await?;
    if !args.all {
        *remaining_ids = done.not_found;
    }
    let redriven = Some(done.redriven.len());
    let queue = dlq.queue.name();
    Ok(QueueReport {
        queue,
        waiting,
        dead_letters: done.redriven,
        redriven,
        undeleted: done.undeleted,
        rejected: done.rejected,
    })
}
