//! Reads all products: their stock by inventory's own numbers, and the catalog's projections of
//! stock and ratings.

use std::collections::HashMap;

use domain::ProductId;
use store_postgres::reconcile::{self, ActiveWrite, ProductProjection, StockRecord};

use crate::check_context::{CheckContext, RECOVERED_WITHIN_SECONDS};
use crate::check_state::CheckState;
use crate::orders::InventorySnapshot;
use crate::report::{Invariant, InvariantReport};
use crate::rules::{completion, ratings, stock};
use crate::stores::{StoreError, Stores, store_error};

/// Products whose ledgers are summed at once: few enough for a popular product's long one.
const LEDGER_PAGE_SIZE: i64 = 50;
/// Products read at once.
const PAGE_SIZE: i64 = 500;

pub(crate) async fn check(
    stores: &Stores,
    moment: &CheckContext,
    remembered: &mut CheckState,
    reserved: InventorySnapshot,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let stocked = check_inventory(reserved, report).await?;
    let mut catalogue = stores.productdb.snapshot().await.map_err(store_error("productdb"))?;
    let mut after = 0;
    loop {
        let page =
            reconcile::list_projections(&mut catalogue, after, PAGE_SIZE).await.map_err(store_error("productdb"))?;
        for shown in &page {
            report.add_violations(Invariant::Stock, stock::check_projection(stocked.get(&shown.id), shown, moment));
            let there = remembered.ratings.get(&shown.id);
            report.add_violations(Invariant::Analytics, ratings::check_projection(there, shown, moment));
        }
        report.add_count(Invariant::Stock, "catalog entries", page.len());
        report.add_count(Invariant::Analytics, "catalog entries", page.len());
        remembered.catalog.extend(page.iter().map(|shown: &ProductProjection| (shown.id, *shown)));
        match page.last() {
            Some(last) if page.len() as i64 == PAGE_SIZE => after = last.id.get(),
            _ => break,
        }
    }
    catalogue.rollback().await.map_err(store_error("productdb"))?;
    let unshown = stocked.into_keys().filter(|product| !remembered.catalog.contains_key(product));
    check_removed(stores, moment, unshown.collect(), report).await
}

/// Inventory's rows of products that are not in the catalog. Read again: a product may have been
/// added or removed between the two reads. Writes in progress are read before the stock, so one
/// that ended in between has had its effect.
async fn check_removed(
    stores: &Stores,
    moment: &CheckContext,
    unshown: Vec<ProductId>,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let mut catalogue = stores.productdb.acquire().await.map_err(store_error("productdb"))?;
    let writing = reconcile::list_active_writes(&mut catalogue).await.map_err(store_error("productdb"))?;
    let due = |write: &&ActiveWrite| moment.is_overdue(write.begun_at, RECOVERED_WITHIN_SECONDS);
    report.add_count(Invariant::Completion, "product writes", writing.len());
    report.add_violations(Invariant::Completion, writing.iter().filter(due).map(completion::stuck_product_write));
    let mut inventory = stores.inventorydb.acquire().await.map_err(store_error("inventorydb"))?;
    report.add_count(Invariant::RemovedProducts, "removed products", unshown.len());
    for some in unshown.chunks(PAGE_SIZE as usize) {
        let there = reconcile::find_stock(&mut inventory, some).await.map_err(store_error("inventorydb"))?;
        let still = there
            .into_iter()
            .filter(|(product, ..)| moment.is_quiescent() || !writing.iter().any(|write| write.product == *product));
        report.add_violations(
            Invariant::RemovedProducts,
            still.filter_map(|(product, quantity, reserved)| stock::check_removed_product(product, quantity, reserved)),
        );
    }
    Ok(())
}

async fn check_inventory(
    reserved: InventorySnapshot,
    report: &mut InvariantReport,
) -> Result<HashMap<ProductId, StockRecord>, StoreError> {
    let InventorySnapshot { db: mut inventory, reserved: held, sold } = reserved;
    let (mut all, mut after) = (HashMap::new(), 0);
    loop {
        let page =
            reconcile::list_stock(&mut inventory, after, LEDGER_PAGE_SIZE).await.map_err(store_error("inventorydb"))?;
        for stocked in &page {
            let sum = |of: &HashMap<ProductId, i64>| of.get(&stocked.product).copied().unwrap_or_default();
            report.add_violations(Invariant::Stock, stock::check_product(stocked, sum(&held), sum(&sold)));
        }
        report.add_count(Invariant::Stock, "products", page.len());
        all.extend(page.iter().map(|stocked| (stocked.product, *stocked)));
        match page.last() {
            Some(last) if page.len() as i64 == LEDGER_PAGE_SIZE => after = last.product.get(),
            _ => break,
        }
    }
    inventory.rollback().await.map_err(store_error("inventorydb"))?;
    Ok(all)
}
