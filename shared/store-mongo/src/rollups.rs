//! The rollups of analytics: one small document per day and heading, so that none grows without
//! bound and a dashboard reads only the days that it covers.
//!
//! | `_id` | holds |
//! |---|---|
//! | `day/2026-01-31` | events, orders, net revenue, refunds, reviews, ratings, funnel steps, event types |
//! | `type/2026-01-31/product.view` | events of this type on that day |
//! | `user/2026-01-31/7` | events of this user on that day |
//! | `product/2026-01-31/7` | units and revenue of that day |
//! | `total/7` | all events of a user |
//! | `name/7` | a product's name when it was last sold |

use std::collections::HashMap;

use domain::analytics::{DashboardTotals, DayTotals, EventTypeCount, Period, ProductSales, UserEventCount};
use domain::{Money, ProductId, UserId};
use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::timeout::Deadline;
use crate::{Mongo, Result};

pub(crate) const ROLLUPS: &str = "rollups";
/// The types of a day that has too many are counted under this name; no event type looks like it.
pub const OTHER_TYPES: &str = "(other)";

/// The maximum number of event types on a dashboard.
pub const TOP_TYPES: i64 = 100;
/// The maximum number of users and products on a dashboard.
pub const TOP_ROWS: i64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DayRow {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    events: i64,
    #[serde(default)]
    orders: i64,
    #[serde(default)]
    revenue_cents: i64,
    /// Days before refunds were counted have none.
    #[serde(default)]
    refunds_cents: i64,
    #[serde(default)]
    reviews: i64,
    #[serde(default)]
    stars: i64,
    #[serde(default)]
    steps: HashMap<String, i64>,
}

#[derive(Deserialize)]
struct TypeRow {
    #[serde(rename = "_id")]
    kind: String,
    count: i64,
}

#[derive(Deserialize)]
struct UserRow {
    #[serde(rename = "_id")]
    user: i32,
    count: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductRow {
    #[serde(rename = "_id")]
    product: i32,
    quantity: i64,
    revenue_cents: i64,
}

#[derive(Deserialize)]
struct NameRow {
    #[serde(rename = "_id")]
    id: String,
    name: String,
}

/// Reads the stored totals of a period, in parallel.
///
/// # Errors
/// When the store is unavailable.
pub async fn load_totals(mongo: &Mongo, period: &Period) -> Result<DashboardTotals> {
    let (from, to, deadline) = (period.from.day(), period.to.day(), Deadline::new());
    let rollups = mongo.analytics_collection::<Document>(ROLLUPS).await?;
    let range = |heading: &str| day_range(heading, &from, &to);
    let days = rollups.clone_with_type::<DayRow>();
    let days = deadline.timed(async { days.find(range("day")).await?.try_collect::<Vec<_>>().await });
    let types = top_sums::<TypeRow>(&rollups, deadline, range("type"), "type", &["count"], TOP_TYPES);
    let users = top_sums::<UserRow>(&rollups, deadline, range("user"), "userId", &["count"], TOP_ROWS);
    let products = top_sums::<ProductRow>(
        &rollups,
        deadline,
        range("product"),
        "productId",
        &["revenueCents", "quantity"],
        TOP_ROWS,
    );
    let (days, types, users, products) = tokio::try_join!(days, types, users, products)?;
    let names = product_names(&rollups, deadline, &products).await?;
    Ok(DashboardTotals {
        days: days.into_iter().map(to_day).collect(),
        types: types.into_iter().map(|row| EventTypeCount { kind: row.kind, count: row.count }).collect(),
        users: users
            .into_iter()
            .map(|row| UserEventCount { user_id: UserId::new(row.user), count: row.count })
            .collect(),
        products: products.into_iter().map(|row| to_product_sales(row, &names)).collect(),
    })
}

/// Documents of one heading from one day to another: `/` ends a day's name, and `0` follows it.
fn day_range(heading: &str, from: &str, to: &str) -> Document {
    doc! { "_id": { "$gte": format!("{heading}/{from}"), "$lt": format!("{heading}/{to}0") } }
}

/// The largest sums of `figures` by `key`, by the first of them; ties by the key.
async fn top_sums<T>(
    rollups: &Collection<Document>,
    deadline: Deadline,
    range: Document,
    key: &str,
    figures: &[&str],
    limit: i64,
) -> Result<Vec<T>>
where
    T: DeserializeOwned + Send + Sync + Unpin,
{
    let mut sums = doc! { "_id": format!("${key}") };
    sums.extend(figures.iter().map(|figure| ((*figure).to_owned(), Bson::from(doc! { "$sum": format!("${figure}") }))));
    let stages = [
        doc! { "$match": range },
        doc! { "$group": sums },
        doc! { "$sort": { figures[0]: -1, "_id": 1 } },
        doc! { "$limit": limit },
    ];
    deadline.timed(async { rollups.aggregate(stages).with_type::<T>().await?.try_collect().await }).await
}

async fn product_names(
    rollups: &Collection<Document>,
    deadline: Deadline,
    products: &[ProductRow],
) -> Result<HashMap<String, String>> {
    if products.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<String> = products.iter().map(|row| name_key(ProductId::new(row.product))).collect();
    let named = rollups.clone_with_type::<NameRow>();
    let find = named.find(doc! { "_id": { "$in": keys } });
    let rows: Vec<NameRow> = deadline.timed(async { find.await?.try_collect().await }).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

fn to_day(row: DayRow) -> (String, DayTotals) {
    let DayRow { id, events, orders, revenue_cents, refunds_cents, reviews, stars, steps } = row;
    let steps = domain::analytics::FUNNEL.map(|(step, _)| steps.get(step).copied().unwrap_or_default());
    let day = id.trim_start_matches("day/").to_owned();
    (day, DayTotals { events, orders, revenue_cents, refunds_cents, reviews, rating_sum: stars, funnel_steps: steps })
}

fn to_product_sales(row: ProductRow, names: &HashMap<String, String>) -> ProductSales {
    let product_id = ProductId::new(row.product);
    let name = names.get(&name_key(product_id)).cloned().unwrap_or_default();
    ProductSales { product_id, name, quantity: row.quantity, revenue: Money::from_cents(row.revenue_cents) }
}

pub(crate) fn day_key(day: &str) -> String {
    format!("day/{day}")
}

pub(crate) fn type_key(day: &str, kind: &str) -> String {
    format!("type/{day}/{kind}")
}

pub(crate) fn user_key(user: UserId) -> String {
    format!("total/{user}")
}

pub(crate) fn name_key(product: ProductId) -> String {
    format!("name/{product}")
}
