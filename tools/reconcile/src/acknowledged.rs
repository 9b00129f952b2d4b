//! Holds what clients were told against the stores: by their history, where there is one, and by
//! the idempotency keys of the last day.

use std::collections::{HashMap, HashSet};

use domain::{OrderId, PaymentId, ReviewId, Timestamp, UserId};
use mongo::audit as mongo_audit;
use postgres::audit::{self, Claimed};

use crate::history::{Acknowledged, History};
use crate::judge::acknowledged::{There, answer, by_key};
use crate::judge::keys::{self, Subjects};
use crate::moment::Moment;
use crate::read::Remembered;
use crate::report::{Finding, Invariant, Report};
use crate::stores::{Away, Stores, away};

/// Answers, and keys, that are looked up at once.
const PAGE: usize = 200;
/// Keys are kept for a day; an hour less is looked for, in seconds.
const KEYS_KEPT: i64 = 23 * 3600;

/// Keys that a client used, with the order that it was answered and that order's time.
type Used = HashMap<(UserId, String), (OrderId, Option<Timestamp>)>;

pub(crate) async fn check(
    stores: &Stores,
    moment: &Moment,
    remembered: &Remembered,
    history: Option<&History>,
    report: &mut Report,
) -> Result<(), Away> {
    let told = history.map(|history| history.told.as_slice()).unwrap_or_default();
    if let Some(history) = history.filter(|history| history.cut_short > 0) {
        let files = history.cut_short;
        report.note(Invariant::Acknowledged, format!("the last line of {files} history files is incomplete"));
    }
    let (by_key, findings) = by_key(told);
    report.add(Invariant::Acknowledged, findings);
    let mut used: Used = by_key.into_iter().map(|(key, order)| (key, (order, None))).collect();
    let mut deleted: HashSet<ReviewId> = remembered.deleted_reviews.clone();
    deleted.extend(told.iter().filter_map(|told| match told {
        Acknowledged::ReviewDeleted { review_id } => Some(review_id.clone()),
        _ => None,
    }));
    for part in told.chunks(PAGE) {
        let there = look_up(stores, part).await?;
        report.count(Invariant::Acknowledged, "answers", part.len());
        report.add(
            Invariant::Acknowledged,
            part.iter().filter_map(|told| answer(told, &there, &remembered.paid, &deleted)),
        );
        date(&mut used, part, &there);
    }
    check_keys(stores, moment, remembered, &mut used, report).await?;
    report.add(Invariant::Acknowledged, lost_keys(&used, moment));
    Ok(())
}

/// Asks each store once for what a part of a history speaks of.
async fn look_up(stores: &Stores, part: &[Acknowledged]) -> Result<There, Away> {
    let (mut users, mut orders, mut reviews, mut events) = (vec![], vec![], vec![], vec![]);
    let mut there = There::default();
    for told in part {
        match told {
            Acknowledged::Signup { user_id } => users.push(*user_id),
            Acknowledged::Order { order_id, .. } | Acknowledged::Cancel { order_id } => orders.push(*order_id),
            Acknowledged::Review { review_id, .. } | Acknowledged::ReviewDeleted { review_id } => {
                reviews.push(review_id.clone());
            }
            Acknowledged::Event { event_id } => events.push(*event_id),
            Acknowledged::Stock { product_id, quantity } => {
                let mut db = stores.inventorydb.acquire().await.map_err(away("inventorydb"))?;
                let known = audit::ever_counted(&mut db, *product_id, *quantity).await;
                if known.map_err(away("inventorydb"))? {
                    there.counted.insert((*product_id, *quantity));
                }
            }
            // Payments are remembered.
            Acknowledged::Payment { .. } | Acknowledged::Refund { .. } => {}
        }
    }
    if !users.is_empty() {
        let mut db = stores.userdb.acquire().await.map_err(away("userdb"))?;
        there.users = audit::known_users(&mut db, &users).await.map_err(away("userdb"))?.into_iter().collect();
    }
    if !orders.is_empty() {
        let mut db = stores.orderdb.acquire().await.map_err(away("orderdb"))?;
        let placed = audit::orders_of(&mut db, &orders).await.map_err(away("orderdb"))?;
        there.orders = placed.into_iter().map(|placed| (placed.id, placed)).collect();
    }
    if !reviews.is_empty() {
        let written = mongo_audit::reviews_of(&stores.mongo, &reviews).await.map_err(away("reviewdb"))?;
        there.reviews = written.into_iter().map(|written| (written.id.clone(), written)).collect();
    }
    if !events.is_empty() {
        let known = mongo_audit::known_events(&stores.mongo, &events).await.map_err(away("analyticsdb"))?;
        there.events = known.into_iter().collect();
    }
    Ok(there)
}

fn date(used: &mut Used, part: &[Acknowledged], there: &There) {
    for told in part {
        let Acknowledged::Order { order_id, user_id, key: Some(key), .. } = told else { continue };
        if let Some((_, at)) = used.get_mut(&(*user_id, key.clone())) {
            *at = there.orders.get(order_id).map(|placed| placed.created_at);
        }
    }
}

/// Judges every key that is kept, and strikes those that a client used.
async fn check_keys(
    stores: &Stores,
    moment: &Moment,
    remembered: &Remembered,
    used: &mut Used,
    report: &mut Report,
) -> Result<(), Away> {
    let orderdb = away("orderdb");
    let mut db = stores.orderdb.snapshot().await.map_err(&orderdb)?;
    let mut after = None;
    loop {
        let page = audit::keys(&mut db, after, PAGE as i64).await.map_err(&orderdb)?;
        let named: Vec<OrderId> = page.iter().filter_map(|key| PaymentId::new(key.subject?).order()).collect();
        let placed = audit::orders_of(&mut db, &named).await.map_err(&orderdb)?;
        let orders = placed.into_iter().map(|placed| (placed.id, placed)).collect();
        let refunds: Vec<_> = page.iter().filter(|key| key.route == "refunds").filter_map(|key| key.subject).collect();
        let refunds = audit::refunds_of(&mut db, &refunds).await.map_err(&orderdb)?;
        let refunds = refunds.into_iter().map(|refund| (refund.id, refund)).collect();
        let subjects = Subjects { orders: &orders, refunds: &refunds, paid: &remembered.paid };
        report.count(Invariant::Acknowledged, "idempotency keys", page.len());
        for key in &page {
            report.add(Invariant::Acknowledged, keys::key(key, &subjects, moment));
            report.add(Invariant::Acknowledged, strike(key, used));
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.place()),
            _ => break,
        }
    }
    db.rollback().await.map_err(&orderdb)
}

fn strike(key: &Claimed, used: &mut Used) -> Option<Finding> {
    if key.route != "orders" {
        return None;
    }
    let (order, _) = used.remove(&(key.user, key.key.clone()))?;
    let kept = key.subject.and_then(|subject| PaymentId::new(subject).order());
    (kept != Some(order)).then(|| {
        let about = format!("key `{}` of user {}", key.key, key.user);
        let found = kept.map_or("none".to_owned(), |kept| format!("order {kept}"));
        Finding::new(Invariant::Acknowledged, about, "stands for another order", format!("order {order}"), found)
    })
}

fn lost_keys(used: &Used, moment: &Moment) -> Vec<Finding> {
    let young = |at: &Option<Timestamp>| at.is_some_and(|at| moment.began.seconds() - at.seconds() < KEYS_KEPT);
    let lost = used.iter().filter(|(_, (_, at))| young(at));
    let finding = |((user, key), (order, _)): (&(UserId, String), &(OrderId, Option<Timestamp>))| {
        let about = format!("key `{key}` of user {user}");
        Finding::new(Invariant::Acknowledged, about, "was forgotten", format!("order {order}"), "no such key")
    };
    lost.map(finding).collect()
}
