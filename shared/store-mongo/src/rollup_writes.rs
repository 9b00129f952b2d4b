//! What an aggregation writes: the rollups, and the lists of their days, in one command.

use std::collections::{BTreeMap, HashMap};

use domain::analytics::{FUNNEL, RollupDelta};
use futures::TryStreamExt;
use mongodb::bson::{Document, deserialize_from_document, doc};

use crate::day_lists::{DayLists, DayListsRow, lists_key};
use crate::error::check_write_errors;
use crate::rollups::{OTHER_TYPES, ROLLUPS, day_key, name_key, product_key, type_key, user_day_key, user_key};
use crate::{Result, Transaction};

/// The number of event types that a day lists by name. Any client may invent types, and a dashboard
/// reads them all: those beyond are counted together.
const MAX_TYPES_PER_DAY: usize = 200;

/// Adds `delta` to the rollups and to the lists of its days.
pub(crate) async fn add(tx: &mut Transaction, delta: &mut RollupDelta) -> Result<()> {
    let stored = StoredDays::find(tx, delta).await?;
    let fresh = stored.cap_event_types(delta);
    let mut updates = rollup_updates(delta, &fresh);
    for day in delta.days.keys() {
        updates.extend(stored.lists_update(delta, day)?);
    }
    // One command for all of them. (The driver's own bulk write needs MongoDB 8.)
    let database = tx.analyticsdb().await?;
    let update = doc! { "update": ROLLUPS, "updates": updates, "ordered": true };
    let response = tx.deadline.timed(database.run_command(update).session(&mut tx.session)).await?;
    check_write_errors(&response)
}

/// The documents of the affected days, by their ids, as this transaction sees them. Whatever is
/// concluded from them is exact, because every aggregation writes the day's own document.
struct StoredDays(HashMap<String, Document>);

impl StoredDays {
    async fn find(tx: &mut Transaction, delta: &RollupDelta) -> Result<Self> {
        let keys: Vec<String> = delta
            .days
            .keys()
            .flat_map(|day| [day_key(day), lists_key(day)])
            .chain(delta.types.keys().map(|(day, kind)| type_key(day, kind)))
            .collect();
        let rollups = tx.analytics_collection::<Document>(ROLLUPS).await?;
        let fields = doc! { "types": 1, "events": 1, "of": 1, "cut": 1, "users": 1, "products": 1, "kinds": 1 };
        let find = rollups.find(doc! { "_id": { "$in": keys } }).projection(fields);
        let (deadline, session) = (tx.deadline, &mut tx.session);
        let rows = async {
            let mut cursor = find.session(&mut *session).await?;
            cursor.stream(session).try_collect::<Vec<Document>>().await
        };
        let rows = deadline.timed(rows).await?.into_iter();
        Ok(Self(rows.map(|row| (row.get_str("_id").unwrap_or_default().to_owned(), row)).collect()))
    }

    fn figure(&self, id: &str, name: &str) -> i64 {
        self.0.get(id).and_then(|row| row.get_i64(name).ok()).unwrap_or_default()
    }

    /// Counts types under [`OTHER_TYPES`] if their day has no room for more; returns how many types
    /// are new on each day.
    fn cap_event_types(&self, delta: &mut RollupDelta) -> BTreeMap<String, usize> {
        let mut fresh: BTreeMap<String, usize> = BTreeMap::new();
        let mut named = BTreeMap::new();
        for ((day, kind), count) in std::mem::take(&mut delta.types) {
            if self.0.contains_key(&type_key(&day, &kind)) {
                *named.entry((day, kind)).or_default() += count;
                continue;
            }
            let there = self.figure(&day_key(&day), "types") as usize;
            let new = fresh.entry(day.clone()).or_default();
            if there + *new < MAX_TYPES_PER_DAY {
                *new += 1;
                *named.entry((day, kind)).or_default() += count;
            } else {
                *named.entry((day, OTHER_TYPES.to_owned())).or_default() += count;
            }
        }
        delta.types = named;
        fresh
    }

    /// The new lists of a day; none if the stored ones do not contain all of its events (an older
    /// version has aggregated, or they are too long): they are made again from the rollups later.
    fn lists_update(&self, delta: &RollupDelta, day: &str) -> Result<Option<Document>> {
        let before = self.figure(&day_key(day), "events");
        let mut lists = DayLists::default();
        if let Some(stored) = self.0.get(&lists_key(day)) {
            let row: DayListsRow = deserialize_from_document(stored.clone()).map_err(mongodb::error::Error::from)?;
            if row.cut || row.of != before {
                return Ok(None);
            }
            lists.add_row(&row)?;
        } else if before > 0 {
            return Ok(None);
        }
        lists.add_delta(delta, day);
        let after = before + delta.days.get(day).map_or(0, |figures| figures.events);
        Ok(lists.fits().then(|| upsert(lists_key(day), doc! { "$set": lists.to_document(after) })))
    }
}

fn upsert(id: String, update: Document) -> Document {
    doc! { "q": { "_id": id }, "u": update, "upsert": true }
}

fn rollup_updates(delta: &RollupDelta, fresh: &BTreeMap<String, usize>) -> Vec<Document> {
    let mut all = Vec::new();
    for (day, figures) in &delta.days {
        let mut by = doc! {
            "events": figures.events,
            "orders": figures.orders,
            "revenueCents": figures.revenue_cents,
            "refundsCents": figures.refunds_cents,
            "discountsCents": figures.amounts.discounts_cents,
            "shippingCents": figures.amounts.shipping_cents,
            "taxCents": figures.amounts.tax_cents,
            "reviews": figures.reviews,
            "stars": figures.rating_sum,
            "types": fresh.get(day).copied().unwrap_or_default() as i64,
        };
        by.extend(
            FUNNEL.iter().zip(figures.funnel_steps).map(|((step, _), count)| (format!("steps.{step}"), count.into())),
        );
        all.push(upsert(day_key(day), doc! { "$inc": by }));
    }
    for ((day, kind), count) in &delta.types {
        all.push(upsert(type_key(day, kind), doc! { "$inc": { "count": count }, "$set": { "type": kind } }));
    }
    for ((day, user), count) in &delta.users {
        let update = doc! { "$inc": { "count": count }, "$set": { "userId": user.get() } };
        all.push(upsert(user_day_key(day, *user), update));
    }
    for (user, count) in &delta.user_totals {
        all.push(upsert(user_key(*user), doc! { "$inc": { "count": count } }));
    }
    // Days are in order: a name is the last one under which the product was sold.
    let mut names = BTreeMap::new();
    for ((day, product), sold) in &delta.products {
        let by = doc! { "quantity": sold.quantity, "revenueCents": sold.revenue_cents };
        let update = doc! { "$inc": by, "$set": { "productId": product.get() } };
        all.push(upsert(product_key(day, *product), update));
        names.insert(*product, &sold.name);
    }
    all.extend(names.into_iter().map(|(product, name)| upsert(name_key(product), doc! { "$set": { "name": name } })));
    all
}
