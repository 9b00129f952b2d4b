//! The rollups that a day's lists are made of, read when there are no lists.

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use serde::Deserialize;

use crate::Result;
use crate::day_lists::DayLists;
use crate::timeout::Deadline;

/// Rollups read at once.
const PAGE_SIZE: i64 = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListRow {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    count: i64,
    #[serde(default)]
    quantity: i64,
    #[serde(default)]
    revenue_cents: i64,
}

/// Adds the rollups of these days, which are in order. They are read in the order of their ids, as one
/// range per heading.
///
/// # Errors
/// When the store is unavailable, or does not send all of them before the deadline.
pub(crate) async fn add_rows_of_days(
    rollups: &Collection<Document>,
    deadline: Deadline,
    days: &[String],
    lists: &mut DayLists,
) -> Result<()> {
    let (Some(from), Some(to)) = (days.first(), days.last()) else { return Ok(()) };
    let rollups = rollups.clone_with_type::<ListRow>();
    for heading in ["user", "product", "type"] {
        // `/` ends a day, and `0` follows it.
        let (mut after, end) = (format!("{heading}/{from}/"), format!("{heading}/{to}0"));
        loop {
            let find = rollups.find(doc! { "_id": { "$gt": &after, "$lt": &end } });
            let fields = doc! { "count": 1, "quantity": 1, "revenueCents": 1 };
            let find = find.projection(fields).sort(doc! { "_id": 1 }).limit(PAGE_SIZE);
            let rows: Vec<ListRow> = deadline.timed(async { find.await?.try_collect().await }).await?;
            let (full, last) = (rows.len() as i64 == PAGE_SIZE, rows.last().map(|row| row.id.clone()));
            rows.iter().for_each(|row| add_row(row, days, lists));
            match last {
                Some(last) if full => after = last,
                _ => break,
            }
        }
    }
    Ok(())
}

/// Adds `user/2026-01-31/7` if it is of one of these days.
fn add_row(row: &ListRow, days: &[String], lists: &mut DayLists) {
    let mut parts = row.id.splitn(3, '/');
    let (Some(heading), Some(day), Some(subject)) = (parts.next(), parts.next(), parts.next()) else { return };
    if days.binary_search_by(|other| other.as_str().cmp(day)).is_err() {
        return;
    }
    match (heading, subject.parse()) {
        ("user", Ok(user)) => *lists.users.entry(user).or_default() += row.count,
        ("product", Ok(product)) => {
            let sales = lists.products.entry(product).or_default();
            *sales = (sales.0 + row.quantity, sales.1 + row.revenue_cents);
        }
        ("type", _) => *lists.types.entry(subject.to_owned()).or_default() += row.count,
        _ => {}
    }
}
