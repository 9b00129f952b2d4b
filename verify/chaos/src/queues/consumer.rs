//! A consumer with its poller, which is sometimes killed: in the middle of a batch, or after its
//! effect and before its messages are deleted. In both cases they are redelivered.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName,
};
use dead_letters::DeadLetterQueue;
use domain::events::Queue;
use rand::Rng;
use rand::rngs::StdRng;
use runtime::Clock;
use testkit::TestEnv;
use tokio::sync::watch;
use worker::sqs::{SqsBatchResponse, SqsEvent};

use super::counts::{DeliveryCounts, increment};

const BATCH_SIZE: i32 = 10;
/// The time limit of a batch.
const BATCH_TIME: Duration = Duration::from_secs(10);
/// The queues' visibility timeout here, in seconds: after it, a killed consumer's messages are
/// redelivered. Longer than a batch's time limit.
const VISIBILITY_TIMEOUT_SECONDS: i32 = 12;
/// The longest wait before a returned message is delivered again, as a multiple of the first: it
/// doubles in between.
const MAX_BACKOFF_FACTOR: i32 = 8;
/// The pause after a batch without success, as in the shop's own pollers: a store is unavailable,
/// and each further attempt brings a valid message nearer to the dead-letter queue.
const FAILED_BATCH_PAUSE: Duration = Duration::from_secs(5);
/// How far a consumer gets that is killed in the middle.
const KILLED_WITHIN: Duration = Duration::from_millis(60);

/// The faults of a consumer.
pub(super) struct ConsumerFaults {
    pub(super) kill_probability: f64,
    /// The first wait before a returned message is delivered again, in seconds. Longer than a
    /// killed notification worker's lease: each wait for that would cost an attempt.
    pub(super) retry_seconds: i32,
    pub(super) rng: StdRng,
}

/// One of the three, as its function builds it.
enum ConsumerApp {
    Notification(notification_worker::App),
    Analytics(analytics_worker::App),
    Catalog(catalog_worker::App),
}

impl ConsumerApp {
    async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        match self {
            Self::Notification(app) => notification_worker::handle(app, batch, BATCH_TIME).await,
            Self::Analytics(app) => analytics_worker::handle(app, batch, BATCH_TIME).await,
            Self::Catalog(app) => catalog_worker::handle(app, batch, BATCH_TIME).await,
        }
    }
}

pub(super) struct Consumer {
    app: ConsumerApp,
    location: DeadLetterQueue,
    client: Client,
    faults: ConsumerFaults,
    counts: Arc<DeliveryCounts>,
}

impl Consumer {
    pub(super) fn new(
        test_env: &TestEnv,
        place: DeadLetterQueue,
        client: Client,
        hasty: &Clock,
        chaos: ConsumerFaults,
        tally: Arc<DeliveryCounts>,
    ) -> Result<Self> {
        let (env, read) = (test_env.env(), anyhow::Error::from_boxed);
        let app = match place.queue {
            Queue::Notification => {
                ConsumerApp::Notification(notification_worker::App::from_env(&env, hasty).map_err(read)?)
            }
            Queue::Analytics => {
                ConsumerApp::Analytics(analytics_worker::App::from_env(&env, &test_env.clock).map_err(read)?)
            }
            Queue::Catalog => ConsumerApp::Catalog(catalog_worker::App::from_env(&env, &test_env.clock).map_err(read)?),
        };
        Ok(Self { app, location: place, client, faults: chaos, counts: tally })
    }

    /// Works until it is stopped.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) -> Result<()> {
        loop {
            let messages = tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => return Ok(()),
                messages = self.receive() => messages?,
            };
            if !messages.is_empty() {
                self.process_messages(messages).await?;
            }
        }
    }

    async fn process_messages(&mut self, messages: Vec<Message>) -> Result<()> {
        let record = |m: &Message| {
            (m.message_id.clone().unwrap_or_default(), m.body.clone().unwrap_or_default(), receive_count(m))
        };
        let batch = worker::build_batch(messages.iter().map(record));
        let counts = self.counts.for_queue(self.location.queue);
        increment(&counts.delivered, messages.len());
        let killed = self.faults.rng.random_bool(self.faults.kill_probability);
        let in_the_middle = killed && self.faults.rng.random_bool(0.5);
        let time =
            if in_the_middle { self.faults.rng.random_range(Duration::ZERO..KILLED_WITHIN) } else { Duration::MAX };
        let handled = tokio::time::timeout(time, Box::pin(self.app.handle(batch))).await;
        if killed {
            increment(&counts.kills, 1);
            return Ok(());
        }
        let Ok(response) = handled else { return Ok(()) };
        let failures = response.batch_item_failures;
        let failed =
            |message: &Message| failures.iter().any(|f| Some(&f.item_identifier) == message.message_id.as_ref());
        let (again, done): (Vec<_>, Vec<_>) = messages.into_iter().partition(failed);
        let away = done.is_empty() && again.len() > 1;
        increment(&self.counts.for_queue(self.location.queue).returned, again.len());
        let deleted = self.delete(&done).await?;
        increment(&self.counts.for_queue(self.location.queue).consumed, deleted);
        self.postpone(&again).await?;
        if away {
            tokio::time::sleep(FAILED_BATCH_PAUSE).await;
        }
        Ok(())
    }

    async fn receive(&self) -> Result<Vec<Message>> {
        let request =
            self.client.receive_message().queue_url(&self.location.queue_url).max_number_of_messages(BATCH_SIZE);
        let request = request.message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
        let response =
            Box::pin(request.visibility_timeout(VISIBILITY_TIMEOUT_SECONDS).wait_time_seconds(1).send()).await;
        Ok(response.map_err(|e| self.queue_error(&DisplayErrorContext(&e)))?.messages.unwrap_or_default())
    }

    /// The number deleted: messages whose visibility timeout has expired in the meantime are not.
    async fn delete(&self, done: &[Message]) -> Result<usize> {
        if done.is_empty() {
            return Ok(0);
        }
        let entry = |(place, message): (usize, &Message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
            entry.set_receipt_handle(message.receipt_handle.clone()).build()
        };
        let entries = done.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let request = self.client.delete_message_batch().queue_url(&self.location.queue_url).set_entries(Some(entries));
        let response = Box::pin(request.send()).await.map_err(|e| self.queue_error(&DisplayErrorContext(&e)))?;
        Ok(response.successful.len())
    }

    async fn postpone(&self, again: &[Message]) -> Result<()> {
        if again.is_empty() {
            return Ok(());
        }
        let entry = |(place, message): (usize, &Message)| {
            let wait = self
                .faults
                .retry_seconds
                .saturating_mul(2_i32.saturating_pow(receive_count(message) - 1).min(MAX_BACKOFF_FACTOR));
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(place.to_string());
            entry.set_receipt_handle(message.receipt_handle.clone()).visibility_timeout(wait).build()
        };
        let entries = again.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let request = self.client.change_message_visibility_batch().queue_url(&self.location.queue_url);
        let sent = Box::pin(request.set_entries(Some(entries)).send()).await;
        sent.map(drop).map_err(|e| self.queue_error(&DisplayErrorContext(&e)))
    }

    fn queue_error(&self, error: &dyn std::fmt::Display) -> anyhow::Error {
        anyhow::anyhow!("the {} queue: {error}", self.location.queue.name())
    }
}

fn receive_count(message: &Message) -> u32 {
    let counts = message.attributes.as_ref();
    let count = counts.and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    count.and_then(|count| count.parse().ok()).unwrap_or(1).max(1)
}
