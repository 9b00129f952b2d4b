//! Walks all orders by their ids, with what inventory has of them in step: one page of each is in
//! memory at a time.

use std::collections::{HashMap, HashSet};

use domain::{ProductId, UserId};
use postgres::Conn;
use postgres::audit::{self, Counted, Kept, Placed, Price};

use crate::judge::{self, money, notify, price, stock, terminal};
use crate::moment::Moment;
use crate::read::{Remembered, between, of};
use crate::report::{Finding, Invariant, Report};
use crate::stores::{Away, Stores, away};

/// Orders that are read at once, of at most 50 lines each.
const PAGE: i64 = 200;

/// inventorydb at one moment, and the sums of its reservations.
pub(crate) struct Reserved {
    pub(crate) inventory: Conn,
    pub(crate) held: HashMap<ProductId, i64>,
    pub(crate) sold: HashMap<ProductId, i64>,
}

/// A page of orders, and of what is reserved for them.
struct Page {
    orders: Vec<Placed>,
    counted: Vec<Counted>,
    users: HashSet<UserId>,
    /// The orders behind the first and up to the second were read.
    range: (i32, i32),
}

pub(crate) async fn check(
    stores: &Stores,
    moment: &Moment,
    remembered: &mut Remembered,
    report: &mut Report,
) -> Result<Reserved, Away> {
    let mut inventory = stores.inventorydb.snapshot().await.map_err(away("inventorydb"))?;
    // The first statement makes the snapshot: inventory is seen before orders are.
    let held = audit::held(&mut inventory).await.map_err(away("inventorydb"))?.into_iter().collect();
    let mut reserved = Reserved { inventory, held, sold: HashMap::new() };
    let mut orders = stores.orderdb.snapshot().await.map_err(away("orderdb"))?;
    let mut prices = Prices::default();
    let mut after = 0;
    loop {
        let page = read(stores, &mut orders, &mut reserved.inventory, after).await?;
        prices.learn(stores, &page.orders).await?;
        for counted in page.counted.iter().filter(|counted| counted.kept == Kept::Sold) {
            *reserved.sold.entry(counted.product).or_default() += i64::from(counted.quantity);
        }
        judge_page(&page, remembered, &prices, moment, report);
        after = page.range.1;
        if after == i32::MAX {
            break;
        }
    }
    orders.rollback().await.map_err(away("orderdb"))?;
    for (invariant, what, many) in [
        (Invariant::Money, "payments", remembered.paid.len()),
        (Invariant::Orphan, "payments", remembered.paid.len()),
        (Invariant::Notify, "notifications", remembered.told.len()),
    ] {
        report.count(invariant, what, many);
    }
    report.add(Invariant::Notify, notify::of_digests(&remembered.digests, moment));
    note_money(remembered, report);
    Ok(reserved)
}

async fn read(stores: &Stores, orders: &mut Conn, inventory: &mut Conn, after: i32) -> Result<Page, Away> {
    let placed = audit::orders(orders, after, PAGE).await.map_err(away("orderdb"))?;
    let last = placed.last().filter(|_| placed.len() as i64 == PAGE).map_or(i32::MAX, |last| last.id.get());
    let counted = audit::reservations(inventory, after, last).await.map_err(away("inventorydb"))?;
    let buyers: HashSet<UserId> = placed.iter().map(|placed| placed.user).collect();
    let buyers: Vec<UserId> = buyers.into_iter().collect();
    let mut users = stores.userdb.acquire().await.map_err(away("userdb"))?;
    let known = audit::known_users(&mut users, &buyers).await.map_err(away("userdb"))?;
    Ok(Page { orders: placed, counted, users: known.into_iter().collect(), range: (after, last) })
}

fn judge_page(page: &Page, remembered: &Remembered, prices: &Prices, moment: &Moment, report: &mut Report) {
    for placed in &page.orders {
        let payments = of(&remembered.paid, placed.id);
        let counted = of(&page.counted, placed.id);
        if moment.is_at_rest(placed) {
            report.add(Invariant::Money, money::of_order(placed, payments));
            for finding in stock::of_order(placed, counted) {
                report.add(finding.invariant, [finding]);
            }
            for invariant in [Invariant::Stock, Invariant::Money] {
                report.count(invariant, "orders at rest", 1);
            }
        } else {
            report.count(Invariant::Terminal, "not at rest yet", 1);
        }
        terminal::of_order(placed, moment).into_iter().for_each(|found| report.add(found.invariant, [found]));
        report.add(Invariant::Notify, notify::of_order(placed, of(&remembered.told, placed.id), moment));
        report.add(Invariant::Price, price::of_order(placed));
        prices.judge(placed, report);
        if !page.users.contains(&placed.user) {
            report.add(Invariant::Orphan, [of_nobody(placed)]);
        }
    }
    for invariant in [Invariant::Terminal, Invariant::Notify, Invariant::Orphan, Invariant::Price, Invariant::Started] {
        report.count(invariant, "orders", page.orders.len());
    }
    for invariant in [Invariant::Stock, Invariant::Orphan] {
        report.count(invariant, "reservations", page.counted.len());
    }
    judge_orphans(page, remembered, report);
}

fn judge_orphans(page: &Page, remembered: &Remembered, report: &mut Report) {
    let there: HashSet<_> = page.orders.iter().map(|placed| placed.id).collect();
    let (after, last) = page.range;
    let counted = page.counted.iter().filter(|counted| !there.contains(&counted.order));
    report.add(Invariant::Orphan, counted.filter_map(stock::orphan));
    let paid = between(&remembered.paid, after, last).iter().filter(|paid| !there.contains(&paid.order));
    report.add(Invariant::Orphan, paid.filter_map(money::orphan));
    let told = between(&remembered.told, after, last).iter().filter(|told| !there.contains(&told.order));
    report.add(Invariant::Notify, told.map(notify::orphan));
}

fn of_nobody(placed: &Placed) -> Finding {
    let (expected, found) = (format!("user {}", placed.user), "no such user");
    Finding::new(Invariant::Orphan, judge::order(placed.id), "belongs to nobody", expected, found)
}

fn note_money(remembered: &Remembered, report: &mut Report) {
    let captured = remembered.paid.iter().filter(|paid| paid.was_captured());
    let taken = captured.clone().map(|paid| paid.amount).sum::<domain::Money>();
    let back = captured.map(|paid| paid.refunded()).sum::<domain::Money>();
    report.note(Invariant::Money, format!("captured {taken}, given back {back}, kept {}", taken - back));
}

/// Prices of the products that orders have named so far.
#[derive(Default)]
struct Prices(HashMap<ProductId, Vec<Price>>);

impl Prices {
    async fn learn(&mut self, stores: &Stores, orders: &[Placed]) -> Result<(), Away> {
        let named: HashSet<ProductId> =
            orders.iter().flat_map(|placed| &placed.lines).map(|line| line.product_id).collect();
        let new: Vec<ProductId> = named.into_iter().filter(|product| !self.0.contains_key(product)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut catalogue = stores.productdb.acquire().await.map_err(away("productdb"))?;
        for price in audit::prices(&mut catalogue, &new).await.map_err(away("productdb"))? {
            self.0.entry(price.product).or_default().push(price);
        }
        Ok(())
    }

    fn judge(&self, placed: &Placed, report: &mut Report) {
        for line in &placed.lines {
            let prices = self.0.get(&line.product_id).map(Vec::as_slice).unwrap_or_default();
            match price::of_line(placed, line, prices) {
                Some(finding) => {
                    report.count(Invariant::Price, "lines", 1);
                    report.add(Invariant::Price, finding);
                }
                None => report.count(Invariant::Price, "lines older than the history of prices", 1),
            }
        }
    }
}
