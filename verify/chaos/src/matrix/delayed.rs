//! Processes that wake up late: each step is delayed, before or after its effect, while recovery
//! claims the order, or while its reservation expires; then the process continues as if nothing had
//! happened.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::join_all;
use local::terminal;
use recovery::App as Recovery;
use runtime::Clock;

use super::case::InjectedCase;
use super::env::MatrixEnv;
use super::exchanges::count_exchanges;
use super::proxied_function::{ProxiedFunction, Store};
use super::retry::recover_and_retry;
use super::scenario::{Scenario, ScenarioState};
use crate::fault_proxy::Fault;
use crate::violations::Violations;

/// Concurrently delayed cases: few enough for recovery to complete before a statement's time limit
/// (2 s) turns the delay into another failure.
const CONCURRENT_CASES: usize = 6;
/// Longer than any step takes to reach its gate.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(1);
/// A clock error that is longer than a reservation lasts.
const CLOCK_SKEW_SECONDS: i64 = 2 * 3600;

/// What happens during the delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interleaving {
    /// Recovery claims whatever is in progress.
    Recovery,
    /// The reservation expires by the database's clock.
    Expiry,
    /// Recovery runs as scheduled, on a machine with a wrong clock. It must have no effect.
    ClockSkew,
}

struct DelayedCase {
    name: String,
    scenario: Scenario,
    store: Store,
    exchange: u64,
    fault: Fault,
}

pub(super) async fn run(world: &Arc<MatrixEnv>, quick: bool, only: &[Scenario]) -> Result<Violations> {
    let mut verdict = Violations::default();
    let mut count = 0;
    for meanwhile in [Interleaving::Recovery, Interleaving::Expiry, Interleaving::ClockSkew] {
        let cases = list_cases(world, meanwhile, quick, only).await?;
        count += cases.len();
        let mut broken = Vec::new();
        for group in cases.chunks(CONCURRENT_CASES) {
            broken.extend(run_delayed(world, group, meanwhile, &mut verdict).await?);
        }
        verdict.merge(recover_and_retry(world, broken, CONCURRENT_CASES).await?);
    }
    terminal::print_line(format!("  {count} processes woke up late"));
    Ok(verdict)
}

/// Of these scenarios only, if any is named.
async fn list_cases(
    world: &MatrixEnv,
    meanwhile: Interleaving,
    quick: bool,
    only: &[Scenario],
) -> Result<Vec<DelayedCase>> {
    let paths: &[Scenario] = match meanwhile {
        _ if quick => &[Scenario::Happy],
        Interleaving::Recovery => &[
            Scenario::Happy,
            Scenario::Declined,
            Scenario::PayAgain,
            Scenario::Cancel,
            Scenario::Refund,
            Scenario::RefundLine,
            Scenario::RequestReturn,
            Scenario::ReceiveReturn,
            Scenario::Discount,
            Scenario::DiscountPayAgain,
            Scenario::AddProduct,
            Scenario::ReplaceProduct,
            Scenario::RemoveProduct,
            Scenario::ReceiveDelivery,
            Scenario::WriteReview,
            Scenario::ChangeReview,
            Scenario::DeleteReview,
        ],
        Interleaving::Expiry => &[Scenario::Happy, Scenario::PayAgain],
        Interleaving::ClockSkew => &[Scenario::Happy],
    };
    let mut cases = Vec::new();
    for path in paths.iter().copied().filter(|path| only.is_empty() || only.contains(path)) {
        let steps = count_exchanges(world, path).await?;
        let saga = |store| match store {
            // A review only reads whether its author has bought the product.
            Store::Orderdb => !path.is_review(),
            Store::Inventorydb | Store::Payments => true,
            // A checkout only reads prices there.
            Store::Productdb => path.is_admin_write(),
            Store::Reviewdb => path.is_review(),
            Store::Userdb | Store::Queues | Store::Redis => false,
        };
        for (store, exchanges) in steps.into_iter().filter(|(store, _)| saga(*store)) {
            let faults: &[Fault] = if quick { &[Fault::HoldAfter] } else { &[Fault::HoldBefore, Fault::HoldAfter] };
            for (exchange, fault) in (0..exchanges).flat_map(|n| faults.iter().map(move |fault| (n, *fault))) {
                let name = format!("late {meanwhile:?}: {}/{}/{exchange}/{}", path.name(), store.name(), fault.name());
                cases.push(DelayedCase { name, scenario: path, store, exchange, fault });
            }
        }
    }
    Ok(cases)
}

async fn run_delayed(
    world: &MatrixEnv,
    group: &[DelayedCase],
    meanwhile: Interleaving,
    verdict: &mut Violations,
) -> Result<Vec<InjectedCase>> {
    let mut set = Vec::new();
    for case in group {
        let scene = case.scenario.prepare(world, case.name.clone()).await?;
        let shop = ProxiedFunction::open(&world.env, case.scenario.function()).await?;
        shop.proxy(case.store).inject(case.exchange, case.fault);
        set.push((case, scene, shop));
    }
    let acts = join_all(set.iter().map(|(_, scene, shop)| scene.send_request(&shop.client)));
    let control = async {
        for (case, _, shop) in &set {
            // A scenario that ended without this exchange cannot be late at it.
            let _ = tokio::time::timeout(ARRIVAL_TIMEOUT, shop.proxy(case.store).wait_for_fault()).await;
        }
        let outcome = run_interleaved(world, set.iter().map(|(_, scene, _)| scene), meanwhile).await;
        for (case, _, shop) in &set {
            shop.proxy(case.store).heal();
        }
        outcome
    };
    let (responses, passed) = tokio::join!(acts, control);
    passed?;
    let mut broken = Vec::new();
    for ((case, scene, _), heard) in set.into_iter().zip(responses) {
        if meanwhile == Interleaving::ClockSkew && heard.status.as_u16() != case.scenario.expected_status() {
            verdict.add(&case.name, format!("the response without a fault was {}", heard.status));
        }
        broken.push(InjectedCase { name: case.name.clone(), state: scene, response: Some(heard) });
    }
    Ok(broken)
}

async fn run_interleaved(
    world: &MatrixEnv,
    scenes: impl Iterator<Item = &ScenarioState>,
    meanwhile: Interleaving,
) -> Result<()> {
    let said = |problem| anyhow::anyhow!("recovery: {problem}");
    match meanwhile {
        Interleaving::Recovery => {
            recovery::run_with_idle_seconds(&world.recovery, 0.0).await.map(drop).map_err(said)?;
            world.complete_reviews().await
        }
        Interleaving::Expiry => {
            let users: Vec<i32> = scenes.map(|scene| scene.customer.id.get()).collect();
            let mut db = world.env.connection("ORDERDB_URL").await;
            let orders: Vec<i32> = sqlx::query_scalar("select id from orders where user_id = any($1)")
                .bind(&users[..])
                .fetch_all(&mut *db)
                .await?;
            let mut db = world.env.connection("INVENTORYDB_URL").await;
            let expire = "update reservations set expires_at = clock_timestamp() - interval '1 second'
                          where order_id = any($1) and state = 'held'";
            sqlx::query(expire).bind(&orders[..]).execute(&mut *db).await?;
            recovery::run(&world.recovery).await.map(drop).map_err(said)
        }
        Interleaving::ClockSkew => {
            let wrong = Clock::stopped(world.env.clock.now().plus_seconds(CLOCK_SKEW_SECONDS));
            let recovery = Recovery::from_env(&world.env.env(), &wrong).context("recovery")?;
            recovery::run(&recovery).await.map(drop).map_err(said)
        }
    }
}
