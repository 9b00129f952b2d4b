//! Runs customers while something is done to the shop.

use std::cell::Cell;

use anyhow::{Context, Result};
use tokio::sync::{oneshot, watch};
use workload::simulation::{Summary, WorkloadPlan};

/// Runs `work` once all customers have signed up, and stops them when it is done. Returns both
/// results.
pub(crate) async fn run_under_load<T>(
    plan: &WorkloadPlan,
    work: impl Future<Output = Result<T>>,
) -> Result<(T, Summary)> {
    let (go, stopped) = watch::channel(false);
    let (come, came) = oneshot::channel();
    let work = async {
        // Customers that cannot start report why themselves.
        came.await.ok()?;
        let done = work.await;
        go.send_replace(true);
        Some(done)
    };
    let customers = async {
        let come = Cell::new(Some(come));
        let look = |so_far: &dyn Fn() -> Summary| {
            if so_far().accounts() >= plan.users as u64 {
                come.take().map(|come| come.send(()));
            }
        };
        workload::simulation::run_plan(plan, stopped, look).await
    };
    let (done, summary) = tokio::join!(work, customers);
    let summary = summary.context("the customers")?;
    Ok((done.context("there were no customers")??, summary))
}
