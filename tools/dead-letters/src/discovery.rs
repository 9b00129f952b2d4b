//! Finds the queues and their dead-letter queues.

use anyhow::{Context, Result, bail};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::events::Queue;
use runtime::Env;
use serde_json::Value;

/// A queue and its dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterQueue {
    pub queue: Queue,
    pub queue_url: String,
    pub dead_letter_url: String,
}

/// The queues whose URLs are in the environment: `NOTIFICATION_QUEUE_URL` and so on, and
/// `NOTIFICATION_DEAD_LETTER_URL`, which is looked up in SQS if it is not set.
///
/// # Errors
/// None of the selected queues is set, or SQS does not know them.
pub async fn find_from_env(client: &Client, env: &Env, selected: Option<Queue>) -> Result<Vec<DeadLetterQueue>> {
    let (mut queues, mut unset) = (Vec::new(), Vec::new());
    for queue in selected_queues(selected) {
        let name = queue.name().to_uppercase();
        let variable = format!("{name}_QUEUE_URL");
        match env.optional(&variable) {
            Some(source) => {
                queues
                    .push(find_by_url(client, queue, source, env.optional(&format!("{name}_DEAD_LETTER_URL"))).await?);
            }
            None => unset.push(variable),
        }
    }
    if queues.is_empty() {
        bail!("set {}, or name a queue with --queue and --queue-url", unset.join(" or "));
    }
    Ok(queues)
}

/// The queues of a shop by their names, as [`queue::provision`] creates them.
///
/// # Errors
/// SQS does not know them.
pub async fn find_by_name(client: &Client, prefix: &str, selected: Option<Queue>) -> Result<Vec<DeadLetterQueue>> {
    let mut queues = Vec::new();
    for queue in selected_queues(selected) {
        let source = resolve_queue_url(client, &format!("{prefix}{}", queue.name())).await?;
        queues.push(find_by_url(client, queue, source, None).await?);
    }
    Ok(queues)
}

/// A queue by its URL; its dead-letter queue is looked up in SQS if it is not given.
///
/// # Errors
/// The queue does not exist, or has no dead-letter queue.
pub async fn find_by_url(
    client: &Client,
    queue: Queue,
    queue_url: String,
    dead_letter_url: Option<String>,
) -> Result<DeadLetterQueue> {
    let dead_letter_url = match dead_letter_url {
        Some(url) => url,
        None => find_dead_letter_url(client, &queue_url).await?,
    };
    Ok(DeadLetterQueue { queue, queue_url, dead_letter_url })
}

fn selected_queues(only: Option<Queue>) -> impl Iterator<Item = Queue> {
    Queue::ALL.into_iter().filter(move |queue| only.is_none_or(|only| only == *queue))
}

/// From the queue's redrive policy: the one place that cannot be wrong.
async fn find_dead_letter_url(client: &Client, queue_url: &str) -> Result<String> {
    let request = client.get_queue_attributes().queue_url(queue_url).attribute_names(QueueAttributeName::RedrivePolicy);
    let response = request.send().await.map_err(|e| anyhow::anyhow!("{queue_url}: {}", DisplayErrorContext(&e)))?;
    let policy = response.attributes.and_then(|mut all| all.remove(&QueueAttributeName::RedrivePolicy));
    let policy: Value = serde_json::from_str(&policy.with_context(|| format!("{queue_url} has no dead-letter queue"))?)
        .with_context(|| format!("the redrive policy of {queue_url} cannot be read"))?;
    let arn = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    let name = arn.rsplit(':').next().filter(|name| !name.is_empty());
    resolve_queue_url(client, name.with_context(|| format!("the redrive policy of {queue_url} names no queue"))?).await
}

async fn resolve_queue_url(client: &Client, name: &str) -> Result<String> {
    let response = client.get_queue_url().queue_name(name).send().await;
    let response = response.map_err(|e| anyhow::anyhow!("queue {name}: {}", DisplayErrorContext(&e)))?;
    response.queue_url.with_context(|| format!("queue {name} has no URL"))
}
