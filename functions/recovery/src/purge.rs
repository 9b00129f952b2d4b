//! Forgets what is older than its bound (docs/growth.md), in small statements, each store by itself.

use std::time::Duration;

use domain::{Problem, Result};
use runtime::recovery::{PURGE_BATCH_SIZE, purge_in_batches};
use runtime::{metrics, with_timeout};
use store_postgres::products::writes;
use store_postgres::{Database, idempotency, outbox, recovery};

use crate::{App, Failures};

/// How long a run forgets old events.
const EVENTS_TIME_BUDGET: Duration = Duration::from_secs(5);
/// The longest for any store.
const STORE_TIMEOUT: Duration = Duration::from_secs(10);

/// Forgets of every store what it can in this run.
pub(crate) async fn purge_expired(app: &App) -> Result<()> {
    let (orders, inventory, products) = (app.checkout.orders(), app.checkout.inventory(), app.catalog.products());
    let events = async { store_mongo::events::purge(&app.mongo, EVENTS_TIME_BUDGET).await.map_err(Problem::from) };
    let (of_orders, of_inventory, of_products, steps, events) = tokio::join!(
        with_timeout(STORE_TIMEOUT, Box::pin(purge_database(orders))),
        with_timeout(STORE_TIMEOUT, Box::pin(purge_database(inventory))),
        with_timeout(STORE_TIMEOUT, Box::pin(purge_database(products))),
        with_timeout(STORE_TIMEOUT, Box::pin(purge_stock_writes(inventory, products))),
        with_timeout(STORE_TIMEOUT, events),
    );
    let mut failed = Failures::default();
    let rows = failed.value_or_record("forgetting in orderdb", of_orders)
        + failed.value_or_record("forgetting in inventorydb", of_inventory)
        + failed.value_or_record("forgetting in productdb", of_products)
        + failed.value_or_record("forgetting steps of inventorydb", steps);
    let events = failed.value_or_record("forgetting events", events);
    if rows + events > 0 {
        tracing::info!(rows, events, "What was older than its bound is forgotten.");
    }
    metrics::RECOVERY_FAILURES.increment_by(failed.count);
    failed.first.map_or(Ok(()), Err)
}

/// Idempotency keys, and facts that were sent.
async fn purge_database(database: &Database) -> Result<u64> {
    let keys = purge_in_batches(|| {
        Box::pin(async {
            let mut db = database.acquire().await?;
            Ok(idempotency::purge(&mut db, PURGE_BATCH_SIZE).await?)
        })
    });
    let facts = purge_in_batches(|| {
        Box::pin(async {
            let mut db = database.acquire().await?;
            Ok(outbox::purge(&mut db, PURGE_BATCH_SIZE).await?)
        })
    });
    // Both, whatever becomes of one.
    let (keys, facts) = tokio::join!(keys, facts);
    Ok(keys? + facts?)
}

/// What inventorydb remembers of products' writes: not while the write is still under way, which
/// could otherwise take its step a second time.
async fn purge_stock_writes(inventory: &Database, products: &Database) -> Result<u64> {
    purge_in_batches(|| Box::pin(purge_stock_writes_batch(inventory, products))).await
}

async fn purge_stock_writes_batch(inventory: &Database, products: &Database) -> Result<u64> {
    let mut db = inventory.acquire().await?;
    let mut old = recovery::find_expired_stock_writes(&mut db, PURGE_BATCH_SIZE).await?;
    drop(db);
    if old.is_empty() {
        return Ok(0);
    }
    let mut db = products.acquire().await?;
    let pending = writes::find_active_tokens(&mut db, &old).await?;
    drop(db);
    old.retain(|token| !pending.contains(token));
    let mut db = inventory.acquire().await?;
    Ok(recovery::delete_stock_writes(&mut db, &old).await?)
}
