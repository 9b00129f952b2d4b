//! Processes that wake up late: each step is held back, before or after its effect, while
//! recovery takes the order over, or while its hold expires; then the process goes on as if
//! nothing had been.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::join_all;
use local::say;
use recovery::App as Recovery;
use runtime::Clock;

use super::path::{Path, Scene};
use super::run::Broken;
use super::settle::settle;
use super::shop::{Shop, Store};
use super::{Verdict, World, walk};
use crate::wire::Fault;

/// Held back at once: few enough for recovery to be through with them before a statement's time
/// limit (2 s) makes them something else than late.
const AT_ONCE: usize = 6;
/// Longer than any step takes to come to its gate.
const ARRIVES_WITHIN: Duration = Duration::from_secs(1);
/// A clock that is wrong by more than a hold lasts.
const AHEAD_SECONDS: i64 = 2 * 3600;

/// What happens while a process is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meanwhile {
    /// Recovery takes over whatever is under way.
    Recovery,
    /// The hold's time is over by the database's clock.
    Expiry,
    /// Recovery runs as each minute, on a machine whose clock is wrong. Nothing must come of it.
    WrongClock,
}

struct Late {
    name: String,
    path: Path,
    store: Store,
    exchange: u64,
    fault: Fault,
}

pub(super) async fn all(world: &Arc<World>, quick: bool) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let mut count = 0;
    for meanwhile in [Meanwhile::Recovery, Meanwhile::Expiry, Meanwhile::WrongClock] {
        let cases = cases(world, meanwhile, quick).await?;
        count += cases.len();
        let mut broken = Vec::new();
        for group in cases.chunks(AT_ONCE) {
            broken.extend(hold_back(world, group, meanwhile, &mut verdict).await?);
        }
        verdict.merge(settle(world, broken, AT_ONCE).await?);
    }
    say::line(format!("  {count} processes woke up late"));
    Ok(verdict)
}

async fn cases(world: &World, meanwhile: Meanwhile, quick: bool) -> Result<Vec<Late>> {
    let paths: &[Path] = match meanwhile {
        _ if quick => &[Path::Happy],
        Meanwhile::Recovery => &[
            Path::Happy,
            Path::Declined,
            Path::PayAgain,
            Path::Cancel,
            Path::Refund,
            Path::AddProduct,
            Path::ReplaceProduct,
            Path::RemoveProduct,
            Path::MoveStock,
        ],
        Meanwhile::Expiry => &[Path::Happy, Path::PayAgain],
        Meanwhile::WrongClock => &[Path::Happy],
    };
    let mut cases = Vec::new();
    for path in paths.iter().copied() {
        let steps = walk(world, path).await?;
        let saga = |store| match store {
            Store::Orderdb | Store::Inventorydb | Store::Payments => true,
            // A checkout only reads prices there.
            Store::Productdb => path.is_products(),
            Store::Queues | Store::Redis => false,
        };
        for (store, exchanges) in steps.into_iter().filter(|(store, _)| saga(*store)) {
            let faults: &[Fault] = if quick { &[Fault::LateAfter] } else { &[Fault::LateBefore, Fault::LateAfter] };
            for (exchange, fault) in (0..exchanges).flat_map(|n| faults.iter().map(move |fault| (n, *fault))) {
                let name = format!("late {meanwhile:?}: {}/{}/{exchange}/{}", path.name(), store.name(), fault.name());
                cases.push(Late { name, path, store, exchange, fault });
            }
        }
    }
    Ok(cases)
}

async fn hold_back(world: &World, group: &[Late], meanwhile: Meanwhile, verdict: &mut Verdict) -> Result<Vec<Broken>> {
    let mut set = Vec::new();
    for case in group {
        let scene = case.path.prepare(world, case.name.clone()).await?;
        let shop = Shop::open(&world.bed, case.path.group()).await?;
        shop.wire(case.store).strike(case.exchange, case.fault);
        set.push((case, scene, shop));
    }
    let acts = join_all(set.iter().map(|(_, scene, shop)| scene.act(&shop.client)));
    let control = async {
        for (case, _, shop) in &set {
            // A path that ended without this exchange has nothing to be late with.
            let _ = tokio::time::timeout(ARRIVES_WITHIN, shop.wire(case.store).struck()).await;
        }
        let outcome = pass(world, set.iter().map(|(_, scene, _)| scene), meanwhile).await;
        for (case, _, shop) in &set {
            shop.wire(case.store).heal();
        }
        outcome
    };
    let (answers, passed) = tokio::join!(acts, control);
    passed?;
    let mut broken = Vec::new();
    for ((case, scene, _), heard) in set.into_iter().zip(answers) {
        if meanwhile == Meanwhile::WrongClock && heard.status.as_u16() != case.path.answer() {
            verdict.broken(&case.name, format!("nothing was broken, and it answered {}", heard.status));
        }
        broken.push(Broken { name: case.name.clone(), scene, heard: Some(heard) });
    }
    Ok(broken)
}

async fn pass(world: &World, scenes: impl Iterator<Item = &Scene>, meanwhile: Meanwhile) -> Result<()> {
    let said = |problem| anyhow::anyhow!("recovery: {problem}");
    match meanwhile {
        Meanwhile::Recovery => recovery::run_idle_for(&world.recovery, 0.0).await.map(drop).map_err(said),
        Meanwhile::Expiry => {
            let users: Vec<i32> = scenes.map(|scene| scene.customer.id.get()).collect();
            let mut db = world.bed.connection("ORDERDB_URL").await;
            let orders: Vec<i32> = sqlx::query_scalar("select id from orders where user_id = any($1)")
                .bind(&users[..])
                .fetch_all(&mut *db)
                .await?;
            let mut db = world.bed.connection("INVENTORYDB_URL").await;
            let expire = "update reservations set expires_at = clock_timestamp() - interval '1 second'
                          where order_id = any($1) and state = 'held'";
            sqlx::query(expire).bind(&orders[..]).execute(&mut *db).await?;
            recovery::run(&world.recovery).await.map(drop).map_err(said)
        }
        Meanwhile::WrongClock => {
            let wrong = Clock::stopped(world.bed.clock.now().plus_seconds(AHEAD_SECONDS));
            let recovery = Recovery::read(&world.bed.vars(), &wrong).context("recovery")?;
            recovery::run(&recovery).await.map(drop).map_err(said)
        }
    }
}
