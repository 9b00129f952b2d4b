//! Redrives messages: sends them to their queue first, and deletes them only after that was
//! acknowledged.

use std::collections::BTreeSet;

use anyhow::Result;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, SendMessageBatchRequestEntry,
};
use domain::Timestamp;
use domain::events::EventEnvelope;

use crate::scan::{DeadLetterScan, message_id};
use crate::{DeadLetter, DeadLetterQueue};

/// Which messages are redriven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All that were there when the scan began.
    All,
    /// Those with these ids, of SQS or of events.
    Ids(BTreeSet<String>),
}

#[derive(Clone, Debug, Default)]
pub struct RedriveOutcome {
    /// Messages that are in their queue again, or would be.
    pub redriven: Vec<DeadLetter>,
    /// Messages that were sent but could not be deleted: they are still here, and redriving them
    /// once more does no harm.
    pub undeleted: usize,
    /// Messages that SQS did not accept; each with its reason.
    pub rejected: Vec<String>,
    /// The requested ids that were not found.
    pub not_found: BTreeSet<String>,
}

/// Redrives the selected messages; with `rehearse`, only reports them.
///
/// # Errors
/// SQS does not respond. What was redriven until then is in its queue.
pub async fn redrive(
    mut scan: DeadLetterScan<'_>,
    selection: &Selection,
    dry_run: bool,
    now: Timestamp,
) -> Result<RedriveOutcome> {
    let (client, dlq) = (scan.client, scan.dlq);
    let mut outcome = RedriveOutcome::default();
    if let Selection::Ids(ids) = selection {
        outcome.not_found = ids.clone();
    }
    let mut remaining = Vec::new();
    loop {
        let messages = scan.next_batch().await?;
        if messages.is_empty() {
            break;
        }
        let (ours, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(|m| is_selected(m, selection, now));
        remaining.extend(others);
        for message in &ours {
            for name in message_ids(message) {
                outcome.not_found.remove(&name);
            }
        }
        if dry_run {
            outcome.redriven.extend(ours.iter().map(|message| DeadLetter::from_message(dlq.queue, message)));
            remaining.extend(ours);
        } else {
            for batch in split_into_batches(ours) {
                remaining.extend(redrive_batch(client, dlq, batch, &mut outcome).await?);
            }
        }
        if matches!(selection, Selection::Ids(_)) && outcome.not_found.is_empty() {
            break;
        }
    }
    scan.make_visible(&remaining).await?;
    Ok(outcome)
}

/// With a consumer that still fails, messages would return forever: those that were sent after the
/// scan began are left for the next one.
fn is_selected(message: &Message, selection: &Selection, now: Timestamp) -> bool {
    match selection {
        Selection::Ids(ids) => message_ids(message).iter().any(|name| ids.contains(name)),
        Selection::All => {
            let sent = message.attributes().and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp));
            sent.and_then(|millis| millis.parse::<i64>().ok()).is_none_or(|millis| millis <= now.millis())
        }
    }
}

/// The ids by which a message may be selected.
fn message_ids(message: &Message) -> Vec<String> {
    let event = EventEnvelope::decode(message.body().unwrap_or_default()).ok().map(|event| event.event_id.to_string());
    event.into_iter().chain([message_id(message).to_owned()]).collect()
}

/// SQS limits the size of a batch, not only of a message.
fn split_into_batches(messages: Vec<Message>) -> Vec<Vec<Message>> {
    queue::split_into_batches(messages, |message| message.body().map_or(0, str::len))
}

/// Sends a batch, then deletes what was accepted; records the rest.
async fn redrive_batch(
    client: &Client,
    dlq: &DeadLetterQueue,
    batch: Vec<Message>,
    outcome: &mut RedriveOutcome,
) -> Result<Vec<Message>> {
    let entry = |(number, message): (usize, &Message)| {
        let entry = SendMessageBatchRequestEntry::builder().id(number.to_string());
        let entry = entry.set_message_body(message.body.clone());
        entry.set_message_attributes(message.message_attributes.clone()).build()
    };
    let entries = batch.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
    // The SDK's futures nest deeply: boxed, they do not enlarge every caller's own.
    let sent = Box::pin(client.send_message_batch().queue_url(&dlq.queue_url).set_entries(Some(entries)).send()).await;
    let response = sent.map_err(|e| anyhow::anyhow!("the {} queue: {}", dlq.queue.name(), DisplayErrorContext(&e)))?;
    for failure in response.failed() {
        let message = failure.id().parse::<usize>().ok().and_then(|number| batch.get(number));
        outcome.rejected.push(format!("{}: {}", message.map_or("", message_id), failure.code()));
    }
    let is_taken = |number: usize| response.successful().iter().any(|taken| taken.id() == number.to_string());
    let (taken, left): (Vec<_>, Vec<_>) = batch.into_iter().enumerate().partition(|(number, _)| is_taken(*number));
    let taken: Vec<Message> = taken.into_iter().map(|(_, message)| message).collect();
    outcome.redriven.extend(taken.iter().map(|message| DeadLetter::from_message(dlq.queue, message)));
    outcome.undeleted += taken.len() - delete_batch(client, dlq, &taken).await;
    Ok(left.into_iter().map(|(_, message)| message).collect())
}

/// Returns how many were deleted. What could not be deleted is in both queues: reported, but no
/// failure.
async fn delete_batch(client: &Client, dlq: &DeadLetterQueue, taken: &[Message]) -> usize {
    let entry = |(number, message): (usize, &Message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(number.to_string());
        entry.set_receipt_handle(message.receipt_handle.clone()).build().ok()
    };
    let entries: Vec<_> = taken.iter().enumerate().filter_map(entry).collect();
    if entries.is_empty() {
        return 0;
    }
    let request = client.delete_message_batch().queue_url(&dlq.dead_letter_url).set_entries(Some(entries));
    let sent = Box::pin(request.send()).await;
    sent.map_or(0, |response| response.successful().len())
}
