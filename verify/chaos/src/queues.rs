//! `chaos queues`: events duplicated, delayed and shuffled through the real queues and the real
//! consumers, several of each concurrently, which are sometimes killed; in the end every event has
//! had its effect once, and every unprocessable message is in a dead-letter queue.

mod assertions;
mod consumer;
mod counts;
mod expected_state;
mod generated_events;
mod producer;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::Client;
use dead_letters::{DeadLetterQueue, discovery};
use domain::ProductId;
use local::terminal;
use rand::SeedableRng;
use rand::rngs::StdRng;
use runtime::{Clock, Env, telemetry};
use testkit::TestEnv;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::violations::Violations;
use consumer::{Consumer, ConsumerFaults};
use counts::DeliveryCounts;
use expected_state::expected_state;
use generated_events::GeneratedEvents;

/// Deliver events in every wrong way to the consumers, and check what was lost or done twice.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Number of different messages
    #[arg(long, default_value_t = 2_000)]
    pub messages: usize,
    /// Share of messages that are sent twice
    #[arg(long, default_value_t = 0.3)]
    pub duplicates: f64,
    /// Share of messages that no consumer can process
    #[arg(long, default_value_t = 0.01)]
    pub poison: f64,
    /// Share of batches in which the consumer is killed
    #[arg(long, default_value_t = 0.03)]
    pub kills: f64,
    /// Consumers of each queue
    #[arg(long, default_value_t = 2)]
    pub consumers: usize,
    /// Determines everything but the machine's own timing; random by default
    #[arg(long)]
    pub seed: Option<u64>,
    /// Seconds before a returned message is delivered again; doubled with each attempt. The shop's
    /// own pollers wait 15: that outlasts a machine that is busy for minutes
    #[arg(long, default_value_t = 2)]
    pub retry: u16,
    /// Give up when nothing has changed for this many seconds
    #[arg(long, default_value_t = 120)]
    pub patience: u64,
}

/// What was done, and how long it took.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryStats {
    /// Counts each message once, however often it was delivered.
    pub messages: usize,
    /// Deliveries to consumers, repeated ones included.
    pub deliveries: usize,
    /// How often a consumer was killed.
    pub kills: usize,
    /// Messages in the dead-letter queues.
    pub dead_letters: usize,
    /// From the first message to the last.
    pub elapsed: Duration,
}

/// Products whose stock and rating change.
const PRODUCTS: usize = 40;
const POLL_INTERVAL: Duration = Duration::from_secs(1);
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);
/// How much faster the clock of the notification workers runs: a killed worker's lease expires
/// after a second, as after half a minute in the shop.
const CLOCK_SPEED: i64 = 30;

/// Runs it and reports violations.
///
/// # Errors
/// When the stores are not available: run it under `local stores -- …`.
pub async fn run(args: Args) -> Result<ExitCode> {
    let env = Env::from_env();
    // Consumers log returned messages with the reason: shown only on request.
    if env.optional("RUST_LOG").is_some() {
        telemetry::init(&env);
    }
    let seed = args.seed.unwrap_or_else(|| u64::from(Clock::system().random() as u32));
    terminal::print_line(format!("queues: {} messages, seed {seed}", args.messages));
    let (figures, verdict) = run_deliveries(&args, seed).await?;
    let DeliveryStats { messages, deliveries, kills, dead_letters: dead, elapsed: took } = figures;
    let rate = deliveries as f64 / took.as_secs_f64();
    terminal::print_line(format!(
        "queues: {messages} messages, {deliveries} deliveries, {kills} kills, {dead} dead letters in {} s, {rate:.0} deliveries a second",
        took.as_secs()
    ));
    Ok(verdict.print(&replay_arguments(&args, seed)))
}

/// The arguments that replay this run.
pub fn replay_arguments(args: &Args, seed: u64) -> String {
    let Args { messages, duplicates, poison, kills, consumers, retry, .. } = args;
    let parts = format!("--duplicates {duplicates} --poison {poison} --kills {kills}");
    format!("queues --messages {messages} {parts} --consumers {consumers} --retry {retry} --seed {seed}")
}

/// Runs it.
///
/// # Errors
/// When an argument is impossible, or a store is unavailable.
pub async fn run_deliveries(args: &Args, seed: u64) -> Result<(DeliveryStats, Violations)> {
    for (name, part) in [("duplicates", args.duplicates), ("poison", args.poison), ("kills", args.kills)] {
        ensure!((0.0..=1.0).contains(&part), "--{name} is a part of all: from 0 to 1");
    }
    ensure!(args.kills <= 0.1, "--kills: a message that is killed five times is a dead letter; at most 0.1");
    ensure!(args.consumers > 0, "--consumers: at least one");
    ensure!((2..=1000).contains(&args.retry), "--retry: from 2 to 1000 seconds");
    let test_env = TestEnv::new().await;
    let mut rng = StdRng::seed_from_u64(seed);
    let mut products: Vec<ProductId> = Vec::new();
    for _ in 0..PRODUCTS {
        products.push(test_env.product(1000, 0).await);
    }
    let now = test_env.clock.now();
    let poison = (args.messages as f64 * args.poison).round() as usize;
    let events = generated_events::generate(&mut rng, now, &products, args.messages.saturating_sub(poison), poison);

    let client = Client::new(runtime::aws_sdk_config());
    let places = discovery::find_by_name(&client, &test_env.prefix, None).await?;
    let tally = Arc::new(DeliveryCounts::default());
    let start = Instant::now();
    deliver(args, &test_env, &client, &places, &events, &tally, rng).await?;
    let took = start.elapsed();
    let mut verdict = Violations::default();
    terminal::print_line("  every message was processed or dead-lettered; checking the result");
    assertions::check_dead_letters(&client, &places, &events, &tally, &mut verdict).await?;
    assertions::check_stores(&test_env, &expected_state(&events.events, &products), now, &mut verdict).await?;
    let figures = DeliveryStats {
        messages: tally.distinct(),
        deliveries: tally.deliveries(),
        kills: tally.kills(),
        dead_letters: tally.dead_letters(),
        elapsed: took,
    };
    Ok((figures, verdict))
}

/// Sends and consumes concurrently until nothing is left.
async fn deliver(
    args: &Args,
    test_env: &TestEnv,
    client: &Client,
    places: &[DeadLetterQueue],
    events: &GeneratedEvents,
    tally: &Arc<DeliveryCounts>,
    mut rng: StdRng,
) -> Result<()> {
    let parcels = producer::shuffle_messages(events, args.duplicates, &mut rng);
    let (stop, stopped) = watch::channel(false);
    let hasty = Clock::stopped(test_env.clock.now());
    // Each is a task of its own, like an instance of its own in AWS: none waits for another.
    let mut consumers = JoinSet::new();
    for place in places {
        for _ in 0..args.consumers {
            let chaos = ConsumerFaults {
                kill_probability: args.kills,
                retry_seconds: args.retry.into(),
                rng: StdRng::from_rng(&mut rng),
            };
            let consumer = Consumer::new(test_env, place.clone(), client.clone(), &hasty, chaos, Arc::clone(tally))?;
            consumers.spawn(consumer.run(stopped.clone()));
        }
    }
    let sent = async {
        producer::send_all(client, places, parcels, tally).await?;
        terminal::print_line(format!("  all {} were sent", tally.sent()));
        wait_until_empty(client, places, tally, Duration::from_secs(args.patience)).await?;
        stop.send_replace(true);
        Ok(())
    };
    let time = advance_clock(&hasty, stopped);
    let progress = print_progress(tally, stop.subscribe());
    let consumed = async {
        while let Some(ended) = consumers.join_next().await {
            ended.context("a consumer panicked")??;
        }
        Ok(())
    };
    tokio::try_join!(sent, consumed, time, progress).map(drop)
}

async fn advance_clock(clock: &Clock, mut stopped: watch::Receiver<bool>) -> Result<()> {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return Ok(()),
            _ = second.tick() => clock.advance(CLOCK_SPEED),
        }
    }
}

async fn print_progress(tally: &DeliveryCounts, mut stopped: watch::Receiver<bool>) -> Result<()> {
    let mut every = tokio::time::interval(PROGRESS_INTERVAL);
    every.tick().await;
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return Ok(()),
            _ = every.tick() => terminal::print_line(format!("  {tally}")),
        }
    }
}

/// Waits until no queue has a message; dead-letter queues are not checked.
async fn wait_until_empty(
    client: &Client,
    places: &[DeadLetterQueue],
    tally: &DeliveryCounts,
    patience: Duration,
) -> Result<()> {
    let (mut before, mut since) = (tally.progress(), Instant::now());
    loop {
        let mut waiting = 0;
        for place in places {
            waiting += assertions::count_waiting(client, &place.queue_url).await?;
        }
        if waiting == 0 {
            return Ok(());
        }
        let now = tally.progress();
        if now != before {
            (before, since) = (now, Instant::now());
        }
        // Not an error of the run: the assertions count what is left.
        if since.elapsed() > patience {
            terminal::print_line(format!(
                "  {waiting} messages wait, and nothing has moved for {} s",
                patience.as_secs()
            ));
            return Ok(());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
