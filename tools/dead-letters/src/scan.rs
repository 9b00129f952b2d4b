//! Scans the messages of a dead-letter queue without consuming them.

use std::collections::HashSet;

use anyhow::Result;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, Message, MessageSystemAttributeName};

use crate::{DeadLetter, DeadLetterQueue};

const BATCH_SIZE: i32 = 10;
/// How long a scanned message stays invisible, in seconds, so that the scan does not receive it
/// again. At its end the scan makes it visible; if the scan is killed, this timeout does.
const VISIBILITY_TIMEOUT_SECONDS: i32 = 120;
/// How long SQS polls for further messages, in seconds: more than zero, or it queries only some of
/// its servers.
const WAIT_SECONDS: i32 = 1;

/// A scan of one dead-letter queue. Its messages are invisible to others until the scan ends.
pub struct DeadLetterScan<'a> {
    pub(crate) client: &'a Client,
    pub(crate) dlq: &'a DeadLetterQueue,
    visibility_timeout: i32,
    seen: HashSet<String>,
}

impl<'a> DeadLetterScan<'a> {
    pub fn new(client: &'a Client, dlq: &'a DeadLetterQueue) -> Self {
        Self { client, dlq, visibility_timeout: VISIBILITY_TIMEOUT_SECONDS, seen: HashSet::new() }
    }

    /// The same with another visibility timeout: tests do not wait.
    #[must_use]
    pub fn with_visibility_timeout(self, seconds: i32) -> Self {
        Self { visibility_timeout: seconds, ..self }
    }

    /// The next messages, at most ten; none at the end.
    ///
    /// # Errors
    /// SQS does not respond.
    pub async fn next_batch(&mut self) -> Result<Vec<Message>> {
        use MessageSystemAttributeName::{ApproximateReceiveCount, SentTimestamp};
        let request = self.client.receive_message().queue_url(&self.dlq.dead_letter_url);
        let request = request
            .max_number_of_messages(BATCH_SIZE)
            .visibility_timeout(self.visibility_timeout)
            .wait_time_seconds(WAIT_SECONDS)
            .set_message_system_attribute_names(Some(vec![ApproximateReceiveCount, SentTimestamp]))
            .message_attribute_names("All");
        // The SDK's futures nest deeply: boxed, they do not enlarge every caller's own.
        let response = Box::pin(request.send()).await.map_err(|e| self.error(&DisplayErrorContext(&e)))?;
        let messages = response.messages.unwrap_or_default();
        // A message that is received again has become visible: so have all others, and the scan is
        // over.
        let new = messages.iter().filter(|message| self.seen.insert(message_id(message).to_owned())).count();
        if new < messages.len() {
            self.make_visible(&messages).await?;
            return Ok(Vec::new());
        }
        Ok(messages)
    }

    /// Makes messages visible again, at once.
    ///
    /// # Errors
    /// SQS does not respond; they become visible after two minutes.
    pub async fn make_visible(&self, messages: &[Message]) -> Result<()> {
        for messages in messages.chunks(BATCH_SIZE as usize) {
            let entry = |(place, message): (usize, &Message)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(place.to_string());
                entry.set_receipt_handle(message.receipt_handle.clone()).visibility_timeout(0).build()
            };
            let entries = messages.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
            let request = self.client.change_message_visibility_batch().queue_url(&self.dlq.dead_letter_url);
            let sent = Box::pin(request.set_entries(Some(entries)).send()).await;
            sent.map_err(|e| self.error(&DisplayErrorContext(&e)))?;
        }
        Ok(())
    }

    fn error(&self, error: &dyn std::fmt::Display) -> anyhow::Error {
        anyhow::anyhow!("the dead letters of the {} queue: {error}", self.dlq.queue.name())
    }
}

/// The messages in the queue, oldest first, at most `limit`; all of them stay there.
///
/// # Errors
/// SQS does not respond.
pub async fn list_dead_letters(client: &Client, dlq: &DeadLetterQueue, limit: usize) -> Result<Vec<DeadLetter>> {
    let mut scan = DeadLetterScan::new(client, dlq);
    let mut messages = Vec::new();
    while messages.len() < limit {
        let more = scan.next_batch().await?;
        if more.is_empty() {
            break;
        }
        messages.extend(more);
    }
    scan.make_visible(&messages).await?;
    let mut letters: Vec<DeadLetter> =
        messages.iter().map(|message| DeadLetter::from_message(dlq.queue, message)).collect();
    letters.sort_by_key(|letter| letter.sent_at);
    letters.truncate(limit);
    Ok(letters)
}

pub(crate) fn message_id(message: &Message) -> &str {
    message.message_id().unwrap_or_default()
}
