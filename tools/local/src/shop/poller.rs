//! Delivers a queue's messages to its consumer, as Lambda's event source mapping does: long polls,
//! ten at a time, and deletes exactly those that succeeded. SQS itself moves a message to the
//! dead-letter queue after five attempts.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName,
};
use runtime::TRACE_ATTRIBUTE;
use worker::sqs::{SqsBatchResponse, SqsEvent};

use super::shutdown::ShutdownSignal;

const BATCH_SIZE: i32 = 10;
/// The longest wait that SQS allows a receiver.
const WAIT_SECONDS: i32 = 20;
/// A batch's time limit, as in the functions' template.
const REMAINING_TIME: Duration = worker::DEFAULT_TIME_LIMIT;
/// The first wait before a failed message is delivered again; it doubles with every attempt. Five
/// attempts outlast a store that is unavailable for three minutes.
const FIRST_RETRY_SECONDS: i32 = 15;
/// The visibility timeout of the queues, which no wait exceeds.
const MAX_RETRY_SECONDS: i32 = 180;
/// The pause after a batch that was not full: the next one then has what arrived meanwhile, and a
/// receive and a delete serve several messages. A queue that was empty is answered at once.
const GATHERING_PAUSE: Duration = Duration::from_millis(100);
/// After an error, and after a batch without success: a store is unavailable, and each further
/// attempt of a message would bring it nearer to the dead-letter queue.
const ERROR_PAUSE: Duration = Duration::from_secs(5);

/// Polls until it is stopped; a batch in progress is completed.
pub(crate) async fn run<F, W>(client: Client, url: String, mut stop: ShutdownSignal, handle: F)
where
    F: Fn(SqsEvent, Duration) -> W,
    W: Future<Output = SqsBatchResponse>,
{
    loop {
        let received = tokio::select! {
            () = stop.triggered() => return,
            received = receive(&client, &url) => received,
        };
        let pause = match received {
            Ok(messages) if messages.is_empty() => Duration::ZERO,
            Ok(messages) => {
                let full = messages.len() >= BATCH_SIZE as usize;
                match process_batch(&client, &url, messages, &handle).await {
                    true if full => Duration::ZERO,
                    true => GATHERING_PAUSE,
                    false => ERROR_PAUSE,
                }
            }
            Err(error) => {
                tracing::warn!(queue.url = url, error, "A queue could not be polled.");
                ERROR_PAUSE
            }
        };
        if !pause.is_zero() {
            tokio::select! {
                () = stop.triggered() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

async fn receive(client: &Client, url: &str) -> Result<Vec<Message>, String> {
    let request = client.receive_message().queue_url(url).max_number_of_messages(BATCH_SIZE);
    let request = request
        .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
        .message_system_attribute_names(MessageSystemAttributeName::AwsTraceHeader);
    let response = request.wait_time_seconds(WAIT_SECONDS).send().await;
    response.map(|response| response.messages.unwrap_or_default()).map_err(|e| DisplayErrorContext(&e).to_string())
}

/// Returns whether anything succeeded.
async fn process_batch<F, W>(client: &Client, url: &str, messages: Vec<Message>, handle: &F) -> bool
where
    F: Fn(SqsEvent, Duration) -> W,
    W: Future<Output = SqsBatchResponse>,
{
    let record = |message: &Message| {
        let body = message.body.clone().unwrap_or_default();
        (message.message_id.clone().unwrap_or_default(), body, receive_count(message))
    };
    let mut batch = worker::build_batch(messages.iter().map(record));
    for (record, message) in batch.records.iter_mut().zip(&messages) {
        let attribute = message_attribute(message, &MessageSystemAttributeName::AwsTraceHeader);
        record.attributes.extend(attribute.map(|trace| (TRACE_ATTRIBUTE.to_owned(), trace.to_owned())));
    }
    let failures = handle(batch, REMAINING_TIME).await.batch_item_failures;
    let failed = |message: &Message| failures.iter().any(|f| Some(&f.item_identifier) == message.message_id.as_ref());
    let (failed_messages, done): (Vec<_>, Vec<_>) = messages.into_iter().partition(failed);
    if let Err(error) = delete(client, url, &done).await {
        tracing::warn!(queue.url = url, error, "Processed messages could not be deleted; they come again.");
    }
    if let Err(error) = postpone(client, url, &failed_messages).await {
        tracing::warn!(queue.url = url, error, "Failed messages could not be postponed; they come again later.");
    }
    !done.is_empty()
}

fn message_attribute<'a>(message: &'a Message, name: &MessageSystemAttributeName) -> Option<&'a str> {
    message.attributes.as_ref()?.get(name).map(String::as_str)
}

fn receive_count(message: &Message) -> u32 {
    let count = message_attribute(message, &MessageSystemAttributeName::ApproximateReceiveCount);
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

async fn delete(client: &Client, url: &str, done: &[Message]) -> Result<(), String> {
    if done.is_empty() {
        return Ok(());
    }
    let entry = |(place, message): (usize, &Message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
        entry.set_receipt_handle(message.receipt_handle.clone()).build().map_err(|e| e.to_string())
    };
    let entries = done.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
    let sent = client.delete_message_batch().queue_url(url).set_entries(Some(entries)).send().await;
    let response = sent.map_err(|e| DisplayErrorContext(&e).to_string())?;
    if response.failed.is_empty() { Ok(()) } else { Err(format!("{:?}", response.failed)) }
}

async fn postpone(client: &Client, url: &str, failed: &[Message]) -> Result<(), String> {
    if failed.is_empty() {
        return Ok(());
    }
    let entry = |(place, message): (usize, &Message)| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(place.to_string());
        let entry = entry.visibility_timeout(retry_delay_seconds(receive_count(message)));
        entry.set_receipt_handle(message.receipt_handle.clone()).build().map_err(|e| e.to_string())
    };
    let entries = failed.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
    let sent = client.change_message_visibility_batch().queue_url(url).set_entries(Some(entries)).send().await;
    sent.map(drop).map_err(|e| DisplayErrorContext(&e).to_string())
}

/// Seconds before the next attempt.
fn retry_delay_seconds(receives: u32) -> i32 {
    let doubled = 2_i32.saturating_pow(receives.saturating_sub(1));
    FIRST_RETRY_SECONDS.saturating_mul(doubled).min(MAX_RETRY_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_longer_than_the_one_before_up_to_the_queues_own() {
        assert_eq!([1, 2, 3, 4, 5, 99].map(retry_delay_seconds), [15, 30, 60, 120, 180, 180]);
    }
}
