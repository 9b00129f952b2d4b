//! SQS: the only place where its SDK is named. Knows queues by their purpose and messages as
//! [`EventEnvelope`]s; decides nothing.

pub mod provision;
pub mod reconcile;
mod relay;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, SendMessageBatchRequestEntry,
};
use domain::events::{EventEnvelope, Queue};
use domain::{EventId, Problem};
use runtime::{ConfigError, Env, with_timeout};
use tokio::sync::OnceCell;

pub use relay::OutboxRelay;

/// The longest wait for SQS to accept one batch.
const SEND_TIMEOUT: Duration = Duration::from_secs(2);
/// The same for opening a connection at startup, in parallel with several stores.
const OPEN_TIMEOUT: Duration = Duration::from_secs(3);
/// The maximum length of an error in a log line, in characters.
const MAX_ERROR_CHARS: usize = 300;
/// SQS accepts at most ten messages at once.
const MAX_BATCH_MESSAGES: usize = 10;
/// And this many bytes of bodies in total: 256 KiB, minus what attributes may add.
const MAX_BATCH_BYTES: usize = 250 * 1024;

/// The URLs of the queues.
#[derive(Clone, Debug)]
pub struct Config {
    urls: [Option<String>; Queue::ALL.len()],
    endpoint: Option<String>,
}

impl Config {
    /// Reads `NOTIFICATION_QUEUE_URL`, `ANALYTICS_QUEUE_URL` and `CATALOG_QUEUE_URL`, of which a
    /// function has those that it sends to; and `AWS_ENDPOINT_URL_SQS`, which the SDK finds in the
    /// process's environment itself: read here too, so that a test can replace it.
    ///
    /// # Errors
    /// When a queue in `needed` is not set.
    pub fn from_env(env: &Env, needed: &[Queue]) -> Result<Self, ConfigError> {
        let variable = |queue: Queue| format!("{}_QUEUE_URL", queue.name().to_uppercase());
        for queue in needed {
            env.required(&variable(*queue))?;
        }
        let urls = Queue::ALL.map(|queue| env.optional(&variable(queue)));
        Ok(Self { urls, endpoint: env.optional("AWS_ENDPOINT_URL_SQS") })
    }
}

/// The queues. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct Queues {
    config: Arc<Config>,
    client: Arc<OnceCell<Client>>,
}

impl Queues {
    /// Connects to nothing yet.
    pub fn new(config: Config) -> Self {
        Self { config: Arc::new(config), client: Arc::default() }
    }

    /// Sends events to every queue that they are published to, queues in parallel; returns the ids
    /// of those that at least one queue did not accept.
    pub async fn publish(&self, events: &[EventEnvelope]) -> HashSet<EventId> {
        self.publish_to(&Queue::ALL, events).await
    }

    /// The same for some queues only, for example if only those lost their messages.
    pub async fn publish_to(&self, queues: &[Queue], events: &[EventEnvelope]) -> HashSet<EventId> {
        let of = |queue: Queue| if queues.contains(&queue) { events } else { &[] };
        let [a, b, c] = Queue::ALL.map(|queue| self.send_events(queue, of(queue)));
        let (a, b, c) = tokio::join!(a, b, c);
        a.into_iter().chain(b).chain(c).collect()
    }

    async fn send_events(&self, queue: Queue, events: &[EventEnvelope]) -> Vec<EventId> {
        let addressed = events.iter().filter(|event| event.payload.queues().contains(&queue));
        // Events are plain data: they always have a JSON form.
        let bodies = addressed.map(|event| (event.event_id, serde_json::to_string(event).unwrap_or_default()));
        let mut failed = Vec::new();
        let mut silent = false;
        for batch in split_into_batches(bodies.collect(), |(_, body)| body.len()) {
            if silent {
                failed.extend(batch.into_iter().map(|(id, _)| id));
                continue;
            }
            // The SDK's futures nest deeply: boxed here, they do not enlarge every caller's own.
            match Box::pin(self.send_batch(queue, batch)).await {
                Ok(rejected) => failed.extend(rejected),
                Err(Unreachable(batch)) => {
                    silent = true;
                    failed.extend(batch);
                }
            }
        }
        failed
    }

    /// Sends one batch; returns the events that were not accepted. After a timeout the queue gets
    /// no further batch: two seconds for every ten events would use up the caller's time.
    async fn send_batch(&self, queue: Queue, batch: Vec<(EventId, String)>) -> Result<Vec<EventId>, Unreachable> {
        let ids: Vec<EventId> = batch.iter().map(|(id, _)| *id).collect();
        let Some(url) = self.url(queue) else {
            tracing::error!(queue = queue.name(), "This function has no URL of a queue that it must send to.");
            return Ok(ids);
        };
        let trace = trace_attributes();
        // The members below are set: it cannot fail.
        let entry = |(place, (_, body)): (usize, (EventId, String))| {
            let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(body);
            entry.set_message_system_attributes(trace.clone()).build().ok()
        };
        let entries = batch.into_iter().enumerate().filter_map(entry).collect();
        let request = self.client().await.send_message_batch().queue_url(url).set_entries(Some(entries)).send();
        match with_timeout(SEND_TIMEOUT, request).await {
            Ok(Ok(answer)) => {
                let place = |id: &str| id.parse::<usize>().ok();
                Ok(answer.failed().iter().filter_map(|failure| ids.get(place(failure.id())?).copied()).collect())
            }
            Ok(Err(error)) => {
                tracing::warn!(queue = queue.name(), error = %error_summary(&error), "A queue rejected a batch.");
                if error.as_service_error().is_some() { Ok(ids) } else { Err(Unreachable(ids)) }
            }
            Err(elapsed) => {
                tracing::warn!(queue = queue.name(), error = %elapsed, "A queue did not respond.");
                Err(Unreachable(ids))
            }
        }
    }

    /// Pings every configured queue.
    ///
    /// # Errors
    /// When one does not respond.
    pub async fn ping(&self) -> Result<(), Problem> {
        for url in self.config.urls.iter().flatten() {
            let request = self.client().await.get_queue_attributes().queue_url(url).send();
            with_timeout(SEND_TIMEOUT, request)
                .await
                .map_err(Problem::unavailable)?
                .map_err(|error| Problem::unavailable(error_summary(&error)))?;
        }
        Ok(())
    }

    /// Opens a connection to each configured queue, in parallel, as publishing needs them. It sends
    /// an empty batch, which SQS rejects: that needs only the permission in use, and has no effect.
    ///
    /// # Errors
    /// When a queue does not respond.
    pub async fn open(&self) -> Result<(), Problem> {
        let client = self.client().await;
        let open = async |url: Option<&str>| {
            let Some(url) = url else { return Ok(()) };
            let timeouts = TimeoutConfig::builder().operation_attempt_timeout(OPEN_TIMEOUT).build();
            let patient = aws_sdk_sqs::config::Builder::new().timeout_config(timeouts);
            let request = client.send_message_batch().queue_url(url).set_entries(Some(Vec::new()));
            match with_timeout(OPEN_TIMEOUT, request.customize().config_override(patient).send()).await {
                Ok(Err(error)) if error.as_service_error().is_none() => {
                    Err(Problem::unavailable(error_summary(&error)))
                }
                Ok(_) => Ok(()),
                Err(elapsed) => Err(Problem::unavailable(elapsed)),
            }
        };
        let [a, b, c] = self.config.urls.each_ref().map(|url| open(url.as_deref()));
        tokio::try_join!(a, b, c).map(drop)
    }

    /// A queue's URL, if this process knows it.
    pub fn url(&self, queue: Queue) -> Option<&str> {
        let place = Queue::ALL.iter().position(|q| *q == queue)?;
        self.config.urls[place].as_deref()
    }

    /// The SDK's client, for the tools and tests that drain queues themselves.
    pub async fn client(&self) -> &Client {
        let connect = || async {
            let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(800)).build();
            let config = aws_sdk_sqs::config::Builder::from(runtime::aws_sdk_config()).timeout_config(timeouts);
            let config = match &self.config.endpoint {
                Some(url) => config.endpoint_url(url),
                None => config,
            };
            Client::from_conf(config.build())
        };
        self.client.get_or_init(connect).await
    }
}

/// The events of a batch without a response.
struct Unreachable(Vec<EventId>);

/// The service's code, or why it was not reached; not its whole response.
fn error_summary<E: ProvideErrorMetadata + std::error::Error + 'static, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
) -> String {
    match error {
        SdkError::ServiceError(rejection) => rejection.err().code().unwrap_or("a rejection without a code").to_owned(),
        unreached => DisplayErrorContext(unreached).to_string().chars().take(MAX_ERROR_CHARS).collect(),
    }
}

/// The consumer of the message continues the sender's trace.
fn trace_attributes() -> Option<HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>> {
    let trace = runtime::current_trace()?;
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(trace.header()).build().ok()?;
    Some(HashMap::from([(MessageSystemAttributeNameForSends::AwsTraceHeader, value)]))
}

/// Splits messages into batches that SQS accepts: by number, and by the size of their bodies. A
/// message that is too large by itself is a batch of its own, which SQS rejects.
pub fn split_into_batches<T>(messages: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0;
    for message in messages {
        let more = size(&message);
        match batches.last_mut().filter(|batch| batch.len() < MAX_BATCH_MESSAGES && bytes + more <= MAX_BATCH_BYTES) {
            Some(batch) => {
                bytes += more;
                batch.push(message);
            }
            None => {
                bytes = more;
                batches.push(vec![message]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_at_most_ten_messages_and_a_quarter_of_a_megabyte() {
        let parted = |sizes: &[usize]| split_into_batches(sizes.to_vec(), |size| *size);
        assert_eq!(parted(&[]), [[0; 0]; 0]);
        assert_eq!(parted(&[1; 25]).iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
        let (half, whole) = (MAX_BATCH_BYTES / 2, MAX_BATCH_BYTES);
        assert_eq!(
            parted(&[half, half, 1, whole, whole + 1, 1]),
            [vec![half, half], vec![1], vec![whole], vec![whole + 1], vec![1]]
        );
    }
}
