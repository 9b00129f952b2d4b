//! Where the queues and their dead letters are.

use anyhow::{Context, Result, bail};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::events::Queue;
use runtime::Vars;
use serde_json::Value;

/// A queue and its dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its purpose.
    pub queue: Queue,
    /// The queue's address.
    pub source: String,
    /// Its dead-letter queue's address.
    pub dead_letters: String,
}

/// The queues whose addresses the environment has: `NOTIFICATION_QUEUE_URL` and its like, and
/// `NOTIFICATION_DEAD_LETTER_URL`, which SQS is asked for where it is not set.
///
/// # Errors
/// None of those that are asked for is set, or SQS does not know them.
pub async fn in_environment(client: &Client, vars: &Vars, only: Option<Queue>) -> Result<Vec<Place>> {
    let (mut places, mut unset) = (Vec::new(), Vec::new());
    for queue in asked_for(only) {
        let name = queue.name().to_uppercase();
        let variable = format!("{name}_QUEUE_URL");
        match vars.optional(&variable) {
            Some(source) => {
                places.push(at(client, queue, source, vars.optional(&format!("{name}_DEAD_LETTER_URL"))).await?);
            }
            None => unset.push(variable),
        }
    }
    if places.is_empty() {
        bail!("set {}, or name a queue with --queue and --queue-url", unset.join(" or "));
    }
    Ok(places)
}

/// The queues of a shop by their names, as [`queue::provision`] makes them.
///
/// # Errors
/// SQS does not know them.
pub async fn by_name(client: &Client, prefix: &str, only: Option<Queue>) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    for queue in asked_for(only) {
        let source = url_of(client, &format!("{prefix}{}", queue.name())).await?;
        places.push(at(client, queue, source, None).await?);
    }
    Ok(places)
}

/// A queue by its address; SQS is asked for its dead-letter queue where that is not told.
///
/// # Errors
/// The queue is not there, or has no dead-letter queue.
pub async fn at(client: &Client, queue: Queue, source: String, dead_letters: Option<String>) -> Result<Place> {
    let dead_letters = match dead_letters {
        Some(url) => url,
        None => dead_letters_of(client, &source).await?,
    };
    Ok(Place { queue, source, dead_letters })
}

fn asked_for(only: Option<Queue>) -> impl Iterator<Item = Queue> {
    Queue::ALL.into_iter().filter(move |queue| only.is_none_or(|only| only == *queue))
}

/// By the queue's redrive policy: the one place that cannot be wrong.
async fn dead_letters_of(client: &Client, source: &str) -> Result<String> {
    let request = client.get_queue_attributes().queue_url(source).attribute_names(QueueAttributeName::RedrivePolicy);
    let answer = request.send().await.map_err(|e| anyhow::anyhow!("{source}: {}", DisplayErrorContext(&e)))?;
    let policy = answer.attributes.and_then(|mut all| all.remove(&QueueAttributeName::RedrivePolicy));
    let policy: Value = serde_json::from_str(&policy.with_context(|| format!("{source} has no dead-letter queue"))?)
        .with_context(|| format!("the redrive policy of {source} cannot be read"))?;
    let arn = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    let name = arn.rsplit(':').next().filter(|name| !name.is_empty());
    url_of(client, name.with_context(|| format!("the redrive policy of {source} names no queue"))?).await
}

async fn url_of(client: &Client, name: &str) -> Result<String> {
    let answer = client.get_queue_url().queue_name(name).send().await;
    let answer = answer.map_err(|e| anyhow::anyhow!("queue {name}: {}", DisplayErrorContext(&e)))?;
    answer.queue_url.with_context(|| format!("queue {name} has no address"))
}
