//! The consumers of a test's queues, in the worst way that SQS allows: messages are first delivered
//! to a consumer whose store is unavailable, then to one that works, and some then once more.
//! Acknowledged messages are deleted, as in SQS.

use std::time::Duration;

use anyhow::{Context, Result};
use domain::events::Queue;
use local::terminal;
use queue::Queues;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use runtime::Env;
use testkit::TestEnv;
use worker::sqs::{SqsBatchResponse, SqsEvent};

use crate::violations::Violations;

const BATCH_SIZE: i32 = 10;
/// A consumer's time limit for one batch.
const BATCH_TIME: Duration = Duration::from_secs(10);
/// The percentage of messages that are delivered once more.
const DUPLICATE_PERCENT: u32 = 30;
/// A message that is not processed in this many deliveries never will be: nothing is broken then.
const MAX_DELIVERIES: u32 = 5;
/// How often an outbox is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The number of polls without a message before the rest is given up: four times as long as a row
/// is left to its writer.
const MAX_IDLE_POLLS: usize = 40;
/// This many messages of a queue are each first delivered to a consumer whose store is unavailable,
/// and then one batch of this many.
const ALWAYS_FAILED_FIRST: usize = 200;
const LATER_FAILED_RATIO: u32 = 20;
/// Nothing listens there, so every connection fails at once.
const UNREACHABLE: &str = "127.0.0.1:9";

struct Message {
    id: String,
    body: String,
    receipt: String,
}

/// Empties every queue of this test.
///
/// # Errors
/// When a store is unavailable.
pub async fn drain_queues(test_env: &TestEnv, seed: u64) -> Result<Violations> {
    let mut verdict = Violations::default();
    let mut rng = StdRng::seed_from_u64(seed);
    let queues = Queues::new(queue::Config::from_env(&test_env.env(), &Queue::ALL)?);
    let recovery = recovery::App::from_env(&test_env.env(), &test_env.clock)?;
    let (mut taken, mut idle) = (0, 0);
    // The rule of the outboxes reports what is not published after that.
    while idle < MAX_IDLE_POLLS {
        // Publishes what crashes left in an outbox, and counts what analytics has stored.
        recovery::run_with_idle_seconds(&recovery, 0.0)
            .await
            .map_err(|problem| anyhow::anyhow!("recovery: {problem}"))?;
        let mut now = 0;
        for queue in Queue::ALL {
            now += drain_queue(test_env, &queues, queue, &mut rng, &mut verdict).await?;
        }
        taken += now;
        idle = if now == 0 { idle + 1 } else { 0 };
        if now == 0 && count_unpublished(test_env).await == 0 {
            break;
        }
        // Rows are left to their writer for five seconds.
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    terminal::print_line(format!("  {taken} messages delivered, many to a consumer without its store first"));
    Ok(verdict)
}

/// Delivers all messages of a queue; returns their number.
async fn drain_queue(
    test_env: &TestEnv,
    queues: &Queues,
    queue: Queue,
    rng: &mut StdRng,
    verdict: &mut Violations,
) -> Result<usize> {
    let mut taken = 0;
    loop {
        let messages = receive(queues, queue).await?;
        if messages.is_empty() {
            return Ok(taken);
        }
        // A consumer takes a second to give up an unavailable store: not each of ten thousand
        // messages waits that long.
        let rejected = taken < ALWAYS_FAILED_FIRST || rng.random_ratio(1, LATER_FAILED_RATIO);
        taken += messages.len();
        deliver_messages(test_env, queue, &messages, rejected, rng, verdict).await?;
        delete(queues, queue, &messages).await?;
    }
}

async fn count_unpublished(test_env: &TestEnv) -> i64 {
    let mut count = 0;
    for database in ["PRODUCTDB_URL", "ORDERDB_URL", "INVENTORYDB_URL"] {
        count += test_env.query_scalar(database, "select count(*) from outbox where sent_at is null").await;
    }
    count
}

async fn deliver_messages(
    test_env: &TestEnv,
    queue: Queue,
    all: &[Message],
    rejected: bool,
    rng: &mut StdRng,
    verdict: &mut Violations,
) -> Result<()> {
    let mut left: Vec<&Message> = all.iter().collect();
    if rejected {
        left = deliver_batch(&env_without_store(test_env, queue), test_env, queue, left, 1).await?;
    }
    for tries in 2..=MAX_DELIVERIES {
        left = deliver_batch(&test_env.env(), test_env, queue, left, tries).await?;
    }
    for message in left {
        verdict.add(queue.name(), format!("a consumer never processed {}", message.body));
    }
    let again = all.iter().filter(|_| rng.random_ratio(DUPLICATE_PERCENT, 100)).collect();
    let rejected = deliver_batch(&test_env.env(), test_env, queue, again, 2).await?;
    for message in rejected {
        verdict.add(queue.name(), format!("a consumer did not process the duplicate {}", message.body));
    }
    Ok(())
}

/// Delivers messages to a consumer; returns those to redeliver.
async fn deliver_batch<'a>(
    env: &Env,
    test_env: &TestEnv,
    queue: Queue,
    messages: Vec<&'a Message>,
    tries: u32,
) -> Result<Vec<&'a Message>> {
    if messages.is_empty() {
        return Ok(messages);
    }
    let batch = worker::build_batch(messages.iter().map(|m| (m.id.clone(), m.body.clone(), tries)));
    let failures = consume(env, test_env, queue, batch).await?.batch_item_failures;
    let failed = |message: &&Message| failures.iter().any(|failure| failure.item_identifier == message.id);
    Ok(messages.into_iter().filter(failed).collect())
}

async fn consume(env: &Env, test_env: &TestEnv, queue: Queue, batch: SqsEvent) -> Result<SqsBatchResponse> {
    let read = anyhow::Error::from_boxed;
    Ok(match queue {
        Queue::Notification => {
            let app = notification_worker::App::from_env(env, &test_env.clock).map_err(read)?;
            notification_worker::handle(&app, batch, BATCH_TIME).await
        }
        Queue::Analytics => {
            let app = analytics_worker::App::from_env(env, &test_env.clock).map_err(read)?;
            analytics_worker::handle(&app, batch, BATCH_TIME).await
        }
        Queue::Catalog => {
            let app = catalog_worker::App::from_env(env, &test_env.clock).map_err(read)?;
            catalog_worker::handle(&app, batch, BATCH_TIME).await
        }
    })
}

/// The same configuration, with the consumer's store unavailable.
fn env_without_store(test_env: &TestEnv, queue: Queue) -> Env {
    let (variable, url) = match queue {
        Queue::Notification => ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{UNREACHABLE}")),
        Queue::Analytics => ("MONGODB_URL", format!("mongodb://{UNREACHABLE}/?directConnection=true")),
        Queue::Catalog => ("PRODUCTDB_URL", format!("postgres://nobody@{UNREACHABLE}/none")),
    };
    test_env.env_with(&[(variable, &url)])
}

async fn receive(queues: &Queues, queue: Queue) -> Result<Vec<Message>> {
    let url = queues.url(queue).context("a queue without an address")?;
    let request = queues.client().await.receive_message().queue_url(url).max_number_of_messages(BATCH_SIZE);
    let response = request.send().await.context("SQS does not respond")?;
    let message =
        |m: aws_sdk_sqs::types::Message| Some(Message { id: m.message_id?, body: m.body?, receipt: m.receipt_handle? });
    Ok(response.messages.unwrap_or_default().into_iter().filter_map(message).collect())
}

async fn delete(queues: &Queues, queue: Queue, messages: &[Message]) -> Result<()> {
    let url = queues.url(queue).context("a queue without an address")?;
    for message in messages {
        let request = queues.client().await.delete_message().queue_url(url).receipt_handle(&message.receipt);
        request.send().await.context("SQS does not delete")?;
    }
    Ok(())
}
