//! Aggregates events into the rollups.
//!
//! An event is stored by one insert and counted later, together with others: in one transaction a
//! batch is marked as counted and its sums are added to the rollups. Two aggregations that include
//! the same event conflict, and one of them starts over; so each event counts once, whichever
//! process aggregates and however often.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use domain::analytics::{EventEffect, FUNNEL, PendingEvent, RollupDelta};
use domain::{Timestamp, UserId};
use futures::TryStreamExt;
use mongodb::bson::{DateTime, Document, Uuid, doc};
use serde::Deserialize;
use tokio::time::Instant;

use crate::aggregation_batch::MAX_BATCH;
use crate::convert::{bson_time, timestamp};
use crate::error::{WRITE_CONFLICT, check_write_errors};
use crate::events::EVENTS;
use crate::rollups::{OTHER_TYPES, ROLLUPS, day_key, name_key, type_key, user_key};
use crate::timeout::timed;
use crate::{Error, Mongo, Result, Transaction, TransactionError};

/// Lines of orders counted in one transaction of [`MAX_BATCH`] events, and of a smaller one as many
/// fewer: each is a document of its own in the rollups.
const MAX_ORDER_LINES: usize = 1_000;
/// The number of event types that a day lists by name. Any client may invent types, and a dashboard
/// reads them all: those beyond are counted together.
const MAX_TYPES_PER_DAY: usize = 200;

/// The progress of an aggregation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AggregationProgress {
    pub events: usize,
    /// Whether nothing was left.
    pub finished: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PendingRow {
    #[serde(rename = "_id")]
    id: Uuid,
    user_id: Option<i32>,
    event_type: String,
    timestamp: DateTime,
    effect: Option<EventEffect>,
}

/// Counts pending events, batch by batch, for about as long as `budget`. After a batch that took
/// too long the next one is half as large, also in the next aggregation of this process.
///
/// # Errors
/// When the store is unavailable; what was counted stays counted.
pub async fn aggregate_pending(mongo: &Mongo, budget: Duration) -> Result<AggregationProgress, TransactionError> {
    let until = Instant::now() + budget;
    let mut progress = AggregationProgress::default();
    let batch = mongo.aggregation_batch();
    let _guard = batch.lock().await;
    loop {
        if !has_pending(mongo).await? {
            return Ok(AggregationProgress { finished: true, ..progress });
        }
        let size = batch.size();
        match aggregate_batch(mongo, size).await {
            Ok(events) => {
                progress.events += events;
                batch.grow();
            }
            Err(TransactionError::Store(Error::TimedOut(_))) if size > 1 => batch.halve(),
            Err(failed) => return Err(failed),
        }
        if Instant::now() >= until {
            return Ok(progress);
        }
    }
}

/// Checked outside of a transaction, which costs more: usually there is nothing to do.
async fn has_pending(mongo: &Mongo) -> Result<bool> {
    let events = mongo.analytics_collection::<Document>(EVENTS).await?;
    let one = events.find_one(doc! { "counted": false }).projection(doc! { "_id": 1 });
    Ok(timed(one).await?.is_some())
}

async fn aggregate_batch(mongo: &Mongo, size: i64) -> Result<usize, TransactionError> {
    let mut retry = mongo.transaction_retry();
    loop {
        let mut tx = retry.begin().await?;
        let outcome =
            aggregate_in_transaction(&mut tx, size, mongo.clock().now()).await.map_err(TransactionError::from);
        if let Some(events) = retry.commit_or_retry(tx, outcome).await? {
            return Ok(events);
        }
    }
}

async fn aggregate_in_transaction(tx: &mut Transaction, size: i64, now: Timestamp) -> Result<usize> {
    let batch = load_pending(tx, size).await?;
    if batch.is_empty() {
        return Ok(0);
    }
    mark_counted(tx, &batch, bson_time(now)).await?;
    let events = batch.len();
    let mut tally = RollupDelta::default();
    for row in batch {
        tally.add(PendingEvent {
            user_id: row.user_id.map(UserId::new),
            event_type: row.event_type,
            timestamp: timestamp(row.timestamp),
            effect: row.effect,
        });
    }
    let fresh = cap_event_types(tx, &mut tally).await?;
    apply_updates(tx, rollup_updates(&tally, &fresh)).await?;
    Ok(events)
}

async fn load_pending(tx: &mut Transaction, size: i64) -> Result<Vec<PendingRow>> {
    let events = tx.analytics_collection::<PendingRow>(EVENTS).await?;
    let counting = doc! { "userId": 1, "eventType": 1, "timestamp": 1, "effect": 1 };
    let find = events.find(doc! { "counted": false }).projection(counting).limit(size);
    let (deadline, session) = (tx.deadline, &mut tx.session);
    let rows = async {
        let mut cursor = find.session(&mut *session).await?;
        cursor.stream(session).try_collect::<Vec<PendingRow>>().await
    };
    let mut rows = deadline.timed(rows).await?;
    let (mut lines, most) = (0, MAX_ORDER_LINES * size as usize / MAX_BATCH as usize);
    let mut fits = |row: &PendingRow| {
        lines += row.effect.as_ref().map_or(0, |effect| effect.sold.len());
        lines <= most
    };
    // The first one always fits.
    let fitting = rows.iter().take_while(|row| fits(row)).count().max(1);
    rows.truncate(fitting);
    Ok(rows)
}

async fn mark_counted(tx: &mut Transaction, batch: &[PendingRow], now: DateTime) -> Result<()> {
    let ids: Vec<Uuid> = batch.iter().map(|row| row.id).collect();
    let events = tx.analytics_collection::<Document>(EVENTS).await?;
    let theirs = doc! { "_id": { "$in": ids }, "counted": false };
    let marked =
        events.update_many(theirs, doc! { "$set": { "counted": true, "countedAt": now } }).session(&mut tx.session);
    // Servers report a concurrent aggregation as a conflict; fewer modified documents mean the
    // same.
    let all = tx.deadline.timed(marked).await?.modified_count == batch.len() as u64;
    if all { Ok(()) } else { Err(Error::WriteRejected(WRITE_CONFLICT)) }
}

/// Counts types under [`OTHER_TYPES`](super::rollups::OTHER_TYPES) if their day has no room for
/// more; returns how many types are new on each day. Exact, because every aggregation writes the
/// day's document.
async fn cap_event_types(tx: &mut Transaction, tally: &mut RollupDelta) -> Result<BTreeMap<String, usize>> {
    let days: BTreeSet<&String> = tally.types.keys().map(|(day, _)| day).collect();
    let mut keys: Vec<String> = days.into_iter().map(|day| day_key(day)).collect();
    keys.extend(tally.types.keys().map(|(day, kind)| type_key(day, kind)));
    let rollups = tx.analytics_collection::<Document>(ROLLUPS).await?;
    let find = rollups.find(doc! { "_id": { "$in": keys } }).projection(doc! { "types": 1 });
    let (deadline, session) = (tx.deadline, &mut tx.session);
    let known = async {
        let mut cursor = find.session(&mut *session).await?;
        cursor.stream(session).try_collect::<Vec<Document>>().await
    };
    let types = |row: &Document| row.get_i64("types").unwrap_or_default() as usize;
    let known = deadline.timed(known).await?;
    let known: HashMap<&str, usize> =
        known.iter().map(|row| (row.get_str("_id").unwrap_or_default(), types(row))).collect();
    let mut fresh: BTreeMap<String, usize> = BTreeMap::new();
    let mut named = BTreeMap::new();
    for ((day, kind), count) in std::mem::take(&mut tally.types) {
        if known.contains_key(type_key(&day, &kind).as_str()) {
            *named.entry((day, kind)).or_default() += count;
            continue;
        }
        let there = known.get(day_key(&day).as_str()).copied().unwrap_or_default();
        let new = fresh.entry(day.clone()).or_default();
        if there + *new < MAX_TYPES_PER_DAY {
            *new += 1;
            *named.entry((day, kind)).or_default() += count;
        } else {
            *named.entry((day, OTHER_TYPES.to_owned())).or_default() += count;
        }
    }
    tally.types = named;
    Ok(fresh)
}

fn rollup_updates(tally: &RollupDelta, fresh: &BTreeMap<String, usize>) -> Vec<Document> {
    let upsert = |id: String, update: Document| doc! { "q": { "_id": id }, "u": update, "upsert": true };
    let mut all = Vec::new();
    for (day, figures) in &tally.days {
        let mut by = doc! {
            "events": figures.events,
            "orders": figures.orders,
            "revenueCents": figures.revenue_cents,
            "refundsCents": figures.refunds_cents,
            "reviews": figures.reviews,
            "stars": figures.rating_sum,
            "types": fresh.get(day).copied().unwrap_or_default() as i64,
        };
        by.extend(
            FUNNEL.iter().zip(figures.funnel_steps).map(|((step, _), count)| (format!("steps.{step}"), count.into())),
        );
        all.push(upsert(day_key(day), doc! { "$inc": by }));
    }
    for ((day, kind), count) in &tally.types {
        all.push(upsert(type_key(day, kind), doc! { "$inc": { "count": count }, "$set": { "type": kind } }));
    }
    for ((day, user), count) in &tally.users {
        let update = doc! { "$inc": { "count": count }, "$set": { "userId": user.get() } };
        all.push(upsert(format!("user/{day}/{user}"), update));
    }
    for (user, count) in &tally.user_totals {
        all.push(upsert(user_key(*user), doc! { "$inc": { "count": count } }));
    }
    for ((day, product), sold) in &tally.products {
        let by = doc! { "quantity": sold.quantity, "revenueCents": sold.revenue_cents };
        let update = doc! { "$inc": by, "$set": { "productId": product.get() } };
        all.push(upsert(format!("product/{day}/{product}"), update));
        all.push(upsert(name_key(*product), doc! { "$set": { "name": &sold.name } }));
    }
    all
}

/// One command for all of them. (The driver's own bulk write needs MongoDB 8.)
async fn apply_updates(tx: &mut Transaction, statements: Vec<Document>) -> Result<()> {
    let database = tx.analyticsdb().await?;
    let update = doc! { "update": ROLLUPS, "updates": statements, "ordered": true };
    let response = tx.deadline.timed(database.run_command(update).session(&mut tx.session)).await?;
    check_write_errors(&response)
}
