//! Compares the responses that clients got with the stores: from their history, if there is one,
//! and from the idempotency keys of the last day.

use std::collections::{HashMap, HashSet};

use domain::orders::Fulfilment;
use domain::{OrderId, PaymentId, ReviewId, Timestamp, UserId};
use store_mongo::reconcile as mongo_audit;
use store_postgres::Conn;
use store_postgres::reconcile::{self, FulfilmentRecord, KeyRecord, OrderRecord};

use crate::check_context::CheckContext;
use crate::check_state::CheckState;
use crate::history::{Acknowledged, History};
use crate::report::{Invariant, InvariantReport, Violation};
use crate::rules::acknowledgements::{StoredRecords, check_acknowledgement, orders_by_key};
use crate::rules::idempotency_keys::{self, KeySubjects};
use crate::stores::{StoreError, Stores, store_error};

/// Responses, and keys, that are looked up at once.
const PAGE_SIZE: usize = 200;
/// Keys are stored for a day; an hour less is checked, in seconds.
const KEY_RETENTION_SECONDS: i64 = 23 * 3600;

/// Keys that a client used, with the order in the response and that order's time.
type UsedKeys = HashMap<(UserId, String), (OrderId, Option<Timestamp>)>;

pub(crate) async fn check(
    stores: &Stores,
    moment: &CheckContext,
    remembered: &CheckState,
    history: Option<&History>,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let acknowledged = history.map(|history| history.acknowledged.as_slice()).unwrap_or_default();
    if let Some(history) = history.filter(|history| history.truncated_files > 0) {
        let files = history.truncated_files;
        report.add_note(Invariant::Acknowledgements, format!("the last line of {files} history files is incomplete"));
    }
    let (by_key, findings) = orders_by_key(acknowledged);
    report.add_violations(Invariant::Acknowledgements, findings);
    let mut used: UsedKeys = by_key.into_iter().map(|(key, order)| (key, (order, None))).collect();
    let mut deleted: HashSet<ReviewId> = remembered.deleted_reviews.clone();
    deleted.extend(acknowledged.iter().filter_map(|acknowledged| match acknowledged {
        Acknowledged::ReviewDeleted { review_id } => Some(review_id.clone()),
        _ => None,
    }));
    for part in acknowledged.chunks(PAGE_SIZE) {
        let there = load_stored_records(stores, part).await?;
        report.add_count(Invariant::Acknowledgements, "responses", part.len());
        report.add_violations(
            Invariant::Acknowledgements,
            part.iter()
                .filter_map(|acknowledged| check_acknowledgement(acknowledged, &there, &remembered.payments, &deleted)),
        );
        set_order_times(&mut used, part, &there);
    }
    check_keys(stores, moment, remembered, &mut used, report).await?;
    report.add_violations(Invariant::Acknowledgements, find_lost_keys(&used, moment));
    Ok(())
}

/// Queries each store once for what a part of a history mentions.
async fn load_stored_records(stores: &Stores, part: &[Acknowledged]) -> Result<StoredRecords, StoreError> {
    let (mut users, mut orders, mut reviews, mut events) = (vec![], vec![], vec![], vec![]);
    let mut there = StoredRecords::default();
    for acknowledged in part {
        match acknowledged {
            Acknowledged::Signup { user_id } => users.push(*user_id),
            Acknowledged::Order { order_id, .. } | Acknowledged::Cancel { order_id } => orders.push(*order_id),
            Acknowledged::Review { review_id, .. } | Acknowledged::ReviewDeleted { review_id } => {
                reviews.push(review_id.clone());
            }
            Acknowledged::Event { event_id } => events.push(*event_id),
            Acknowledged::Stock { product_id, quantity } => {
                let mut db = stores.inventorydb.acquire().await.map_err(store_error("inventorydb"))?;
                let known = reconcile::ever_had_quantity(&mut db, *product_id, *quantity).await;
                if known.map_err(store_error("inventorydb"))? {
                    there.stock_counts.insert((*product_id, *quantity));
                }
            }
            // Payments are in memory.
            Acknowledged::Payment { .. } | Acknowledged::Refund { .. } => {}
        }
    }
    if !users.is_empty() {
        let mut db = stores.userdb.acquire().await.map_err(store_error("userdb"))?;
        there.users =
            reconcile::existing_users(&mut db, &users).await.map_err(store_error("userdb"))?.into_iter().collect();
    }
    if !orders.is_empty() {
        let mut db = stores.orderdb.acquire().await.map_err(store_error("orderdb"))?;
        let placed = reconcile::find_orders(&mut db, &orders).await.map_err(store_error("orderdb"))?;
        there.orders = placed.into_iter().map(|placed| (placed.id, placed)).collect();
    }
    if !reviews.is_empty() {
        let written = mongo_audit::find_reviews(&stores.mongo, &reviews).await.map_err(store_error("reviewdb"))?;
        there.reviews = written.into_iter().map(|written| (written.id.clone(), written)).collect();
    }
    if !events.is_empty() {
        let known = mongo_audit::existing_events(&stores.mongo, &events).await.map_err(store_error("analyticsdb"))?;
        there.events = known.into_iter().collect();
    }
    Ok(there)
}

fn set_order_times(used: &mut UsedKeys, part: &[Acknowledged], there: &StoredRecords) {
    for acknowledged in part {
        let Acknowledged::Order { order_id, user_id, key: Some(key), .. } = acknowledged else { continue };
        if let Some((_, at)) = used.get_mut(&(*user_id, key.clone())) {
            *at = there.orders.get(order_id).map(|placed| placed.created_at);
        }
    }
}

/// Checks every stored key, and removes those from `used` that a client used.
async fn check_keys(
    stores: &Stores,
    moment: &CheckContext,
    remembered: &CheckState,
    used: &mut UsedKeys,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    let orderdb = store_error("orderdb");
    let mut db = stores.orderdb.snapshot().await.map_err(&orderdb)?;
    let mut after = None;
    loop {
        let page = reconcile::list_keys(&mut db, after, PAGE_SIZE as i64).await.map_err(&orderdb)?;
        let named: Vec<OrderId> = page.iter().filter_map(|key| PaymentId::new(key.subject?).order_id()).collect();
        let placed = reconcile::find_orders(&mut db, &named).await.map_err(&orderdb)?;
        let person = |user| remembered.claims.person(user);
        let of_person = |placed: OrderRecord| OrderRecord { user: person(placed.user), ..placed };
        let orders = placed.into_iter().map(|placed| (placed.id, of_person(placed))).collect();
        let refunds: Vec<_> = page.iter().filter(|key| key.route == "refunds").filter_map(|key| key.subject).collect();
        let refunds = reconcile::find_refunds(&mut db, &refunds).await.map_err(&orderdb)?;
        let refunds = refunds.into_iter().map(|refund| (refund.id, refund)).collect();
        let fulfilments = find_fulfilments(&mut db, &page).await?;
        let payments = &remembered.payments;
        let subjects = KeySubjects { orders: &orders, refunds: &refunds, fulfilments: &fulfilments, payments };
        report.add_count(Invariant::Acknowledgements, "idempotency keys", page.len());
        for key in &page {
            let claimed = KeyRecord { user: person(key.user), ..key.clone() };
            report
                .add_violations(Invariant::Acknowledgements, idempotency_keys::check_key(&claimed, &subjects, moment));
            report.add_violations(Invariant::Acknowledgements, check_used_key(key, used));
        }
        match page.last() {
            Some(last) if page.len() == PAGE_SIZE => after = Some(last.cursor()),
            _ => break,
        }
    }
    db.rollback().await.map_err(&orderdb)
}

/// The fulfilments of the orders that the keys of shipments name: few, since only admins ship.
async fn find_fulfilments(db: &mut Conn, keys: &[KeyRecord]) -> Result<Vec<FulfilmentRecord>, StoreError> {
    let mut all = Vec::new();
    for key in keys.iter().filter(|key| key.route == "fulfilments") {
        let shipped: Option<Fulfilment> = key.outcome.as_ref().and_then(|outcome| serde_json::from_str(outcome).ok());
        let Some(Fulfilment { id, order_id, .. }) = shipped else { continue };
        let sent = reconcile::list_fulfilments(db, order_id.get() - 1, order_id.get()).await;
        all.extend(sent.map_err(store_error("orderdb"))?.into_iter().filter(|line| line.fulfilment == id));
    }
    Ok(all)
}

fn check_used_key(key: &KeyRecord, used: &mut UsedKeys) -> Option<Violation> {
    if key.route != "orders" {
        return None;
    }
    let (order, _) = used.remove(&(key.user, key.key.clone()))?;
    let kept = key.subject.and_then(|subject| PaymentId::new(subject).order_id());
    (kept != Some(order)).then(|| {
        let about = format!("key `{}` of user {}", key.key, key.user);
        let found = kept.map_or("none".to_owned(), |kept| format!("order {kept}"));
        Violation::new(Invariant::Acknowledgements, about, "refers to another order", format!("order {order}"), found)
    })
}

fn find_lost_keys(used: &UsedKeys, moment: &CheckContext) -> Vec<Violation> {
    let young = |at: &Option<Timestamp>| {
        at.is_some_and(|at| moment.started_at.seconds() - at.seconds() < KEY_RETENTION_SECONDS)
    };
    let lost = used.iter().filter(|(_, (_, at))| young(at));
    let finding = |((user, key), (order, _)): (&(UserId, String), &(OrderId, Option<Timestamp>))| {
        let about = format!("key `{key}` of user {user}");
        Violation::new(Invariant::Acknowledgements, about, "is missing", format!("order {order}"), "no such key")
    };
    lost.map(finding).collect()
}
