//! Completes everything that stopped servers left unfinished: what recovery and the consumers would
//! do over the next minutes, at once.

use std::path::Path;
use std::time::Duration;

use dead_letters::{DeadLetterScan, Selection, discovery};
use recovery::RecoveryReport;
use runtime::Clock;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::consumers::spawn_consumers;
use super::provision::{provision_stores, sqs_client};
use super::scheduler::{LastIdle, Scheduler};
use super::shutdown;
use super::wiring::{self, Workers};
use crate::secrets::Secrets;
use crate::stores::Endpoints;

/// Recovery leaves events to their writer for five seconds: a round before that finds nothing.
const OUTBOX_GRACE: Duration = Duration::from_secs(6);
/// The pause between two rounds.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Debug, Default)]
pub struct PendingWorkReport {
    /// Of both recoveries together.
    pub totals: RecoveryReport,
    /// Messages that were redriven, once: their consumer was killed too often.
    pub redriven: usize,
    /// Messages that are in dead-letter queues nevertheless: no consumer can process them.
    pub dead_letters: u64,
    pub duration: Duration,
}

/// Runs recovery over all unfinished work, however recent, twice concurrently, and the consumers
/// until the queues are empty, again and again until neither finds anything; and, as an operator
/// would, redrives the dead-letter queues once. The AWS SDKs read their endpoints from the
/// process's environment.
///
/// # Errors
/// A store is unavailable, or there is still something to do after `timeout`.
pub async fn finish_pending_work(
    endpoints: &Endpoints,
    folder: &Path,
    timeout: Duration,
) -> anyhow::Result<PendingWorkReport> {
    let (clock, started) = (Clock::system(), Instant::now());
    let env = wiring::function_env(endpoints, &Secrets::load_or_create(folder)?, "")?;
    let queues = provision_stores(&env, "").await?;
    let env = env.with_overrides(wiring::queue_variables(&queues));
    let read = || Workers::from_env(&env, &clock).map_err(anyhow::Error::from_boxed);
    let (one, other) = (read()?, read()?);
    let note = LastIdle::new(folder, clock.clone());
    let upkeep =
        Scheduler { recovery: one.recovery.clone(), sqs: sqs_client(), queues: queues.clone(), last_idle: note };

    let (order, stop) = shutdown::channel();
    let mut consumers = JoinSet::new();
    spawn_consumers(&mut consumers, &one, &queues, &stop).await;
    let (mut report, mut has_redriven) = (PendingWorkReport::default(), false);
    loop {
        let (a, b) = tokio::join!(
            recovery::run_with_idle_seconds(&one.recovery, 0.0),
            recovery::run_with_idle_seconds(&other.recovery, 0.0)
        );
        let found = add_totals(a.map_err(recovery_error)?, b.map_err(recovery_error)?);
        report.totals = add_totals(report.totals, found);
        let waiting = upkeep.count_waiting().await.map_err(anyhow::Error::msg)?;
        if found == RecoveryReport::default() && waiting == 0 && started.elapsed() > OUTBOX_GRACE {
            if has_redriven || upkeep.count_dead_letters().await.map_err(anyhow::Error::msg)? == 0 {
                break;
            }
            has_redriven = true;
            report.redriven = redrive(&clock).await?;
            continue;
        }
        let left = format!("still to do after {} s: {found:?}, {waiting} messages", timeout.as_secs());
        anyhow::ensure!(started.elapsed() < timeout, left);
        tokio::time::sleep(PAUSE).await;
    }
    order.trigger();
    while consumers.join_next().await.is_some() {}
    report.dead_letters = upkeep.count_dead_letters().await.map_err(anyhow::Error::msg)?;
    report.duration = started.elapsed();
    Ok(report)
}

async fn redrive(clock: &Clock) -> anyhow::Result<usize> {
    let (sqs, mut count) = (sqs_client(), 0);
    for place in discovery::find_by_name(&sqs, "", None).await? {
        let walk = DeadLetterScan::new(&sqs, &place);
        let done = dead_letters::redrive(walk, &Selection::All, false, clock.now()).await?;
        anyhow::ensure!(done.rejected.is_empty(), "not redriven: {}", done.rejected.join(", "));
        count += done.redriven.len();
    }
    Ok(count)
}

fn recovery_error(problem: domain::Problem) -> anyhow::Error {
    anyhow::anyhow!("recovery: {problem}")
}

fn add_totals(a: RecoveryReport, b: RecoveryReport) -> RecoveryReport {
    RecoveryReport {
        orders: a.orders + b.orders,
        refunds: a.refunds + b.refunds,
        product_writes: a.product_writes + b.product_writes,
        expired_reservations: a.expired_reservations + b.expired_reservations,
        events: a.events + b.events,
        taken_over: a.taken_over + b.taken_over,
        notifications: a.notifications + b.notifications,
        failures: a.failures + b.failures,
        // The number after the last run, not the sum over all runs.
        stuck: b.stuck,
    }
}
