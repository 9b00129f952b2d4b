//! The steps of a scenario: its exchanges with each store.

use anyhow::Result;

use super::env::MatrixEnv;
use super::proxied_function::{ProxiedFunction, Store};
use super::scenario::Scenario;

/// Runs a scenario without faults; returns its exchanges with each store.
pub(super) async fn count_exchanges(world: &MatrixEnv, path: Scenario) -> Result<Vec<(Store, u64)>> {
    let scene = path.prepare(world, format!("walk-{}", world.env.clock.new_uuid())).await?;
    let shop = ProxiedFunction::open(&world.env, path.function()).await?;
    let before = shop.exchange_counts();
    let response = scene.send_request(&shop.client).await;
    anyhow::ensure!(response.status == path.expected_status(), "{} without a fault: {response:?}", path.name());
    Ok(shop.exchange_counts().into_iter().zip(before).map(|((store, now), (_, then))| (store, now - then)).collect())
}
