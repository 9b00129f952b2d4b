//! Reads all orders by their ids, together with inventory's reservations: one page of each is in
//! memory at a time.

use std::collections::{HashMap, HashSet};

use domain::{DiscountId, ProductId, UserId};
use store_postgres::Conn;
use store_postgres::reconcile::{
    self, FulfilmentRecord, OrderRecord, PriceRecord, ReservationRecord, ReservationState,
};

use crate::check_context::CheckContext;
use crate::check_state::{CheckState, for_order, in_order_range};
use crate::order_returns::PageReturns;
use crate::report::{Invariant, InvariantReport, Violation};
use crate::rules::discounts::DiscountUses;
use crate::rules::{self, completion, fulfilments, money, notifications, price, stock, take_overs};
use crate::stores::{StoreError, Stores, store_error};

/// Orders read at once, of at most 50 lines each.
const PAGE_SIZE: i64 = 200;
/// Customers of discounts read at once.
const CUSTOMERS_PAGE_SIZE: i64 = 1000;

/// inventorydb at one moment, and the sums of its reservations.
pub(crate) struct InventorySnapshot {
    pub(crate) db: Conn,
    pub(crate) reserved: HashMap<ProductId, i64>,
    pub(crate) sold: HashMap<ProductId, i64>,
}

/// A page of orders, and their reservations.
struct OrderPage {
    orders: Vec<OrderRecord>,
    reservations: Vec<ReservationRecord>,
    fulfilments: Vec<FulfilmentRecord>,
    /// Lines that count their shipped pieces wrongly.
    miscounted: Vec<Violation>,
    returns: PageReturns,
    users: HashSet<UserId>,
    /// The orders after the first id and up to the second.
    id_range: (i32, i32),
}

pub(crate) async fn check(
    stores: &Stores,
    moment: &CheckContext,
    remembered: &mut CheckState,
    report: &mut InvariantReport,
) -> Result<InventorySnapshot, StoreError> {
    let mut inventory = stores.inventorydb.snapshot().await.map_err(store_error("inventorydb"))?;
    // The first statement takes the snapshot: inventory is read before orders are.
    let held = reconcile::sum_reserved(&mut inventory).await.map_err(store_error("inventorydb"))?.into_iter().collect();
    let mut reserved = InventorySnapshot { db: inventory, reserved: held, sold: HashMap::new() };
    let mut orders = stores.orderdb.snapshot().await.map_err(store_error("orderdb"))?;
    let mut prices = PriceHistories::default();
    let mut uses = DiscountUses::default();
    let mut after = 0;
    loop {
        let mut page = read_page(stores, &mut orders, &mut reserved.db, after, remembered).await?;
        prices.load_missing(stores, &page.orders).await?;
        for counted in page.reservations.iter().filter(|counted| counted.state == ReservationState::Committed) {
            *reserved.sold.entry(counted.product).or_default() += i64::from(counted.quantity);
        }
        page.orders.iter().for_each(|placed| uses.add(placed));
        check_take_overs(&mut page.orders, remembered, moment, report);
        check_page(&page, remembered, &prices, moment, report);
        after = page.id_range.1;
        if after == i32::MAX {
            break;
        }
    }
    check_discounts(&mut orders, uses, report).await.map_err(store_error("orderdb"))?;
    orders.rollback().await.map_err(store_error("orderdb"))?;
    for (invariant, what, many) in [
        (Invariant::Money, "payments", remembered.payments.len()),
        (Invariant::Orphans, "payments", remembered.payments.len()),
        (Invariant::Notifications, "notifications", remembered.notifications.len()),
        (Invariant::TakeOvers, "claimed guests", remembered.claims.len()),
    ] {
        report.add_count(invariant, what, many);
    }
    report.add_violations(Invariant::Notifications, notifications::check_digests(&remembered.digests, moment));
    note_money_totals(remembered, report);
    Ok(reserved)
}

async fn read_page(
    stores: &Stores,
    orders: &mut Conn,
    inventory: &mut Conn,
    after: i32,
    remembered: &CheckState,
) -> Result<OrderPage, StoreError> {
    let placed = reconcile::list_orders(orders, after, PAGE_SIZE).await.map_err(store_error("orderdb"))?;
    let last = placed.last().filter(|_| placed.len() as i64 == PAGE_SIZE).map_or(i32::MAX, |last| last.id.get());
    let counted = reconcile::list_reservations(inventory, after, last).await.map_err(store_error("inventorydb"))?;
    let sent = reconcile::list_fulfilments(orders, after, last).await.map_err(store_error("orderdb"))?;
    let miscounted = reconcile::list_miscounted_lines(orders, after, last).await.map_err(store_error("orderdb"))?;
    let person = |placed: &OrderRecord| [placed.user, remembered.claims.person(placed.user)];
    let buyers: HashSet<UserId> = placed.iter().flat_map(person).collect();
    let buyers: Vec<UserId> = buyers.into_iter().collect();
    let mut users = stores.userdb.acquire().await.map_err(store_error("userdb"))?;
    let known = reconcile::existing_users(&mut users, &buyers).await.map_err(store_error("userdb"))?;
    Ok(OrderPage {
        orders: placed,
        reservations: counted,
        fulfilments: sent,
        returns: PageReturns::read(orders, inventory, (after, last)).await?,
        miscounted: miscounted.into_iter().map(fulfilments::miscounted_line).collect(),
        users: known.into_iter().collect(),
        id_range: (after, last),
    })
}

/// Checks that orders of claimed guests have moved. From here on they are of the person who claimed them, as
/// are their payments and notifications.
fn check_take_overs(
    orders: &mut [OrderRecord],
    remembered: &CheckState,
    moment: &CheckContext,
    report: &mut InvariantReport,
) {
    for placed in orders {
        if let Some(claim) = remembered.claims.of_guest(placed.user) {
            if moment.is_order_idle(placed) {
                report.add_violations(Invariant::TakeOvers, take_overs::check_order(placed, claim, moment));
            }
            placed.user = claim.account;
        }
    }
}

fn check_page(
    page: &OrderPage,
    remembered: &CheckState,
    prices: &PriceHistories,
    moment: &CheckContext,
    report: &mut InvariantReport,
) {
    for placed in &page.orders {
        let payments = for_order(&remembered.payments, placed.id);
        let counted = for_order(&page.reservations, placed.id);
        let sent = for_order(&page.fulfilments, placed.id);
        report.add_violations(Invariant::Fulfilments, fulfilments::check_order(placed, sent));
        page.returns.check_order(placed, sent, moment, report);
        if moment.is_order_idle(placed) {
            report.add_violations(Invariant::Money, money::check_order(placed, payments));
            for finding in stock::check_order(placed, counted) {
                report.add_violations(finding.invariant, [finding]);
            }
            for invariant in [Invariant::Stock, Invariant::Money] {
                report.add_count(invariant, "orders at rest", 1);
            }
        } else {
            report.add_count(Invariant::Completion, "not finished yet", 1);
        }
        completion::check_order(placed, moment)
            .into_iter()
            .for_each(|found| report.add_violations(found.invariant, [found]));
        report.add_violations(
            Invariant::Notifications,
            notifications::check_order(placed, sent, for_order(&remembered.notifications, placed.id), moment),
        );
        report.add_violations(Invariant::Price, price::check_amounts(placed));
        prices.check_lines(placed, report);
        if !page.users.contains(&placed.user) {
            report.add_violations(Invariant::Orphans, [order_without_user(placed)]);
        }
    }
    for invariant in [
        Invariant::Completion,
        Invariant::Notifications,
        Invariant::Orphans,
        Invariant::Price,
        Invariant::FirstAttempt,
        Invariant::Fulfilments,
        Invariant::Returns,
        Invariant::LineRefunds,
    ] {
        report.add_count(invariant, "orders", page.orders.len());
    }
    for invariant in [Invariant::Stock, Invariant::Orphans] {
        report.add_count(invariant, "reservations", page.reservations.len());
    }
    page.returns.count(report);
    report.add_count(Invariant::Fulfilments, "shipped lines", page.fulfilments.len());
    report.add_violations(Invariant::Fulfilments, page.miscounted.clone());
    check_orphans(page, remembered, report);
}

/// In the snapshot that the orders were read from.
async fn check_discounts(
    orders: &mut Conn,
    mut uses: DiscountUses,
    report: &mut InvariantReport,
) -> store_postgres::Result<()> {
    let discounts = reconcile::list_discounts(orders).await?;
    report.add_count(Invariant::Discounts, "discounts", discounts.len());
    for counted in &discounts {
        report.add_violations(Invariant::Discounts, uses.check_discount(counted));
    }
    let mut after = (DiscountId::new(0), UserId::new(0));
    loop {
        let page = reconcile::list_discount_customers(orders, after, CUSTOMERS_PAGE_SIZE).await?;
        report.add_count(Invariant::Discounts, "customers", page.len());
        for counted in &page {
            report.add_violations(Invariant::Discounts, uses.check_customer(*counted));
        }
        match page.last() {
            Some((discount, user, _)) if page.len() as i64 == CUSTOMERS_PAGE_SIZE => after = (*discount, *user),
            _ => break,
        }
    }
    report.add_violations(Invariant::Discounts, uses.uncounted());
    Ok(())
}

fn check_orphans(page: &OrderPage, remembered: &CheckState, report: &mut InvariantReport) {
    let there: HashSet<_> = page.orders.iter().map(|placed| placed.id).collect();
    let (after, last) = page.id_range;
    let counted = page.reservations.iter().filter(|counted| !there.contains(&counted.order));
    report.add_violations(Invariant::Orphans, counted.filter_map(stock::check_orphan_reservation));
    let paid = in_order_range(&remembered.payments, after, last).iter().filter(|paid| !there.contains(&paid.order));
    report.add_violations(Invariant::Orphans, paid.filter_map(money::check_orphan_payment));
    let orphaned = in_order_range(&remembered.notifications, after, last)
        .iter()
        .filter(|orphaned| !there.contains(&orphaned.order));
    report.add_violations(Invariant::Notifications, orphaned.map(notifications::orphan_notification));
}

fn order_without_user(placed: &OrderRecord) -> Violation {
    let (expected, found) = (format!("user {}", placed.user), "no such user");
    Violation::new(Invariant::Orphans, rules::labels::order_label(placed.id), "belongs to no account", expected, found)
}

fn note_money_totals(remembered: &CheckState, report: &mut InvariantReport) {
    let captured = remembered.payments.iter().filter(|paid| paid.was_captured());
    let taken = captured.clone().map(|paid| paid.amount).sum::<domain::Money>();
    let back = captured.map(|paid| paid.refunded()).sum::<domain::Money>();
    report.add_note(Invariant::Money, format!("captured {taken}, refunded {back}, net {}", taken - back));
}

/// Prices of the products in the orders so far.
#[derive(Default)]
struct PriceHistories(HashMap<ProductId, Vec<PriceRecord>>);

impl PriceHistories {
    async fn load_missing(&mut self, stores: &Stores, orders: &[OrderRecord]) -> Result<(), StoreError> {
        let named: HashSet<ProductId> =
            orders.iter().flat_map(|placed| &placed.lines).map(|line| line.product_id).collect();
        let new: Vec<ProductId> = named.into_iter().filter(|product| !self.0.contains_key(product)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut catalogue = stores.productdb.acquire().await.map_err(store_error("productdb"))?;
        for price in reconcile::find_price_history(&mut catalogue, &new).await.map_err(store_error("productdb"))? {
            self.0.entry(price.product).or_default().push(price);
        }
        Ok(())
    }

    fn check_lines(&self, placed: &OrderRecord, report: &mut InvariantReport) {
        for line in &placed.lines {
            let prices = self.0.get(&line.product_id).map(Vec::as_slice).unwrap_or_default();
            match price::check_line(placed, line, prices) {
                Some(finding) => {
                    report.add_count(Invariant::Price, "lines", 1);
                    report.add_violations(Invariant::Price, finding);
                }
                None => report.add_count(Invariant::Price, "lines older than the history of prices", 1),
            }
        }
    }
}
