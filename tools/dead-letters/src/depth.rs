//! How many messages a queue has.

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;

/// The messages of a queue by SQS's own count, including those that another reader has received.
///
/// # Errors
/// When SQS does not respond.
pub async fn count_messages(client: &Client, queue_url: &str) -> Result<u64> {
    use QueueAttributeName::{ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible};
    let counts = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible];
    let request = client.get_queue_attributes().queue_url(queue_url);
    let response = request.set_attribute_names(Some(counts.to_vec())).send().await;
    let response = response.map_err(|e| anyhow::anyhow!("{}: {}", queue_url, DisplayErrorContext(&e)))?;
    let attributes = response.attributes.context("SQS returned no counts")?;
    Ok(counts.iter().filter_map(|count| attributes.get(count)?.parse::<u64>().ok()).sum())
}
