//! A run: its customers, from the first request to the last answer.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::pace::{ArrivalSchedule, Pace};
use super::plan::WorkloadPlan;
use super::shared_state::SharedState;
use super::summary::Summary;
use super::virtual_user::VirtualUser;

/// A rejected customer in a closed loop waits before doing anything else: nobody floods a shop that
/// rejects requests.
const BACKOFF: Duration = Duration::from_millis(100);

/// Runs until the plan's limits, or until `stopped`; `watch` gets a snapshot function as soon as
/// there are customers.
///
/// # Errors
/// When it cannot begin, or an acknowledgement cannot be written.
pub async fn run_plan(
    plan: &WorkloadPlan,
    stopped: watch::Receiver<bool>,
    watch: impl Fn(&dyn Fn() -> Summary),
) -> Result<Summary> {
    /// Often enough for a person who watches.
    const LOOK: Duration = Duration::from_millis(500);
    let run = Arc::new(SharedState::open(plan).await?);
    let tickets = Arc::new(ArrivalSchedule::new(plan.pace, plan.limits, plan.seed, stopped));
    let mut customers = JoinSet::new();
    for place in 0..plan.users {
        let customer = VirtualUser::new(run.clone(), place, plan.seed);
        customers.spawn(run_virtual_user(customer, tickets.clone(), plan.clone()));
    }
    let summary = || Summary::new(&run.stats, plan, run.admin.is_some());
    let mut tick = tokio::time::interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            ended = customers.join_next() => match ended {
                Some(ended) => ended.context("a customer panicked")?,
                None => break,
            },
            _ = tick.tick() => watch(&summary),
        }
    }
    match run.record_error.get() {
        Some(why) => anyhow::bail!("{why}"),
        None => Ok(summary()),
    }
}

async fn run_virtual_user(mut customer: VirtualUser, tickets: Arc<ArrivalSchedule>, plan: WorkloadPlan) {
    while let Some(due) = tickets.next().await {
        if customer.state.shared.record_error.get().is_some() {
            return;
        }
        customer.send_next(due).await;
        if std::mem::take(&mut customer.must_back_off) && plan.pace == Pace::Closed {
            tokio::time::sleep_until(Instant::now() + BACKOFF).await;
        }
    }
    customer.drain_pending(plan.drain_timeout).await;
}
