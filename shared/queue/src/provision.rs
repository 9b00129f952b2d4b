//! Creates the queues where CloudFormation does not: on one machine and in tests. The values match
//! infra/queues.yaml.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::events::Queue;

/// In seconds: at least six times the consumer's timeout, so that a slow batch is not delivered
/// twice.
const VISIBILITY_TIMEOUT_SECONDS: u32 = 180;
/// 14 days, in seconds: the longest that SQS keeps a message.
const DEAD_LETTER_RETENTION_SECONDS: &str = "1209600";

/// A queue that exists.
#[derive(Clone, Debug)]
pub struct ProvisionedQueue {
    pub queue: Queue,
    pub url: String,
    pub dead_letter_url: String,
    /// Whether it was created just now: messages in an earlier queue of this name are lost.
    pub is_new: bool,
}

impl ProvisionedQueue {
    /// The variable in which a function finds its URL.
    pub fn url_variable(&self) -> String {
        format!("{}_QUEUE_URL", self.queue.name().to_uppercase())
    }
}

/// Creates every queue and its dead-letter queue, names prefixed; existing ones stay as they are.
///
/// # Errors
/// When SQS rejects a request; the text says why.
pub async fn create_queues(client: &Client, prefix: &str) -> Result<Vec<ProvisionedQueue>, String> {
    create_queues_with_visibility(client, prefix, VISIBILITY_TIMEOUT_SECONDS).await
}

/// The same with another visibility timeout: tests that kill receivers do not wait three minutes.
///
/// # Errors
/// As [`create_queues`].
pub async fn create_queues_with_visibility(
    client: &Client,
    prefix: &str,
    seconds: u32,
) -> Result<Vec<ProvisionedQueue>, String> {
    let mut made = Vec::new();
    for queue in Queue::ALL {
        let name = format!("{prefix}{}", queue.name());
        let dead_name = format!("{name}-dead-letters");
        let (url, dead_letters) = (find_queue_url(client, &name).await?, find_queue_url(client, &dead_name).await?);
        if let (Some(url), Some(dead_letters)) = (url, dead_letters) {
            made.push(ProvisionedQueue { queue, url, dead_letter_url: dead_letters, is_new: false });
            continue;
        }
        let dead_letters = create_queue(client, &dead_name, |request| {
            request.attributes(QueueAttributeName::MessageRetentionPeriod, DEAD_LETTER_RETENTION_SECONDS)
        })
        .await?;
        let arn = find_queue_arn(client, &dead_letters).await?;
        let redrive = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{}}}"#, Queue::MAX_ATTEMPTS);
        let url = create_queue(client, &name, |request| {
            request
                .attributes(QueueAttributeName::VisibilityTimeout, seconds.to_string())
                .attributes(QueueAttributeName::RedrivePolicy, redrive)
        })
        .await?;
        made.push(ProvisionedQueue { queue, url, dead_letter_url: dead_letters, is_new: true });
    }
    Ok(made)
}

/// The URL of the queue with this name, if it exists.
async fn find_queue_url(client: &Client, name: &str) -> Result<Option<String>, String> {
    match client.get_queue_url().queue_name(name).send().await {
        Ok(response) => Ok(response.queue_url),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_queue_does_not_exist()) => Ok(None),
        Err(error) => Err(format!("queue {name}: {}", DisplayErrorContext(&error))),
    }
}

type CreateQueue = aws_sdk_sqs::operation::create_queue::builders::CreateQueueFluentBuilder;

async fn create_queue(
    client: &Client,
    name: &str,
    with: impl FnOnce(CreateQueue) -> CreateQueue,
) -> Result<String, String> {
    let response = with(client.create_queue().queue_name(name)).send().await;
    let response = response.map_err(|e| format!("queue {name}: {}", DisplayErrorContext(&e)))?;
    response.queue_url.ok_or_else(|| format!("queue {name} was created without a URL"))
}

async fn find_queue_arn(client: &Client, url: &str) -> Result<String, String> {
    let request = client.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
    let response = request.send().await.map_err(|e| format!("{url}: {}", DisplayErrorContext(&e)))?;
    let arn = response.attributes.and_then(|mut all| all.remove(&QueueAttributeName::QueueArn));
    arn.ok_or_else(|| format!("{url} has no ARN"))
}
