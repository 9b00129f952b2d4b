//! Runs all cases in parallel.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use local::terminal;
use testkit::TestResponse;
use tokio::runtime::Builder;

use super::case::{Case, InjectedCase};
use super::concurrent::run_concurrently;
use super::env::MatrixEnv;
use super::proxied_function::{ProxiedFunction, Store};
use super::retry::recover_and_retry;
use super::scenario::ScenarioState;
use crate::violations::Violations;

/// The percentage of cases whose fault must have been injected.
const MIN_INJECTED_PERCENT: usize = 99;
/// How long to wait for a fault once the client has its response.
const INJECTION_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) async fn run_cases(world: &Arc<MatrixEnv>, cases: &[Case], at_once: usize) -> Result<Violations> {
    let mut verdict = Violations::default();
    let done = run_concurrently(at_once, cases.iter().copied(), |case| {
        let world = world.clone();
        async move { Ok((case, inject_case(&world, case).await?)) }
    });
    let done = done.await?;
    let struck = done.iter().filter(|(_, (_, struck))| *struck).count();
    let together = done.iter().filter(|(case, (_, struck))| !struck && may_be_pipelined(*case)).count();
    terminal::print_line(format!(
        "  {} cases, {struck} of their faults occurred, {together} times Redis got all commands in one message",
        done.len()
    ));
    for (step, times) in count_missed(&done) {
        terminal::print_line(format!("    {step}: {times} did not"));
    }
    let due = done.len() - together;
    // One of a few is no sign: a busy machine may delay a message.
    if struck + 1 < due && struck * 100 < due * MIN_INJECTED_PERCENT {
        verdict.add("matrix", format!("only {struck} of {due} faults occurred"));
    }
    let broken: Vec<InjectedCase> = done.into_iter().map(|(_, (broken, _))| broken).collect();
    verdict.merge(recover_and_retry(world, broken, at_once).await?);
    Ok(verdict)
}

/// The session and the limits are read concurrently, over one connection: in two messages when the
/// steps were counted, now in one, or the other way round. In one, the fault at the first affected
/// both.
fn may_be_pipelined(case: Case) -> bool {
    case.store == Store::Redis && case.exchange > 0
}

/// The other steps whose fault was not injected, and how often: `happy/orderdb/3`.
fn count_missed(done: &[(Case, (InjectedCase, bool))]) -> BTreeMap<String, usize> {
    let mut missed = BTreeMap::new();
    for (case, _) in done.iter().filter(|(case, (_, struck))| !struck && !may_be_pipelined(*case)) {
        let step = format!("{}/{}/{}", case.scenario.name(), case.store.name(), case.exchange);
        *missed.entry(step).or_default() += 1;
    }
    missed
}

pub(super) async fn inject_case(world: &Arc<MatrixEnv>, case: Case) -> Result<(InjectedCase, bool)> {
    let name = case.to_string();
    let scene = case.scenario.prepare(world, name.clone()).await.context(name.clone())?;
    let (state, (response, struck)) = if case.mode.is_crash() && case.scenario.is_review() {
        // Its writes run in tasks of their own, which must end with the process.
        let scene = Arc::new(scene);
        let process = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (world, own) = (world.clone(), scene.clone());
        let outcome = process.spawn(async move { send_request(&world, case, &own).await }).await;
        process.shutdown_background();
        (Arc::into_inner(scene).context("a task of the process has the scene")?, outcome??)
    } else {
        let outcome = send_request(world, case, &scene).await?;
        (scene, outcome)
    };
    Ok((InjectedCase { name, state, response }, struck))
}

/// The response, if the client got one, and whether the fault was injected.
async fn send_request(world: &MatrixEnv, case: Case, scene: &ScenarioState) -> Result<(Option<TestResponse>, bool)> {
    let shop = ProxiedFunction::open(&world.env, case.scenario.function()).await?;
    let wire = shop.proxy(case.store);
    wire.inject(case.exchange, case.mode.fault());
    let heard = if case.mode.is_crash() {
        tokio::select! {
            heard = scene.send_request(&shop.client) => Some(heard),
            // The request's future is dropped here, as a killed process drops its work.
            () = wire.wait_for_fault() => None,
        }
    } else {
        Some(scene.send_request(&shop.client).await)
    };
    // Work after the response, such as publishing, may still be on its way to the proxy.
    let struck = tokio::time::timeout(INJECTION_TIMEOUT, wire.wait_for_fault()).await.is_ok();
    Ok((heard, struck))
}
