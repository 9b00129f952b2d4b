//! Making the queues where no CloudFormation does: on one machine and in tests. The figures are
//! those of infra/queues.yaml.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::events::Queue;

/// In seconds: at least six times the consumer's timeout, so that a slow batch is not handed out twice.
const VISIBILITY: &str = "180";
/// 14 days, in seconds: the longest that SQS keeps a message.
const DEAD_LETTER_RETENTION: &str = "1209600";

/// A queue as it was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its purpose.
    pub queue: Queue,
    /// Its address.
    pub url: String,
    /// Its dead-letter queue's address.
    pub dead_letters: String,
}

impl Made {
    /// The variable under which a function finds it.
    pub fn variable(&self) -> String {
        format!("{}_QUEUE_URL", self.queue.name().to_uppercase())
    }
}

/// Makes every queue and its dead-letter queue, names prefixed; those that exist stay.
///
/// # Errors
/// When SQS refuses; the text says why.
pub async fn create(client: &Client, prefix: &str) -> Result<Vec<Made>, String> {
    let mut made = Vec::new();
    for queue in Queue::ALL {
        let dead_letters = create_queue(client, &format!("{prefix}{}-dead-letters", queue.name()), |request| {
            request.attributes(QueueAttributeName::MessageRetentionPeriod, DEAD_LETTER_RETENTION)
        })
        .await?;
        let arn = arn_of(client, &dead_letters).await?;
        let redrive = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{}}}"#, Queue::MAX_TRIES);
        let url = create_queue(client, &format!("{prefix}{}", queue.name()), |request| {
            request
                .attributes(QueueAttributeName::VisibilityTimeout, VISIBILITY)
                .attributes(QueueAttributeName::RedrivePolicy, redrive)
        })
        .await?;
        made.push(Made { queue, url, dead_letters });
    }
    Ok(made)
}

type CreateQueue = aws_sdk_sqs::operation::create_queue::builders::CreateQueueFluentBuilder;

async fn create_queue(
    client: &Client,
    name: &str,
    with: impl FnOnce(CreateQueue) -> CreateQueue,
) -> Result<String, String> {
    let answer = with(client.create_queue().queue_name(name)).send().await;
    let answer = answer.map_err(|e| format!("queue {name}: {}", DisplayErrorContext(&e)))?;
    answer.queue_url.ok_or_else(|| format!("queue {name} was made without a URL"))
}

async fn arn_of(client: &Client, url: &str) -> Result<String, String> {
    let request = client.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
    let answer = request.send().await.map_err(|e| format!("{url}: {}", DisplayErrorContext(&e)))?;
    let arn = answer.attributes.and_then(|mut all| all.remove(&QueueAttributeName::QueueArn));
    arn.ok_or_else(|| format!("{url} has no ARN"))
}
