//! All cases, broken side by side.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::StreamExt;
use futures::stream;
use local::say;
use testkit::Reply;

use super::case::Case;
use super::path::Scene;
use super::settle::settle;
use super::shop::{Shop, Store};
use super::{Verdict, World};

/// A case after its fault.
pub(super) struct Broken {
    pub(super) name: String,
    pub(super) scene: Scene,
    /// What the client heard; `None` where the process was gone.
    pub(super) heard: Option<Reply>,
}

/// A case is said to have come about when its fault has; so many of a hundred must.
const COME_ABOUT_PERCENT: usize = 99;
/// How long a fault is waited for once the client has its answer.
const AFTER_THE_ANSWER: Duration = Duration::from_secs(2);

pub(super) async fn all(world: &Arc<World>, cases: &[Case], at_once: usize) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let done = side_by_side(at_once, cases.iter().copied(), |case| {
        let world = world.clone();
        async move { Ok((case, break_one(&world, case).await?)) }
    });
    let done = done.await?;
    let struck = done.iter().filter(|(_, (_, struck))| *struck).count();
    let together = done.iter().filter(|(case, (_, struck))| !struck && may_be_gone(*case)).count();
    say::line(format!(
        "  {} cases broken, {struck} faults came about, {together} times Redis was asked all in one message",
        done.len()
    ));
    for (step, times) in missed(&done) {
        say::line(format!("    {step}: {times} did not"));
    }
    let due = done.len() - together;
    // One of a few is no sign: a busy machine may keep a message back.
    if struck + 1 < due && struck * 100 < due * COME_ABOUT_PERCENT {
        verdict.broken("matrix", format!("only {struck} of {due} faults came about"));
    }
    let broken: Vec<Broken> = done.into_iter().map(|(_, (broken, _))| broken).collect();
    verdict.merge(settle(world, broken, at_once).await?);
    Ok(verdict)
}

/// The session and the limits are asked for at once, over one connection: in two messages when the
/// path was walked, now in one, or the other way round. In one, the fault at the first met both.
fn may_be_gone(case: Case) -> bool {
    case.store == Store::Redis && case.exchange > 0
}

/// The other steps whose fault did not come about, and how often: `happy/orderdb/3`.
fn missed(done: &[(Case, (Broken, bool))]) -> BTreeMap<String, usize> {
    let mut missed = BTreeMap::new();
    for (case, _) in done.iter().filter(|(case, (_, struck))| !struck && !may_be_gone(*case)) {
        let step = format!("{}/{}/{}", case.path.name(), case.store.name(), case.exchange);
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
    // What follows an answer, such as publishing, may still be on its way to the wire.
    let struck = tokio::time::timeout(AFTER_THE_ANSWER, wire.struck()).await.is_ok();
    Ok((Broken { name, scene, heard }, struck))
}
