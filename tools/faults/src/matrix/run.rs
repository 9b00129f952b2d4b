//! All cases: broken side by side, then recovered together, then each is asked for again.

use std::sync::Arc;

use anyhow::{Context, Result};
use futures::StreamExt;
use futures::stream;
use local::say;
use testkit::{Bed, Reply};

use super::case::Case;
use super::judge;
use super::path::Scene;
use super::shop::Shop;
use super::{Verdict, World};

/// A case after its fault.
pub(super) struct Broken {
    pub(super) name: String,
    pub(super) scene: Scene,
    /// What the client heard; `None` where the process was gone.
    pub(super) heard: Option<Reply>,
}

/// How often a client asks again for a key that is still being worked on.
const AGAIN: usize = 5;
/// A case is said to have come about when its fault has; so many of a hundred must.
const COME_ABOUT_PERCENT: usize = 97;

pub(super) async fn all(world: &Arc<World>, cases: &[Case], at_once: usize) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let broken = side_by_side(at_once, cases.iter().copied(), |case| {
        let world = world.clone();
        async move { break_one(&world, case).await }
    });
    let broken = broken.await?;
    let struck = broken.iter().filter(|(_, struck)| *struck).count();
    say::line(format!("  {} cases broken, {struck} faults came about", broken.len()));
    if struck * 100 < broken.len() * COME_ABOUT_PERCENT {
        verdict.broken("matrix", format!("only {struck} of {} faults came about", broken.len()));
    }
    let broken: Vec<Broken> = broken.into_iter().map(|(broken, _)| broken).collect();
    verdict.merge(settle(world, broken, at_once).await?);
    Ok(verdict)
}

/// Recovers, lets every client ask again, and judges each case.
pub(super) async fn settle(world: &Arc<World>, broken: Vec<Broken>, at_once: usize) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let mut before = Vec::new();
    for case in &broken {
        before.push(judge::books(world, &case.scene).await?);
    }
    recover(world, &mut verdict).await?;
    let judged = side_by_side(at_once, broken.into_iter().zip(before), |(case, before)| {
        let world = world.clone();
        async move {
            let mut verdict = Verdict::default();
            judge::recovered(&world, &case, &before, &mut verdict).await?;
            let again = ask_again(&world, &case.scene).await?;
            judge::asked_again(&world, &case, &again, &mut verdict).await?;
            Ok(verdict)
        }
    });
    for found in judged.await? {
        verdict.merge(found);
    }
    Ok(verdict)
}

/// Works on so many at once, each as a task of its own: one that waits for a processor delays no
/// other's time limits.
async fn side_by_side<T, R, W>(
    at_once: usize,
    all: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> W,
) -> Result<Vec<R>>
where
    R: Send + 'static,
    W: Future<Output = Result<R>> + Send + 'static,
{
    let tasks = stream::iter(all).map(|one| tokio::spawn(work(one))).buffer_unordered(at_once);
    let done: Vec<_> = tasks.collect().await;
    done.into_iter().map(|joined| joined?).collect()
}

async fn break_one(world: &World, case: Case) -> Result<(Broken, bool)> {
    let name = case.to_string();
    let scene = case.path.prepare(world, name.clone()).await.context(name.clone())?;
    let shop = Shop::open(&world.bed, case.path.group()).await?;
    let wire = shop.wire(case.store);
    wire.strike(case.exchange, case.mode.fault());
    let heard = if case.mode.is_crash() {
        tokio::select! {
            heard = scene.act(&shop.client) => Some(heard),
            // The request's future is dropped here, as a killed process drops what it was at.
            () = wire.struck() => None,
        }
    } else {
        Some(scene.act(&shop.client).await)
    };
    let struck = !wire.strikes().is_empty();
    Ok((Broken { name, scene, heard }, struck))
}

/// Runs recovery twice at once until it finds nothing more.
pub(super) async fn recover(world: &World, verdict: &mut Verdict) -> Result<()> {
    let mut undone = 1;
    for _ in 0..100 {
        let app = &world.recovery;
        let (one, two) = tokio::join!(recovery::run_idle_for(app, 0.0), recovery::run_idle_for(app, 0.0));
        let (one, two) = (one.map_err(failed)?, two.map_err(failed)?);
        if one.failures + two.failures > 0 {
            verdict.broken("recovery", format!("failed with nothing broken: {one:?} {two:?}"));
        }
        undone = world.bed.figure("ORDERDB_URL", "select count(*) from orders where step is not null").await
            + world.bed.figure("ORDERDB_URL", "select count(*) from refunds where state = 'intended'").await;
        if undone == 0 {
            break;
        }
    }
    if undone > 0 {
        verdict.broken("recovery", format!("{undone} journeys and refunds never ended"));
    }
    Ok(())
}

fn failed(problem: domain::Problem) -> anyhow::Error {
    anyhow::anyhow!("recovery: {problem}")
}

/// The client asks again with the same key, as it would after a lost answer, once the lock of its
/// first request is over.
async fn ask_again(world: &World, scene: &Scene) -> Result<Reply> {
    unlock(&world.bed, scene).await?;
    let function = match scene.path.group() {
        super::Group::Orders => &world.orders,
        super::Group::Payments => &world.payments,
    };
    let mut reply = scene.act(function).await;
    for _ in 0..AGAIN {
        if reply.status.as_u16() != 409 || reply.code() != "idempotency_in_progress" {
            break;
        }
        reply = scene.act(function).await;
    }
    Ok(reply)
}

/// Half a minute passes for the keys of a scene's people.
async fn unlock(bed: &Bed, scene: &Scene) -> Result<()> {
    let mut db = bed.database("ORDERDB_URL").acquire().await?;
    let unlock = "update idempotency_keys set locked_until = clock_timestamp() - interval '1 second'
                  where user_id = any($1) and outcome is null";
    let people = [scene.customer.id.get(), scene.caller_id()];
    sqlx::query(unlock).bind(&people[..]).execute(&mut *db).await?;
    Ok(())
}
