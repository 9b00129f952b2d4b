//! Bringing everything to its end that servers left half done, with none of them about: what
//! recovery and the consumers would do over the next minutes, at once.

use std::path::Path;
use std::time::Duration;

use dead_letters::{Chosen, Walk, find};
use recovery::Done;
use runtime::Clock;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::secrets::Secrets;
use super::upkeep::{Note, Upkeep};
use super::wiring::{self, Workers};
use super::{provision, spawn_consumers, sqs, stop};
use crate::stores::Endpoints;

/// Recovery leaves facts to whoever wrote them for five seconds: a round before that finds nothing.
const FACTS_ARE_LEFT: Duration = Duration::from_secs(6);
/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(200);

/// What was found to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settled {
    /// By both recoveries together.
    pub recovered: Done,
    /// Messages that were given back to their queues, once: whoever had them in hand was killed
    /// too often.
    pub redriven: usize,
    /// Messages in dead-letter queues even so: nobody can take them.
    pub dead_letters: u64,
    /// How long it took.
    pub took: Duration,
}

/// Runs recovery over whatever is half done, however fresh, twice at once, and the consumers until
/// the queues are empty, over and over until neither finds anything; and, as an operator would,
/// gives back what is in dead-letter queues, once. The AWS SDKs take their endpoints from the
/// process's environment.
///
/// # Errors
/// A store is away, or there is still something to do when `patience` ends.
pub async fn settle(endpoints: &Endpoints, folder: &Path, patience: Duration) -> anyhow::Result<Settled> {
    let (clock, started) = (Clock::system(), Instant::now());
    let vars = wiring::variables(endpoints, &Secrets::of(folder)?, "")?;
    let queues = provision(&vars, "").await?;
    let vars = vars.with(wiring::queue_variables(&queues));
    let read = || Workers::read(&vars, &clock).map_err(anyhow::Error::from_boxed);
    let (one, other) = (read()?, read()?);
    let note = Note::of(folder, clock.clone());
    let upkeep = Upkeep { recovery: one.recovery.clone(), sqs: sqs().await, queues: queues.clone(), note };

    let (order, stop) = stop::channel();
    let mut consumers = JoinSet::new();
    spawn_consumers(&mut consumers, &one, &queues, &stop).await;
    let (mut settled, mut given_back) = (Settled::default(), false);
    loop {
        let (a, b) =
            tokio::join!(recovery::run_idle_for(&one.recovery, 0.0), recovery::run_idle_for(&other.recovery, 0.0));
        let found = sum(a.map_err(told)?, b.map_err(told)?);
        settled.recovered = sum(settled.recovered, found);
        let waiting = upkeep.waiting().await.map_err(anyhow::Error::msg)?;
        if found == Done::default() && waiting == 0 && started.elapsed() > FACTS_ARE_LEFT {
            if given_back || upkeep.dead_letters().await.map_err(anyhow::Error::msg)? == 0 {
                break;
            }
            given_back = true;
            settled.redriven = redrive(&clock).await?;
            continue;
        }
        let left = format!("still to do after {} s: {found:?}, {waiting} messages", patience.as_secs());
        anyhow::ensure!(started.elapsed() < patience, left);
        tokio::time::sleep(PAUSE).await;
    }
    order.give();
    while consumers.join_next().await.is_some() {}
    settled.dead_letters = upkeep.dead_letters().await.map_err(anyhow::Error::msg)?;
    settled.took = started.elapsed();
    Ok(settled)
}

async fn redrive(clock: &Clock) -> anyhow::Result<usize> {
    let (sqs, mut count) = (sqs().await, 0);
    for place in find::by_name(&sqs, "", None).await? {
        let walk = Walk::new(&sqs, &place);
        let done = dead_letters::redrive(walk, &Chosen::All, false, clock.now()).await?;
        anyhow::ensure!(done.refused.is_empty(), "not given back: {}", done.refused.join(", "));
        count += done.letters.len();
    }
    Ok(count)
}

fn told(problem: domain::Problem) -> anyhow::Error {
    anyhow::anyhow!("recovery: {problem}")
}

fn sum(a: Done, b: Done) -> Done {
    Done {
        orders: a.orders + b.orders,
        refunds: a.refunds + b.refunds,
        writes: a.writes + b.writes,
        expired: a.expired + b.expired,
        events: a.events + b.events,
        notifications: a.notifications + b.notifications,
        failures: a.failures + b.failures,
        // What stands after the last run, not what stood after each.
        stuck: b.stuck,
    }
}
