//! What an operator may ask for, the same on one machine and in AWS.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::Timestamp;
use domain::events::Queue;
use runtime::Clock;

use crate::{Chosen, Found, Place, Report, Walk, look, redrive};

/// Some ids are in none of the queues.
const MISSING: u8 = 3;

/// What is asked for. Without --redrive, it only looks.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which").args(["id", "all"])))]
pub struct Request {
    /// Only this queue's: notification, analytics or catalog
    #[arg(long, value_parser = queue_of)]
    pub queue: Option<Queue>,
    /// Give messages back to their queue: those of --id, or --all
    #[arg(long, requires = "which")]
    pub redrive: bool,
    /// A message, by its message id or its event id; may be repeated
    #[arg(long, requires = "redrive", value_name = "ID")]
    pub id: Vec<String>,
    /// All messages that lie there now
    #[arg(long, requires = "redrive")]
    pub all: bool,
    /// Only tell which messages would be given back
    #[arg(long, requires = "redrive")]
    pub dry_run: bool,
    /// At most so many are shown of each queue
    #[arg(long, default_value_t = 100, conflicts_with = "redrive")]
    pub limit: usize,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

fn queue_of(text: &str) -> Result<Queue, String> {
    let known = Queue::ALL.into_iter().find(|queue| queue.name() == text);
    known.ok_or_else(|| format!("there are {}", Queue::ALL.map(Queue::name).join(", ")))
}

/// Does what is asked for and prints it.
///
/// # Errors
/// SQS does not answer.
pub async fn run(client: &Client, places: &[Place], request: &Request) -> Result<ExitCode> {
    let now = Clock::system().now();
    let mut report = Report { dry_run: request.dry_run, ..Report::default() };
    let mut asked: BTreeSet<String> = request.id.iter().cloned().collect();
    for place in places {
        let waiting = waiting(client, place).await?;
        let found = if request.redrive {
            give_back(client, place, request, waiting, &mut asked, now).await?
        } else {
            let letters = look(client, place, request.limit).await?;
            Found { queue: place.queue.name(), waiting, letters, redriven: None, kept: 0, refused: Vec::new() }
        };
        report.queues.push(found);
    }
    report.missing = asked.into_iter().collect();
    let mut out = std::io::stdout().lock();
    if request.json {
        report.write_json(&mut out)?
    } else {
        report.write(&mut out, now)?
    }
    Ok(match () {
        () if report.failed() => ExitCode::FAILURE,
        () if !report.missing.is_empty() => ExitCode::from(MISSING),
        () => ExitCode::SUCCESS,
    })
}

async fn give_back(
    client: &Client,
    place: &Place,
    request: &Request,
    waiting: u64,
    asked: &mut BTreeSet<String>,
    now: Timestamp,
) -> Result<Found> {
    let chosen = if request.all { Chosen::All } else { Chosen::These(asked.clone()) };
    let done = redrive(Walk::new(client, place), &chosen, request.dry_run, now).await?;
    if !request.all {
        *asked = done.missing;
    }
    let redriven = Some(done.letters.len());
    let queue = place.queue.name();
    Ok(Found { queue, waiting, letters: done.letters, redriven, kept: done.kept, refused: done.refused })
}

/// By SQS's own count, also of those that somebody else is looking at.
async fn waiting(client: &Client, place: &Place) -> Result<u64> {
    use QueueAttributeName::{ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible};
    let counts = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible];
    let request = client.get_queue_attributes().queue_url(&place.dead_letters);
    let answer = request.set_attribute_names(Some(counts.to_vec())).send().await;
    let answer = answer.map_err(|e| anyhow::anyhow!("{}: {}", place.dead_letters, DisplayErrorContext(&e)))?;
    let attributes = answer.attributes.context("SQS told no counts")?;
    Ok(counts.iter().filter_map(|count| attributes.get(count)?.parse::<u64>().ok()).sum())
}
