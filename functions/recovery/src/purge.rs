//! Deletes what is past its retention (docs/growth.md), in small statements, each store by itself.

use std::time::Duration;

use domain::{Problem, Result};
use runtime::recovery::{PURGE_BATCH_SIZE, purge_in_batches};
use runtime::{metrics, with_timeout};
use store_postgres::products::writes;
use store_postgres::{Database, idempotency, outbox, recovery};

use crate::{App, Failures};

/// How long a run purges analytics events; the next run continues.
const EVENTS_TIME_BUDGET: Duration = Duration::from_secs(5);
/// The limit for each store.
const STORE_TIMEOUT: Duration = Duration::from_secs(10);

/// Purges all stores side by side.
pub(crate) async fn purge_expired(app: &App) -> Result<()> {
    let (orders, inventory, products) = (app.checkout.orders(), app.checkout.inventory(), app.catalog.products());
    let events = async { store_mongo::events::purge(&app.mongo, EVENTS_TIME_BUDGET).await.map_err(Problem::from) };
    let (order_rows, inventory_rows, product_rows, stock_writes, events) = tokio::join!(
        with_timeout(STORE_TIMEOUT, Box::pin(purge_database(orders))),
        with_timeout(STORE_TIMEOUT, Box::pin(purge_database(inventory))),
        with_timeout(STORE_TIMEOUT, Box::pin(purge_database(products))),
        with_timeout(STORE_TIMEOUT, Box::pin(purge_stock_writes(inventory, products))),
        with_timeout(STORE_TIMEOUT, events),
    );
    let mut failed = Failures::default();
    let rows = failed.value_or_record("purge of orderdb", order_rows)
        + failed.value_or_record("purge of inventorydb", inventory_rows)
        + failed.value_or_record("purge of productdb", product_rows)
        + failed.value_or_record("purge of stock writes", stock_writes);
    let events = failed.value_or_record("purge of events", events);
    if rows + events > 0 {
        tracing::info!(rows, events, "Purged what was past its retention.");
    }
    metrics::RECOVERY_FAILURES.increment_by(failed.count);
    failed.first.map_or(Ok(()), Err)
}

/// Idempotency keys, and published events.
async fn purge_database(database: &Database) -> Result<u64> {
    let keys = purge_in_batches(|| {
        Box::pin(async {
            let mut db = database.acquire().await?;
            Ok(idempotency::purge(&mut db, PURGE_BATCH_SIZE).await?)
        })
    });
    let events = purge_in_batches(|| {
        Box::pin(async {
            let mut db = database.acquire().await?;
            Ok(outbox::purge(&mut db, PURGE_BATCH_SIZE).await?)
        })
    });
    // Both, even if one fails.
    let (keys, events) = tokio::join!(keys, events);
    Ok(keys? + events?)
}

/// The steps of products' writes in inventorydb, but not of an active write: it could take its step a
/// second time.
async fn purge_stock_writes(inventory: &Database, products: &Database) -> Result<u64> {
    purge_in_batches(|| Box::pin(purge_stock_writes_batch(inventory, products))).await
}

async fn purge_stock_writes_batch(inventory: &Database, products: &Database) -> Result<u64> {
    let mut db = inventory.acquire().await?;
    let mut expired = recovery::find_expired_stock_writes(&mut db, PURGE_BATCH_SIZE).await?;
    drop(db);
    if expired.is_empty() {
        return Ok(0);
    }
    let mut db = products.acquire().await?;
    let active = writes::find_active_tokens(&mut db, &expired).await?;
    drop(db);
    expired.retain(|token| !active.contains(token));
    let mut db = inventory.acquire().await?;
    Ok(recovery::delete_stock_writes(&mut db, &expired).await?)
}
