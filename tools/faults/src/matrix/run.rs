//! All cases, broken side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use futures::StreamExt;
use futures::stream;
use local::say;
use testkit::Reply;

use super::case::Case;
use super::path::Scene;
use super::settle::settle;
use super::shop::Shop;
use super::{Verdict, World};

/// A case after its fault.
pub(super) struct Broken {
    pub(super) name: String,
    pub(super) scene: Scene,
    /// What the client heard; `None` where the process was gone.
    pub(super) heard: Option<Reply>,
}

/// A case is said to have come about when its fault has; so many of a hundred must.
const COME_ABOUT_PERCENT: usize = 96;

pub(super) async fn all(world: &Arc<World>, cases: &[Case], at_once: usize) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let broken = side_by_side(at_once, cases.iter().copied(), |case| {
        let world = world.clone();
        async move { break_one(&world, case).await }
    });
    let broken = broken.await?;
    let struck = broken.iter().filter(|(_, struck)| *struck).count();
    say::line(format!("  {} cases broken, {struck} faults came about", broken.len()));
    for (step, times) in missed(&broken) {
        say::line(format!("    {step}: {times} did not"));
    }
    if struck * 100 < broken.len() * COME_ABOUT_PERCENT {
        verdict.broken("matrix", format!("only {struck} of {} faults came about", broken.len()));
    }
    let broken: Vec<Broken> = broken.into_iter().map(|(broken, _)| broken).collect();
    verdict.merge(settle(world, broken, at_once).await?);
    Ok(verdict)
}

/// The steps whose fault did not come about, and how often: `happy/orderdb/3`.
fn missed(broken: &[(Broken, bool)]) -> BTreeMap<&str, usize> {
    let mut missed = BTreeMap::new();
    for (broken, _) in broken.iter().filter(|(_, struck)| !struck) {
        let step = broken.name.rsplit_once('/').map_or(&*broken.name, |(step, _)| step);
        *missed.entry(step).or_default() += 1;
    }
    missed
}

/// Works on so many at once, each as a task of its own: one that waits for a processor delays no
/// other's time limits.
pub(super) async fn side_by_side<T, R, W>(
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

pub(super) async fn break_one(world: &World, case: Case) -> Result<(Broken, bool)> {
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
