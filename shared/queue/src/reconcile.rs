//! What an operator's reconciliation reads: how many messages a queue and its dead-letter queue
//! have. Receives none of them.

use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName::{
    self, ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed, ApproximateNumberOfMessagesNotVisible,
    RedrivePolicy,
};
use domain::Problem;
use domain::events::Queue;
use runtime::with_timeout;
use std::collections::HashMap;

use crate::{Queues, SEND_TIMEOUT};

/// The contents of a queue. SQS counts approximately: after a change it may take a minute to be
/// exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Waiting to be delivered, including delayed ones.
    pub waiting: u64,
    /// Delivered, and neither deleted nor returned yet.
    pub in_flight: u64,
    /// In the dead-letter queue.
    pub dead_letters: u64,
}

/// Reads the attributes of a queue and of its dead-letter queue, which its redrive policy names.
///
/// # Errors
/// When SQS does not respond, or the queue's URL is not configured.
pub async fn queue_depth(queues: &Queues, queue: Queue) -> Result<QueueDepth, Problem> {
    let url = queues.url(queue);
    let url = url.ok_or_else(|| Problem::internal(format!("no URL of the {} queue", queue.name())))?;
    // The SDK's futures nest deeply: boxed here, they do not enlarge every caller's own.
    let own = Box::pin(fetch_attributes(queues, url)).await?;
    let mut depth = QueueDepth {
        waiting: waiting_messages(&own),
        in_flight: parse_count(&own, &ApproximateNumberOfMessagesNotVisible),
        dead_letters: 0,
    };
    if let Some(name) = own.get(&RedrivePolicy).and_then(|policy| dead_letter_queue_name(policy)) {
        let request = queues.client().await.get_queue_url().queue_name(name).send();
        let response = Box::pin(with_timeout(SEND_TIMEOUT, request)).await.map_err(Problem::unavailable)?;
        let response = response.map_err(|error| Problem::unavailable(DisplayErrorContext(&error)))?;
        let theirs = Box::pin(fetch_attributes(queues, response.queue_url().unwrap_or_default())).await?;
        depth.dead_letters = waiting_messages(&theirs) + parse_count(&theirs, &ApproximateNumberOfMessagesNotVisible);
    }
    Ok(depth)
}

type Attributes = HashMap<QueueAttributeName, String>;

async fn fetch_attributes(queues: &Queues, url: &str) -> Result<Attributes, Problem> {
    let request = queues.client().await.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    let response = with_timeout(SEND_TIMEOUT, request.send()).await.map_err(Problem::unavailable)?;
    let response = response.map_err(|error| Problem::unavailable(DisplayErrorContext(&error)))?;
    Ok(response.attributes.unwrap_or_default())
}

fn parse_count(attributes: &Attributes, name: &QueueAttributeName) -> u64 {
    attributes.get(name).and_then(|count| count.parse().ok()).unwrap_or_default()
}

fn waiting_messages(attributes: &Attributes) -> u64 {
    parse_count(attributes, &ApproximateNumberOfMessages) + parse_count(attributes, &ApproximateNumberOfMessagesDelayed)
}

/// The name at the end of the dead-letter queue's ARN in a redrive policy.
fn dead_letter_queue_name(policy: &str) -> Option<String> {
    let policy: serde_json::Value = serde_json::from_str(policy).ok()?;
    policy["deadLetterTargetArn"].as_str()?.rsplit(':').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redrive_policy_names_the_queue_of_dead_letters() {
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:1:t_dead","maxReceiveCount":5}"#;
        assert_eq!(dead_letter_queue_name(policy).as_deref(), Some("t_dead"));
        assert_eq!(dead_letter_queue_name("{}"), None);
        assert_eq!(dead_letter_queue_name("none"), None);
    }
}
