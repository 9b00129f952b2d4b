//! Sends messages in the wrong order, some of them twice and some of them late.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use dead_letters::DeadLetterQueue;
use domain::events::Queue;
use futures::{StreamExt, TryStreamExt, stream};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::counts::{DeliveryCounts, increment};
use super::generated_events::GeneratedEvents;

/// Messages that are sent before the next ones are.
const CHUNK_SIZE: usize = 100;
const CONCURRENT_BATCHES: usize = 4;
/// The percentage of messages that SQS delays, and the longest delay in seconds.
const DELAYED_PERCENT: u32 = 5;
const MAX_DELAY_SECONDS: i32 = 3;
/// How often a batch is sent that SQS does not acknowledge.
const MAX_ATTEMPTS: usize = 5;

/// A message to send.
pub(super) struct OutgoingMessage {
    queue: Queue,
    body: String,
    delay_seconds: i32,
    /// Whether it was sent before.
    is_duplicate: bool,
}

/// Every message, a part of them twice, shuffled.
pub(super) fn shuffle_messages(generated: &GeneratedEvents, duplicates: f64, rng: &mut StdRng) -> Vec<OutgoingMessage> {
    let events = generated.events.iter().flat_map(|event| {
        // Events are plain data: they always have a JSON form.
        let body = serde_json::to_string(event).unwrap_or_default();
        event.payload.queues().iter().map(move |queue| (*queue, body.clone()))
    });
    let mut parcels = Vec::new();
    for (queue, body) in events.chain(generated.poison.iter().cloned()) {
        for copy in [false, true] {
            if copy && !rng.random_bool(duplicates) {
                continue;
            }
            let delay =
                if rng.random_ratio(DELAYED_PERCENT, 100) { rng.random_range(1..=MAX_DELAY_SECONDS) } else { 0 };
            parcels.push(OutgoingMessage { queue, body: body.clone(), delay_seconds: delay, is_duplicate: copy });
        }
    }
    parcels.shuffle(rng);
    parcels
}

/// Sends everything.
///
/// # Errors
/// When SQS does not accept a batch however often it is sent.
pub(super) async fn send_all(
    client: &Client,
    places: &[DeadLetterQueue],
    parcels: Vec<OutgoingMessage>,
    tally: &DeliveryCounts,
) -> Result<()> {
    let batches = batch_by_queue(parcels).into_iter().map(|(queue, batch)| async move {
        let url = &location_of(places, queue)?.queue_url;
        increment(&tally.for_queue(queue).distinct, batch.iter().filter(|parcel| !parcel.is_duplicate).count());
        send_batch(client, url, queue, batch, tally).await
    });
    stream::iter(batches).buffer_unordered(CONCURRENT_BATCHES).try_collect().await
}

/// Batches of one queue each, in the order of their messages.
fn batch_by_queue(parcels: Vec<OutgoingMessage>) -> Vec<(Queue, Vec<OutgoingMessage>)> {
    let (mut batches, mut parcels) = (Vec::new(), parcels.into_iter());
    loop {
        let mut by_queue: BTreeMap<Queue, Vec<OutgoingMessage>> = BTreeMap::new();
        for parcel in parcels.by_ref().take(CHUNK_SIZE) {
            by_queue.entry(parcel.queue).or_default().push(parcel);
        }
        if by_queue.is_empty() {
            return batches;
        }
        for (queue, parcels) in by_queue {
            let parts = queue::split_into_batches(parcels, |parcel| parcel.body.len());
            batches.extend(parts.into_iter().map(|part| (queue, part)));
        }
    }
}

async fn send_batch(
    client: &Client,
    url: &str,
    queue: Queue,
    mut batch: Vec<OutgoingMessage>,
    tally: &DeliveryCounts,
) -> Result<()> {
    let counts = tally.for_queue(queue);
    for _ in 0..MAX_ATTEMPTS {
        let entry = |(place, parcel): (usize, &OutgoingMessage)| {
            let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(&parcel.body);
            entry.delay_seconds(parcel.delay_seconds).build()
        };
        let entries = batch.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let request = client.send_message_batch().queue_url(url).set_entries(Some(entries));
        let Ok(response) = Box::pin(request.send()).await else {
            increment(&counts.unconfirmed, batch.len());
            continue;
        };
        increment(&counts.sent, response.successful().len());
        let taken: Vec<&str> = response.successful().iter().map(|taken| taken.id()).collect();
        let mut place = 0_usize;
        batch.retain(|_| {
            place += 1;
            !taken.contains(&(place - 1).to_string().as_str())
        });
        if batch.is_empty() {
            return Ok(());
        }
    }
    anyhow::bail!("SQS did not accept {} messages for the {} queue", batch.len(), queue.name())
}

/// The URLs of a queue.
fn location_of(places: &[DeadLetterQueue], queue: Queue) -> Result<&DeadLetterQueue> {
    places.iter().find(|place| place.queue == queue).with_context(|| format!("there is no {} queue", queue.name()))
}
