//! Walks all products: their stock by inventory's own figures, and what the catalogue shows of
//! their stock and of their ratings.

use std::collections::HashMap;

use domain::ProductId;
use postgres::audit::{self, Shown, Stocked, Writing};

use crate::judge::{ratings, stock, terminal};
use crate::moment::{Moment, RECOVERED_WITHIN};
use crate::orders::Reserved;
use crate::read::Remembered;
use crate::report::{Invariant, Report};
use crate::stores::{Away, Stores, away};

/// Products whose ledgers are summed up at once: few enough for a hot product's long one.
const LEDGERS: i64 = 50;
/// Products that are read at once.
const PAGE: i64 = 500;

pub(crate) async fn check(
    stores: &Stores,
    moment: &Moment,
    remembered: &mut Remembered,
    reserved: Reserved,
    report: &mut Report,
) -> Result<(), Away> {
    let stocked = inventory(reserved, report).await?;
    let mut catalogue = stores.productdb.snapshot().await.map_err(away("productdb"))?;
    let mut after = 0;
    loop {
        let page = audit::shown(&mut catalogue, after, PAGE).await.map_err(away("productdb"))?;
        for shown in &page {
            report.add(Invariant::Stock, stock::projection(stocked.get(&shown.id), shown, moment));
            let there = remembered.ratings.get(&shown.id);
            report.add(Invariant::Analytics, ratings::projection(there, shown, moment));
        }
        report.count(Invariant::Stock, "catalogue entries", page.len());
        report.count(Invariant::Analytics, "catalogue entries", page.len());
        remembered.shown.extend(page.iter().map(|shown: &Shown| (shown.id, *shown)));
        match page.last() {
            Some(last) if page.len() as i64 == PAGE => after = last.id.get(),
            _ => break,
        }
    }
    catalogue.rollback().await.map_err(away("productdb"))?;
    let unshown = stocked.into_keys().filter(|product| !remembered.shown.contains_key(product));
    gone(stores, moment, unshown.collect(), report).await
}

/// What inventory has of products that the catalogue has not. Read anew: a product may have been
/// added or removed between the two walks. Writes that are under way are read before the stock,
/// so one that ended in between has had its effect.
async fn gone(stores: &Stores, moment: &Moment, unshown: Vec<ProductId>, report: &mut Report) -> Result<(), Away> {
    let mut catalogue = stores.productdb.acquire().await.map_err(away("productdb"))?;
    let writing = audit::product_writes(&mut catalogue).await.map_err(away("productdb"))?;
    let due = |write: &&Writing| moment.is_due(write.begun_at, RECOVERED_WITHIN);
    report.count(Invariant::Terminal, "writes of products", writing.len());
    report.add(Invariant::Terminal, writing.iter().filter(due).map(terminal::of_product));
    let mut inventory = stores.inventorydb.acquire().await.map_err(away("inventorydb"))?;
    report.count(Invariant::Gone, "removed products", unshown.len());
    for some in unshown.chunks(PAGE as usize) {
        let there = audit::stock_of(&mut inventory, some).await.map_err(away("inventorydb"))?;
        let still = there
            .into_iter()
            .filter(|(product, ..)| moment.is_settled() || !writing.iter().any(|write| write.product == *product));
        report.add(
            Invariant::Gone,
            still.filter_map(|(product, quantity, reserved)| stock::gone(product, quantity, reserved)),
        );
    }
    Ok(())
}

async fn inventory(reserved: Reserved, report: &mut Report) -> Result<HashMap<ProductId, Stocked>, Away> {
    let Reserved { mut inventory, held, sold } = reserved;
    let (mut all, mut after) = (HashMap::new(), 0);
    loop {
        let page = audit::stocked(&mut inventory, after, LEDGERS).await.map_err(away("inventorydb"))?;
        for stocked in &page {
            let sum = |of: &HashMap<ProductId, i64>| of.get(&stocked.product).copied().unwrap_or_default();
            report.add(Invariant::Stock, stock::of_product(stocked, sum(&held), sum(&sold)));
        }
        report.count(Invariant::Stock, "products", page.len());
        all.extend(page.iter().map(|stocked| (stocked.product, *stocked)));
        match page.last() {
            Some(last) if page.len() as i64 == LEDGERS => after = last.product.get(),
            _ => break,
        }
    }
    inventory.rollback().await.map_err(away("inventorydb"))?;
    Ok(all)
}
