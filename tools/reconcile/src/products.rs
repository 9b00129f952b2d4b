//! Walks all products: their stock by inventory's own figures, and what the catalogue shows of
//! their stock and of their ratings.

use std::collections::HashMap;

use domain::ProductId;
use postgres::audit::{self, Shown, Stocked};

use crate::judge::{ratings, stock};
use crate::moment::Moment;
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
    catalogue.rollback().await.map_err(away("productdb"))
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
