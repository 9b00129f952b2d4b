//! Forgets what is older than its bound (docs/growth.md), in small statements, each store by itself.

use std::time::Duration;

use domain::{Problem, Result};
use postgres::products::writes;
use postgres::{Database, idempotency, outbox, recovering};
use runtime::recovering::{FORGOTTEN_AT_ONCE, forget};
use runtime::{metrics, within};

use crate::{App, Failed};

/// How long a run forgets old events.
const EVENTS: Duration = Duration::from_secs(5);
/// The longest for any store.
const STORE: Duration = Duration::from_secs(10);

/// Forgets of every store what it can in this run.
pub(crate) async fn run(app: &App) -> Result<()> {
    let (orders, inventory, products) = (app.checkout.orders(), app.checkout.inventory(), app.catalog.products());
    let events = async { mongo::events::purge(&app.mongo, EVENTS).await.map_err(Problem::from) };
    let (of_orders, of_inventory, of_products, steps, events) = tokio::join!(
        within(STORE, Box::pin(of_database(orders))),
        within(STORE, Box::pin(of_database(inventory))),
        within(STORE, Box::pin(of_database(products))),
        within(STORE, Box::pin(stock_writes(inventory, products))),
        within(STORE, events),
    );
    let mut failed = Failed::default();
    let rows = failed.judge("forgetting in orderdb", of_orders)
        + failed.judge("forgetting in inventorydb", of_inventory)
        + failed.judge("forgetting in productdb", of_products)
        + failed.judge("forgetting steps of inventorydb", steps);
    let events = failed.judge("forgetting events", events);
    if rows + events > 0 {
        tracing::info!(rows, events, "What was older than its bound is forgotten.");
    }
    metrics::RECOVERY_FAILURES.many(failed.parts);
    failed.first.map_or(Ok(()), Err)
}

/// Idempotency keys, and facts that were sent.
async fn of_database(database: &Database) -> Result<u64> {
    let keys = forget(|| {
        Box::pin(async {
            let mut db = database.acquire().await?;
            Ok(idempotency::purge(&mut db, FORGOTTEN_AT_ONCE).await?)
        })
    });
    let facts = forget(|| {
        Box::pin(async {
            let mut db = database.acquire().await?;
            Ok(outbox::purge(&mut db, FORGOTTEN_AT_ONCE).await?)
        })
    });
    // Both, whatever becomes of one.
    let (keys, facts) = tokio::join!(keys, facts);
    Ok(keys? + facts?)
}

/// What inventorydb remembers of products' writes: not while the write is still under way, which
/// could otherwise take its step a second time.
async fn stock_writes(inventory: &Database, products: &Database) -> Result<u64> {
    forget(|| Box::pin(some_stock_writes(inventory, products))).await
}

async fn some_stock_writes(inventory: &Database, products: &Database) -> Result<u64> {
    let mut db = inventory.acquire().await?;
    let mut old = recovering::old_stock_writes(&mut db, FORGOTTEN_AT_ONCE).await?;
    drop(db);
    if old.is_empty() {
        return Ok(0);
    }
    let mut db = products.acquire().await?;
    let pending = writes::pending(&mut db, &old).await?;
    drop(db);
    old.retain(|token| !pending.contains(token));
    let mut db = inventory.acquire().await?;
    Ok(recovering::forget_stock_writes(&mut db, &old).await?)
}
