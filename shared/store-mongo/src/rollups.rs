//! The rollups of analytics: one small document per day and heading, so that none grows without
//! bound. A dashboard reads two documents of each day that it covers, by their ids.
//!
//! | `_id` | holds |
//! |---|---|
//! | `day/2026-01-31` | events, orders, net revenue, refunds, discounts, shipping, tax, reviews, ratings, funnel steps, event types |
//! | `type/2026-01-31/product.view` | events of this type on that day |
//! | `user/2026-01-31/7` | events of this user on that day |
//! | `product/2026-01-31/7` | units and revenue of that day |
//! | `total/7` | all events of a user |
//! | `name/7` | a product's name when it was last sold |
//! | `lists/2026-01-31` | the users, products and types of that day, see [`crate::day_lists`] |

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use domain::analytics::{
    DashboardTotals, DayTotals, EventTypeCount, OrderAmounts, Period, ProductSales, UserEventCount,
};
use domain::{Money, ProductId, UserId};
use futures::TryStreamExt;
use futures::future::try_join_all;
use mongodb::Collection;
use mongodb::bson::{Document, deserialize_from_document, doc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::day_lists::{DayLists, DayListsRow, lists_key};
use crate::list_rows::add_rows_of_days;
use crate::timeout::Deadline;
use crate::{Mongo, Result};

pub(crate) const ROLLUPS: &str = "rollups";
/// The types of a day that has too many are counted under this name; no event type looks like it.
pub const OTHER_TYPES: &str = "(other)";

/// The maximum number of event types on a dashboard.
pub const TOP_TYPES: usize = 100;
/// The maximum number of users and products on a dashboard.
pub const TOP_ROWS: usize = 10;
/// Ids of one read. SecantusDB compares each document with each of them.
const IDS_AT_ONCE: usize = 100;
/// Lists that lack the latest events are used on days with more events than this: at most a minute's
/// are missing. On other days the few rollups are read instead.
const SETTLED_EVENTS: i64 = 1_000;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DayRow {
    #[serde(default)]
    events: i64,
    #[serde(default)]
    orders: i64,
    #[serde(default)]
    revenue_cents: i64,
    /// Days before refunds were counted have none.
    #[serde(default)]
    refunds_cents: i64,
    /// Days before these three were counted have none.
    #[serde(default)]
    discounts_cents: i64,
    #[serde(default)]
    shipping_cents: i64,
    #[serde(default)]
    tax_cents: i64,
    #[serde(default)]
    reviews: i64,
    #[serde(default)]
    stars: i64,
    #[serde(default)]
    steps: HashMap<String, i64>,
}

#[derive(Deserialize)]
struct NameRow {
    #[serde(rename = "_id")]
    id: String,
    name: String,
}

/// Reads the stored totals of a period.
///
/// # Errors
/// When the store is unavailable.
pub async fn load_totals(mongo: &Mongo, period: &Period) -> Result<DashboardTotals> {
    let deadline = Deadline::new();
    let rollups = mongo.analytics_collection::<Document>(ROLLUPS).await?;
    let days: Vec<String> = period.days().collect();
    let keys: Vec<String> = days.iter().flat_map(|day| [day_key(day), lists_key(day)]).collect();
    let mut rows = find_by_ids(&rollups, deadline, &keys, doc! {}).await?;
    let (mut totals, mut lists, mut unlisted) = (BTreeMap::new(), DayLists::default(), Vec::new());
    for day in days {
        let Some(row) = rows.remove(&day_key(&day)) else { continue };
        let row: DayRow = decode(row)?;
        let stored = rows.remove(&lists_key(&day)).map(decode::<DayListsRow>).transpose()?;
        match stored.filter(|stored| stored.of == row.events || row.events > SETTLED_EVENTS) {
            Some(stored) => lists.add_row(&stored)?,
            None => unlisted.push(day.clone()),
        }
        totals.insert(day, to_day(row));
    }
    add_rows_of_days(&rollups, deadline, &unlisted, &mut lists).await?;
    let products = top(lists.products, TOP_ROWS, |(_, cents)| *cents);
    let names = product_names(&rollups, deadline, &products).await?;
    let to_type = |(kind, count)| EventTypeCount { kind, count };
    let to_user = |(user, count)| UserEventCount { user_id: UserId::new(user), count };
    Ok(DashboardTotals {
        days: totals,
        types: top(lists.types, TOP_TYPES, |count| *count).into_iter().map(to_type).collect(),
        users: top(lists.users, TOP_ROWS, |count| *count).into_iter().map(to_user).collect(),
        products: products.into_iter().map(|sold| to_product_sales(sold, &names)).collect(),
    })
}

/// Rollups by their ids.
pub(crate) async fn find_by_ids(
    rollups: &Collection<Document>,
    deadline: Deadline,
    ids: &[String],
    fields: Document,
) -> Result<HashMap<String, Document>> {
    let parts = ids.chunks(IDS_AT_ONCE).map(|ids| {
        let find = rollups.find(doc! { "_id": { "$in": ids.to_vec() } }).projection(fields.clone());
        deadline.timed(async move { find.await?.try_collect::<Vec<Document>>().await })
    });
    let rows = try_join_all(parts).await?.into_iter().flatten();
    Ok(rows.map(|row| (row.get_str("_id").unwrap_or_default().to_owned(), row)).collect())
}

fn decode<T: DeserializeOwned>(row: Document) -> Result<T> {
    Ok(deserialize_from_document(row).map_err(mongodb::error::Error::from)?)
}

/// The largest of them by `figure`; of equal ones the smaller key first.
fn top<K: Ord, V>(all: BTreeMap<K, V>, most: usize, figure: impl Fn(&V) -> i64) -> Vec<(K, V)> {
    let mut sorted: Vec<(K, V)> = all.into_iter().collect();
    sorted.sort_by_key(|(_, value)| Reverse(figure(value)));
    sorted.truncate(most);
    sorted
}

async fn product_names(
    rollups: &Collection<Document>,
    deadline: Deadline,
    products: &[(i32, (i64, i64))],
) -> Result<HashMap<String, String>> {
    if products.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<String> = products.iter().map(|(product, _)| name_key(ProductId::new(*product))).collect();
    let named = rollups.clone_with_type::<NameRow>();
    let find = named.find(doc! { "_id": { "$in": keys } });
    let rows: Vec<NameRow> = deadline.timed(async { find.await?.try_collect().await }).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

fn to_day(row: DayRow) -> DayTotals {
    let DayRow { events, orders, revenue_cents, refunds_cents, reviews, .. } = row;
    let DayRow { discounts_cents, shipping_cents, tax_cents, stars, steps, .. } = row;
    let amounts = OrderAmounts { discounts_cents, shipping_cents, tax_cents };
    let steps = domain::analytics::FUNNEL.map(|(step, _)| steps.get(step).copied().unwrap_or_default());
    DayTotals { events, orders, revenue_cents, refunds_cents, amounts, reviews, rating_sum: stars, funnel_steps: steps }
}

fn to_product_sales(sold: (i32, (i64, i64)), names: &HashMap<String, String>) -> ProductSales {
    let (product_id, (quantity, cents)) = (ProductId::new(sold.0), sold.1);
    let name = names.get(&name_key(product_id)).cloned().unwrap_or_default();
    ProductSales { product_id, name, quantity, revenue: Money::from_cents(cents) }
}

pub(crate) fn day_key(day: &str) -> String {
    format!("day/{day}")
}

pub(crate) fn type_key(day: &str, kind: &str) -> String {
    format!("type/{day}/{kind}")
}

pub(crate) fn user_day_key(day: &str, user: UserId) -> String {
    format!("user/{day}/{user}")
}

pub(crate) fn product_key(day: &str, product: ProductId) -> String {
    format!("product/{day}/{product}")
}

pub(crate) fn user_key(user: UserId) -> String {
    format!("total/{user}")
}

pub(crate) fn name_key(product: ProductId) -> String {
    format!("name/{product}")
}
