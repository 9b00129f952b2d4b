//! After the faults: recovery, then every client asks again with the same key, until it is told
//! what came of its request; then each case is judged.

use std::sync::Arc;

use anyhow::{Result, bail};
use domain::Problem;
use testkit::Reply;

use super::judge::{self, Books};
use super::path::Scene;
use super::run::{Broken, side_by_side};
use super::{Verdict, World};

/// How often clients ask again, and recovery runs. One round is enough on a machine that is not
/// busy with other things: nothing is broken any more.
const ROUNDS: usize = 10;

/// What became of a case's asking again.
enum Asked {
    Judged(Verdict),
    TooEarly(Box<Broken>),
}

pub(super) async fn settle(world: &Arc<World>, broken: Vec<Broken>, at_once: usize) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let mut before = Vec::new();
    for case in &broken {
        before.push(judge::books(world, &case.scene).await?);
    }
    recover(world).await?;
    let judged = side_by_side(at_once, broken.into_iter().zip(before), |(case, before)| {
        let world = world.clone();
        async move { recovered(&world, case, &before).await }
    });
    let mut waiting = Vec::new();
    for (case, found) in judged.await? {
        verdict.merge(found);
        waiting.push(case);
    }
    for _ in 0..ROUNDS {
        let asked = side_by_side(at_once, std::mem::take(&mut waiting), |case| {
            let world = world.clone();
            async move { ask_again(&world, case).await }
        });
        for outcome in asked.await? {
            match outcome {
                Asked::Judged(found) => verdict.merge(found),
                Asked::TooEarly(case) => waiting.push(*case),
            }
        }
        if waiting.is_empty() {
            break;
        }
        recover(world).await?;
    }
    for case in waiting {
        verdict.broken(&case.name, "its client never learned what came of it");
    }
    Ok(verdict)
}

async fn recovered(world: &World, case: Broken, before: &Books) -> Result<(Broken, Verdict)> {
    let mut verdict = Verdict::default();
    judge::recovered(world, &case, before, &mut verdict).await?;
    Ok((case, verdict))
}

/// Runs recovery twice at once until it finds nothing more.
pub(super) async fn recover(world: &World) -> Result<()> {
    const UNDER_WAY: [(&str, &str); 3] = [
        ("ORDERDB_URL", "select count(*) from orders where step is not null"),
        ("ORDERDB_URL", "select count(*) from refunds where state = 'intended'"),
        ("PRODUCTDB_URL", "select count(*) from product_writes"),
    ];
    let mut left = (0, String::new());
    for _ in 0..ROUNDS {
        let app = &world.recovery;
        let (one, two) = tokio::join!(recovery::run_idle_for(app, 0.0), recovery::run_idle_for(app, 0.0));
        let mut under_way = 0;
        for (database, count) in UNDER_WAY {
            under_way += world.bed.figure(database, count).await;
        }
        if under_way == 0 && one.is_ok() && two.is_ok() {
            return Ok(());
        }
        let why = [one.err(), two.err()].into_iter().flatten().map(|problem: Problem| problem.to_string());
        left = (under_way, why.collect());
    }
    bail!("with nothing broken, recovery leaves {} journeys, refunds and writes under way {}", left.0, left.1)
}

/// The client asks again with the same key, as it would after a lost answer, once the lock of its
/// last request is over.
async fn ask_again(world: &World, case: Broken) -> Result<Asked> {
    unlock(world, &case.scene).await?;
    let reply = case.scene.act(world.function(case.scene.path.group())).await;
    if is_early(&reply) {
        return Ok(Asked::TooEarly(Box::new(case)));
    }
    let mut verdict = Verdict::default();
    judge::asked_again(world, &case, &reply, &mut verdict).await?;
    Ok(Asked::Judged(verdict))
}

/// The answer says no more than that one may ask again.
pub(super) fn is_early(reply: &Reply) -> bool {
    reply.status == 503 || (reply.status == 409 && reply.code() == "idempotency_in_progress")
}

/// Half a minute passes for a scene's key.
pub(super) async fn unlock(world: &World, scene: &Scene) -> Result<()> {
    let mut db = world.bed.connection("ORDERDB_URL").await;
    let unlock = "update idempotency_keys set locked_until = clock_timestamp() - interval '1 second'
                  where user_id = $1 and key = $2 and outcome is null";
    sqlx::query(unlock).bind(scene.caller_id()).bind(scene.key()).execute(&mut *db).await?;
    Ok(())
}
