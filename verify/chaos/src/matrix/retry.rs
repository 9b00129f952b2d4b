//! After the faults: recovery, then every client repeats its request with the same key, until it
//! gets a final response; then each case is checked.

use std::sync::Arc;

use anyhow::{Result, bail};
use domain::Problem;

use super::assertions::{self, CustomerRecords};
use super::case::InjectedCase;
use super::concurrent::run_concurrently;
use super::env::MatrixEnv;
use super::response::is_retryable;
use super::scenario::ScenarioState;
use crate::violations::Violations;

/// How often clients retry, and recovery runs. One round is enough on an idle machine: nothing is
/// broken any more.
const MAX_ROUNDS: usize = 10;

/// The result of a case's retry.
enum RetryOutcome {
    Checked(Violations),
    InProgress(Box<InjectedCase>),
}

pub(super) async fn recover_and_retry(
    world: &Arc<MatrixEnv>,
    broken: Vec<InjectedCase>,
    at_once: usize,
) -> Result<Violations> {
    let mut verdict = Violations::default();
    let mut before = Vec::new();
    for case in &broken {
        before.push(assertions::read_records(world, &case.state).await?);
    }
    run_recovery(world).await?;
    let checked = run_concurrently(at_once, broken.into_iter().zip(before), |(case, before)| {
        let world = world.clone();
        async move { check_recovered(&world, case, &before).await }
    });
    let mut waiting = Vec::new();
    for (case, found) in checked.await? {
        verdict.merge(found);
        waiting.push(case);
    }
    for _ in 0..MAX_ROUNDS {
        let asked = run_concurrently(at_once, std::mem::take(&mut waiting), |case| {
            let world = world.clone();
            async move { retry_request(&world, case).await }
        });
        for outcome in asked.await? {
            match outcome {
                RetryOutcome::Checked(found) => verdict.merge(found),
                RetryOutcome::InProgress(case) => waiting.push(*case),
            }
        }
        if waiting.is_empty() {
            break;
        }
        run_recovery(world).await?;
    }
    for case in waiting {
        verdict.add(&case.name, "its client never received a final response");
    }
    Ok(verdict)
}

async fn check_recovered(
    world: &MatrixEnv,
    case: InjectedCase,
    before: &CustomerRecords,
) -> Result<(InjectedCase, Violations)> {
    let mut verdict = Violations::default();
    assertions::check_recovered(world, &case, before, &mut verdict).await?;
    Ok((case, verdict))
}

/// Runs recovery twice concurrently until it finds nothing more.
pub(super) async fn run_recovery(world: &MatrixEnv) -> Result<()> {
    const UNDER_WAY: [(&str, &str); 3] = [
        ("ORDERDB_URL", "select count(*) from orders where step is not null"),
        ("ORDERDB_URL", "select count(*) from refunds where state = 'intended'"),
        ("PRODUCTDB_URL", "select count(*) from product_writes"),
    ];
    let mut left = (0, String::new());
    for _ in 0..MAX_ROUNDS {
        let app = &world.recovery;
        let (one, two) =
            tokio::join!(recovery::run_with_idle_seconds(app, 0.0), recovery::run_with_idle_seconds(app, 0.0));
        let mut under_way = 0;
        for (database, count) in UNDER_WAY {
            under_way += world.env.query_scalar(database, count).await;
        }
        if under_way == 0 && one.is_ok() && two.is_ok() {
            return world.complete_reviews().await;
        }
        let why = [one.err(), two.err()].into_iter().flatten().map(|problem: Problem| problem.to_string());
        left = (under_way, why.collect());
    }
    bail!("without a fault, recovery leaves {} sagas, refunds and writes in progress {}", left.0, left.1)
}

/// The client repeats its request with the same key, as it would after a lost response, once the
/// lock of its last request is over.
async fn retry_request(world: &MatrixEnv, case: InjectedCase) -> Result<RetryOutcome> {
    expire_key_lock(world, &case.state).await?;
    let reply = case.state.send_request(world.function(case.state.scenario.function())).await;
    if is_retryable(&reply) {
        return Ok(RetryOutcome::InProgress(Box::new(case)));
    }
    let mut verdict = Violations::default();
    assertions::check_retried(world, &case, &reply, &mut verdict).await?;
    Ok(RetryOutcome::Checked(verdict))
}

/// Lets half a minute pass for a scenario's key.
pub(super) async fn expire_key_lock(world: &MatrixEnv, scene: &ScenarioState) -> Result<()> {
    let mut db = world.env.connection("ORDERDB_URL").await;
    let unlock = "update idempotency_keys set locked_until = clock_timestamp() - interval '1 second'
                  where user_id = $1 and key = $2 and outcome is null";
    sqlx::query(unlock).bind(scene.caller_id()).bind(scene.key()).execute(&mut *db).await?;
    Ok(())
}
