//! analyticsdb: the raw events, and the rollups that contain them.

use std::collections::BTreeMap;

use domain::analytics::{DayTotals, EventEffect, FUNNEL, OrderAmounts, PendingEvent, ProductSalesDelta, RollupDelta};
use domain::{EventId, OrderId, ProductId, UserId};
use futures::TryStreamExt;
use mongodb::bson::{Bson, DateTime, Document, Uuid, deserialize_from_document, doc};
use serde::Deserialize;

use super::pages::{existing_ids, find_page};
use crate::convert::{bson_uuid, event_id, timestamp};
use crate::day_lists::{DayLists, DayListsRow, lists_key};
use crate::events::EVENTS;
use crate::rollups::ROLLUPS;
use crate::timeout::timed_scan;
use crate::{Error, Mongo, Result};

/// Rollup documents read at once.
const PAGE_SIZE: i64 = 1_000;

#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// The id under which it was stored once.
    pub id: EventId,
    /// Whether it is in the rollups.
    pub counted: bool,
    /// The fields that count.
    pub event: PendingEvent,
    /// The order that it names.
    pub order: Option<OrderId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventRow {
    #[serde(rename = "_id")]
    id: Uuid,
    user_id: Option<i32>,
    event_type: String,
    timestamp: DateTime,
    effect: Option<EventEffect>,
    counted: bool,
    #[serde(default)]
    metadata: Document,
}

/// Events with ids after `after`, in order.
///
/// # Errors
/// When the store is unavailable.
pub async fn list_events(mongo: &Mongo, after: Option<EventId>, limit: i64) -> Result<Vec<StoredEvent>> {
    let fields = doc! { "userId": 1, "eventType": 1, "timestamp": 1, "effect": 1, "counted": 1, "metadata.orderId": 1 };
    let events = mongo.analytics_collection::<EventRow>(EVENTS).await?;
    let rows = find_page(&events, doc! {}, after.map(|id| bson_uuid(id).into()), fields, limit).await?;
    let stored = rows.into_iter().map(|row| StoredEvent {
        id: event_id(row.id),
        counted: row.counted,
        event: PendingEvent {
            user_id: row.user_id.map(UserId::new),
            event_type: row.event_type,
            timestamp: timestamp(row.timestamp),
            effect: row.effect,
        },
        order: order_id(&row.metadata),
    });
    Ok(stored.collect())
}

fn order_id(metadata: &Document) -> Option<OrderId> {
    let id = metadata.get("orderId")?;
    let id = id.as_i64().or_else(|| id.as_i32().map(i64::from))?;
    OrderId::checked(id).ok()
}

/// Those of these events that are stored.
///
/// # Errors
/// When the store is unavailable.
pub async fn existing_events(mongo: &Mongo, ids: &[EventId]) -> Result<Vec<EventId>> {
    existing_ids(&mongo.analytics_collection(EVENTS).await?, ids).await
}

/// All rollups as one delta. Names of products are left out: they depend on which sale was counted
/// last.
///
/// # Errors
/// When the store is unavailable, or a document is not what an aggregation writes.
pub async fn sum_rollups(mongo: &Mongo) -> Result<RollupDelta> {
    let rollups = mongo.analytics_collection::<Document>(ROLLUPS).await?;
    let (mut tally, mut after) = (RollupDelta::default(), None);
    loop {
        let rows = find_page(&rollups, doc! {}, after, doc! {}, PAGE_SIZE).await?;
        let last = rows.last().and_then(|row| row.get("_id")).cloned();
        let full = rows.len() as i64 == PAGE_SIZE;
        for row in rows {
            add_row(&mut tally, &row).ok_or_else(|| Error::InvalidDocument(format!("a figure is wrong: {row}")))?;
        }
        match last {
            Some(last) if full => after = Some(last),
            _ => return Ok(tally),
        }
    }
}

fn add_row(tally: &mut RollupDelta, row: &Document) -> Option<()> {
    let id = row.get_str("_id").ok()?;
    let figure = |name: &str| row.get(name).map_or(Some(0), Bson::as_i64);
    let (heading, rest) = id.split_once('/')?;
    match heading {
        "day" => {
            let figures = DayTotals {
                events: figure("events")?,
                orders: figure("orders")?,
                revenue_cents: figure("revenueCents")?,
                refunds_cents: figure("refundsCents")?,
                amounts: OrderAmounts {
                    discounts_cents: figure("discountsCents")?,
                    shipping_cents: figure("shippingCents")?,
                    tax_cents: figure("taxCents")?,
                },
                reviews: figure("reviews")?,
                rating_sum: figure("stars")?,
                funnel_steps: funnel_steps(row)?,
            };
            tally.days.insert(rest.to_owned(), figures);
        }
        "type" => {
            let (day, kind) = rest.split_once('/')?;
            tally.types.insert((day.to_owned(), kind.to_owned()), figure("count")?);
        }
        "user" => {
            let (day, user) = rest.split_once('/')?;
            tally.users.insert((day.to_owned(), user.parse().ok()?), figure("count")?);
        }
        "product" => {
            let (day, product) = rest.split_once('/')?;
            let product_id: ProductId = product.parse().ok()?;
            let (quantity, revenue_cents) = (figure("quantity")?, figure("revenueCents")?);
            let sold = ProductSalesDelta { product_id, name: String::new(), quantity, revenue_cents };
            tally.products.insert((day.to_owned(), product_id), sold);
        }
        "total" => drop(tally.user_totals.insert(rest.parse().ok()?, figure("count")?)),
        // Lists are derived from these rollups: see [`find_wrong_lists`].
        "name" | "lists" => {}
        _ => return None,
    }
    Some(())
}

fn funnel_steps(row: &Document) -> Option<[i64; FUNNEL.len()]> {
    let counts = row.get_document("steps").ok();
    let mut steps = [0; FUNNEL.len()];
    for (count, (step, _)) in steps.iter_mut().zip(FUNNEL) {
        *count = counts.and_then(|counts| counts.get(step)).map_or(Some(0), Bson::as_i64)?;
    }
    Some(steps)
}

/// Every rollup document by its `_id`, with its whole numbers.
///
/// # Errors
/// When the store is unavailable.
pub async fn load_rollups(mongo: &Mongo) -> Result<BTreeMap<String, BTreeMap<String, i64>>> {
    let rollups = mongo.analytics_collection::<Document>(ROLLUPS).await?;
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let rows = find_page(&rollups, doc! {}, after, doc! {}, PAGE_SIZE).await?;
        let full = rows.len() as i64 == PAGE_SIZE;
        after = rows.last().and_then(|row| row.get("_id")).cloned();
        for row in rows {
            let figures = row.iter().filter_map(|(name, value)| Some((name.clone(), value.as_i64()?))).collect();
            all.insert(row.get_str("_id").unwrap_or_default().to_owned(), figures);
        }
        if !full {
            return Ok(all);
        }
    }
}

/// The days whose lists contain all of the day's events and still differ from `rollups`.
///
/// # Errors
/// When the store is unavailable, or lists cannot be decoded.
pub async fn find_wrong_lists(mongo: &Mongo, rollups: &RollupDelta) -> Result<Vec<String>> {
    let stored = mongo.analytics_collection::<Document>(ROLLUPS).await?;
    let mut wrong = Vec::new();
    let days: Vec<&String> = rollups.days.keys().collect();
    for days in days.chunks(PAGE_SIZE as usize) {
        let keys: Vec<String> = days.iter().map(|day| lists_key(day)).collect();
        let find = stored.find(doc! { "_id": { "$in": keys } });
        let rows: Vec<Document> = timed_scan(async { find.await?.try_collect().await }).await?;
        for row in rows {
            let day = row.get_str("_id").ok().and_then(|id| id.split_once('/')).map_or("", |(_, day)| day).to_owned();
            let row: DayListsRow = deserialize_from_document(row).map_err(mongodb::error::Error::from)?;
            if row.cut || rollups.days.get(&day).is_none_or(|figures| figures.events != row.of) {
                continue;
            }
            let (mut listed, mut expected) = (DayLists::default(), DayLists::default());
            listed.add_row(&row)?;
            expected.add_delta(rollups, &day);
            if listed != expected {
                wrong.push(day);
            }
        }
    }
    Ok(wrong)
}
