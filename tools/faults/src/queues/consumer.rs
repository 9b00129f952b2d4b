//! A consumer with its poller, which is killed now and then: in the middle of a batch, or after its
//! effect and before its messages are deleted. Either way they come again.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName,
};
use dead_letters::Place;
use domain::events::Queue;
use rand::Rng;
use rand::rngs::StdRng;
use runtime::Clock;
use testkit::Bed;
use tokio::sync::watch;
use worker::sqs::{SqsBatchResponse, SqsEvent};

use super::tally::{Tally, add};

const AT_ONCE: i32 = 10;
/// A batch's time.
const LEFT: Duration = Duration::from_secs(10);
/// The queues' visibility timeout here, in seconds: after it, what a killed consumer had comes
/// again. Longer than a batch's time.
const OUT_OF_SIGHT: i32 = 12;
/// The longest wait before a message that was given back comes again, as a multiple of the first:
/// it doubles in between.
const LONGEST: i32 = 8;
/// After a batch of which nothing was taken, as the shop's own pollers do: a store is away, and
/// each further try brings a good message nearer to the dead letters.
const PAUSE: Duration = Duration::from_secs(5);
/// How far a consumer comes that is killed in the middle.
const MIDDLE: Duration = Duration::from_millis(60);

/// How a consumer is treated.
pub(super) struct Chaos {
    pub(super) kills: f64,
    /// The first wait before a message that was given back comes again, in seconds. Longer than a
    /// killed notification worker holds a record: each wait for that would cost a try.
    pub(super) retry: i32,
    pub(super) rng: StdRng,
}

/// One of the three, as its function builds it.
enum App {
    Notification(notification_worker::App),
    Analytics(analytics_worker::App),
    Catalog(catalog_worker::App),
}

impl App {
    async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        match self {
            Self::Notification(app) => notification_worker::handle(app, batch, LEFT).await,
            Self::Analytics(app) => analytics_worker::handle(app, batch, LEFT).await,
            Self::Catalog(app) => catalog_worker::handle(app, batch, LEFT).await,
        }
    }
}

pub(super) struct Consumer {
    app: App,
    place: Place,
    client: Client,
    chaos: Chaos,
    tally: Arc<Tally>,
}

impl Consumer {
    pub(super) fn new(
        bed: &Bed,
        place: Place,
        client: Client,
        hasty: &Clock,
        chaos: Chaos,
        tally: Arc<Tally>,
    ) -> Result<Self> {
        let (vars, read) = (bed.vars(), anyhow::Error::from_boxed);
        let app = match place.queue {
            Queue::Notification => App::Notification(notification_worker::App::read(&vars, hasty).map_err(read)?),
            Queue::Analytics => App::Analytics(analytics_worker::App::read(&vars, &bed.clock).map_err(read)?),
            Queue::Catalog => App::Catalog(catalog_worker::App::read(&vars, &bed.clock).map_err(read)?),
        };
        Ok(Self { app, place, client, chaos, tally })
    }

    /// Works until it is stopped.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) -> Result<()> {
        loop {
            let messages = tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => return Ok(()),
                messages = self.receive() => messages?,
            };
            if !messages.is_empty() {
                self.work(messages).await?;
            }
        }
    }

    async fn work(&mut self, messages: Vec<Message>) -> Result<()> {
        let record =
            |m: &Message| (m.message_id.clone().unwrap_or_default(), m.body.clone().unwrap_or_default(), tries(m));
        let batch = worker::batch(messages.iter().map(record));
        let counts = self.tally.of(self.place.queue);
        add(&counts.given, messages.len());
        let killed = self.chaos.rng.random_bool(self.chaos.kills);
        let in_the_middle = killed && self.chaos.rng.random_bool(0.5);
        let time = if in_the_middle { self.chaos.rng.random_range(Duration::ZERO..MIDDLE) } else { Duration::MAX };
        let handled = tokio::time::timeout(time, Box::pin(self.app.handle(batch))).await;
        if killed {
            add(&counts.kills, 1);
            return Ok(());
        }
        let Ok(answer) = handled else { return Ok(()) };
        let failures = answer.batch_item_failures;
        let failed =
            |message: &Message| failures.iter().any(|f| Some(&f.item_identifier) == message.message_id.as_ref());
        let (again, done): (Vec<_>, Vec<_>) = messages.into_iter().partition(failed);
        let away = done.is_empty() && again.len() > 1;
        add(&self.tally.of(self.place.queue).refused, again.len());
        let deleted = self.delete(&done).await?;
        add(&self.tally.of(self.place.queue).taken, deleted);
        self.postpone(&again).await?;
        if away {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn receive(&self) -> Result<Vec<Message>> {
        let request = self.client.receive_message().queue_url(&self.place.source).max_number_of_messages(AT_ONCE);
        let request = request.message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
        let answer = Box::pin(request.visibility_timeout(OUT_OF_SIGHT).wait_time_seconds(1).send()).await;
        Ok(answer.map_err(|e| self.failed(&DisplayErrorContext(&e)))?.messages.unwrap_or_default())
    }

    /// How many are gone: those whose visibility ran out meanwhile are not.
    async fn delete(&self, done: &[Message]) -> Result<usize> {
        if done.is_empty() {
            return Ok(0);
        }
        let entry = |(place, message): (usize, &Message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
            entry.set_receipt_handle(message.receipt_handle.clone()).build()
        };
        let entries = done.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let request = self.client.delete_message_batch().queue_url(&self.place.source).set_entries(Some(entries));
        let answer = Box::pin(request.send()).await.map_err(|e| self.failed(&DisplayErrorContext(&e)))?;
        Ok(answer.successful.len())
    }

    async fn postpone(&self, again: &[Message]) -> Result<()> {
        if again.is_empty() {
            return Ok(());
        }
        let entry = |(place, message): (usize, &Message)| {
            let wait = self.chaos.retry.saturating_mul(2_i32.saturating_pow(tries(message) - 1).min(LONGEST));
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(place.to_string());
            entry.set_receipt_handle(message.receipt_handle.clone()).visibility_timeout(wait).build()
        };
        let entries = again.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let request = self.client.change_message_visibility_batch().queue_url(&self.place.source);
        let sent = Box::pin(request.set_entries(Some(entries)).send()).await;
        sent.map(drop).map_err(|e| self.failed(&DisplayErrorContext(&e)))
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> anyhow::Error {
        anyhow::anyhow!("the {} queue: {error}", self.place.queue.name())
    }
}

fn tries(message: &Message) -> u32 {
    let counts = message.attributes.as_ref();
    let count = counts.and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    count.and_then(|count| count.parse().ok()).unwrap_or(1).max(1)
}
