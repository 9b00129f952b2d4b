//! The consumers of a test's queues, in the worst way that SQS allows: messages are first delivered
//! to a consumer whose store is away, then to one that works, and some then once more.
//! Whatever a consumer says it has taken is gone, as in SQS.

use std::time::Duration;

use anyhow::{Context, Result};
use domain::events::Queue;
use local::say;
use queue::Queues;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use runtime::Vars;
use testkit::Bed;
use worker::sqs::{SqsBatchResponse, SqsEvent};

use crate::verdict::Verdict;

const AT_ONCE: i32 = 10;
/// A consumer's time for one batch.
const LEFT: Duration = Duration::from_secs(10);
/// Of a hundred messages, how many come once more.
const AGAIN_PERCENT: u32 = 30;
/// A message that is not taken in so many deliveries never will be: nothing is broken then.
const DELIVERIES: u32 = 5;
/// How often it is looked whether an outbox is empty.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often nothing comes before the rest is given up: four times as long as a row is left to its
/// writer.
const IDLE_LOOKS: usize = 40;
/// So many messages of a queue are each first given to a consumer whose store is away, and then
/// one batch in so many.
const REFUSED: usize = 200;
const REFUSED_LATER: u32 = 20;
/// Nobody listens there.
const NOWHERE: &str = "127.0.0.1:9";

struct Message {
    id: String,
    body: String,
    receipt: String,
}

/// Empties every queue of this test.
///
/// # Errors
/// When a store is away.
pub async fn all(bed: &Bed, seed: u64) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let mut rng = StdRng::seed_from_u64(seed);
    let queues = Queues::new(queue::Config::read(&bed.vars(), &Queue::ALL)?);
    let recovery = recovery::App::read(&bed.vars(), &bed.clock)?;
    let (mut taken, mut idle) = (0, 0);
    // What is not published after that, the judge of outboxes names.
    while idle < IDLE_LOOKS {
        // Publishes what crashes left in an outbox, and counts what analytics has stored.
        recovery::run_idle_for(&recovery, 0.0).await.map_err(|problem| anyhow::anyhow!("recovery: {problem}"))?;
        let mut now = 0;
        for queue in Queue::ALL {
            now += empty(bed, &queues, queue, &mut rng, &mut verdict).await?;
        }
        taken += now;
        idle = if now == 0 { idle + 1 } else { 0 };
        if now == 0 && unsent(bed).await == 0 {
            break;
        }
        // Rows are left to their writer for five seconds.
        tokio::time::sleep(LOOK_EVERY).await;
    }
    say::line(format!("  {taken} messages delivered, many to a consumer without its store first"));
    Ok(verdict)
}

/// Delivers whatever a queue holds; answers how many messages.
async fn empty(bed: &Bed, queues: &Queues, queue: Queue, rng: &mut StdRng, verdict: &mut Verdict) -> Result<usize> {
    let mut taken = 0;
    loop {
        let messages = receive(queues, queue).await?;
        if messages.is_empty() {
            return Ok(taken);
        }
        // Giving a store up takes a consumer a second: not each of ten thousand messages waits so.
        let refused = taken < REFUSED || rng.random_ratio(1, REFUSED_LATER);
        taken += messages.len();
        deliver(bed, queue, &messages, refused, rng, verdict).await?;
        delete(queues, queue, &messages).await?;
    }
}

async fn unsent(bed: &Bed) -> i64 {
    let mut count = 0;
    for database in ["PRODUCTDB_URL", "ORDERDB_URL", "INVENTORYDB_URL"] {
        count += bed.figure(database, "select count(*) from outbox where sent_at is null").await;
    }
    count
}

async fn deliver(
    bed: &Bed,
    queue: Queue,
    all: &[Message],
    refused: bool,
    rng: &mut StdRng,
    verdict: &mut Verdict,
) -> Result<()> {
    let mut left: Vec<&Message> = all.iter().collect();
    if refused {
        left = hand_over(&away(bed, queue), bed, queue, left, 1).await?;
    }
    for tries in 2..=DELIVERIES {
        left = hand_over(&bed.vars(), bed, queue, left, tries).await?;
    }
    for message in left {
        verdict.broken(queue.name(), format!("a consumer never took {}", message.body));
    }
    let again = all.iter().filter(|_| rng.random_ratio(AGAIN_PERCENT, 100)).collect();
    let refused = hand_over(&bed.vars(), bed, queue, again, 2).await?;
    for message in refused {
        verdict.broken(queue.name(), format!("a consumer did not take again {}", message.body));
    }
    Ok(())
}

/// Gives messages to a consumer; answers those that it did not take.
async fn hand_over<'a>(
    vars: &Vars,
    bed: &Bed,
    queue: Queue,
    messages: Vec<&'a Message>,
    tries: u32,
) -> Result<Vec<&'a Message>> {
    if messages.is_empty() {
        return Ok(messages);
    }
    let batch = worker::batch(messages.iter().map(|m| (m.id.clone(), m.body.clone(), tries)));
    let failures = consume(vars, bed, queue, batch).await?.batch_item_failures;
    let failed = |message: &&Message| failures.iter().any(|failure| failure.item_identifier == message.id);
    Ok(messages.into_iter().filter(failed).collect())
}

async fn consume(vars: &Vars, bed: &Bed, queue: Queue, batch: SqsEvent) -> Result<SqsBatchResponse> {
    let read = anyhow::Error::from_boxed;
    Ok(match queue {
        Queue::Notification => {
            let app = notification_worker::App::read(vars, &bed.clock).map_err(read)?;
            notification_worker::handle(&app, batch, LEFT).await
        }
        Queue::Analytics => {
            let app = analytics_worker::App::read(vars, &bed.clock).map_err(read)?;
            analytics_worker::handle(&app, batch, LEFT).await
        }
        Queue::Catalog => {
            let app = catalog_worker::App::read(vars, &bed.clock).map_err(read)?;
            catalog_worker::handle(&app, batch, LEFT).await
        }
    })
}

/// The same configuration, with the store that the consumer writes to away.
fn away(bed: &Bed, queue: Queue) -> Vars {
    let (variable, url) = match queue {
        Queue::Notification => ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{NOWHERE}")),
        Queue::Analytics => ("MONGODB_URL", format!("mongodb://{NOWHERE}/?directConnection=true")),
        Queue::Catalog => ("PRODUCTDB_URL", format!("postgres://nobody@{NOWHERE}/none")),
    };
    bed.vars_with(&[(variable, &url)])
}

async fn receive(queues: &Queues, queue: Queue) -> Result<Vec<Message>> {
    let url = queues.url(queue).context("a queue without an address")?;
    let request = queues.client().await.receive_message().queue_url(url).max_number_of_messages(AT_ONCE);
    let answer = request.send().await.context("SQS does not answer")?;
    let message =
        |m: aws_sdk_sqs::types::Message| Some(Message { id: m.message_id?, body: m.body?, receipt: m.receipt_handle? });
    Ok(answer.messages.unwrap_or_default().into_iter().filter_map(message).collect())
}

async fn delete(queues: &Queues, queue: Queue, messages: &[Message]) -> Result<()> {
    let url = queues.url(queue).context("a queue without an address")?;
    for message in messages {
        let request = queues.client().await.delete_message().queue_url(url).receipt_handle(&message.receipt);
        request.send().await.context("SQS does not delete")?;
    }
    Ok(())
}
