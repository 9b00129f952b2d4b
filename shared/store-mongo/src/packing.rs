//! Makes the lists of days that have none, or incomplete ones: days that an older version aggregated,
//! and days that are too long for an aggregation to write them each time.

use std::time::Duration;

use domain::Timestamp;
use domain::analytics::{Days, Period};
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use tokio::time::Instant;

use crate::day_lists::{DayLists, lists_key};
use crate::list_rows::add_rows_of_days;
use crate::rollups::{ROLLUPS, day_key, find_by_ids};
use crate::timeout::{Deadline, timed};
use crate::{Mongo, Result};

/// Makes the lists of the days that a dashboard can cover, the latest first, for about as long as
/// `budget`. Returns how many days.
///
/// # Errors
/// When the store is unavailable; the lists that were made stay.
pub async fn pack_days(mongo: &Mongo, budget: Duration) -> Result<usize> {
    let until = Instant::now() + budget;
    let rollups = mongo.analytics_collection::<Document>(ROLLUPS).await?;
    let mut packed = 0;
    for day in unlisted_days(&rollups, mongo.clock().now()).await? {
        packed += usize::from(pack_day(&rollups, &day).await?);
        if Instant::now() >= until {
            break;
        }
    }
    Ok(packed)
}

/// A day whose lists do not contain all of its events.
struct UnlistedDay {
    day: String,
    /// Its events.
    events: i64,
    /// Those in its lists, if it has any.
    listed: Option<i64>,
}

async fn unlisted_days(rollups: &Collection<Document>, now: Timestamp) -> Result<Vec<UnlistedDay>> {
    let period = Period { from: now.plus_seconds(-i64::from(Days::MAX) * 24 * 3600), to: now };
    let mut days: Vec<String> = period.days().collect();
    days.reverse();
    let keys: Vec<String> = days.iter().flat_map(|day| [day_key(day), lists_key(day)]).collect();
    let rows = find_by_ids(rollups, Deadline::for_scan(), &keys, doc! { "events": 1, "of": 1 }).await?;
    let figure = |id: &str, name: &str| rows.get(id).and_then(|row| row.get_i64(name).ok());
    let unlisted = days.into_iter().filter_map(|day| {
        let events = figure(&day_key(&day), "events")?;
        let listed = figure(&lists_key(&day), "of");
        (listed != Some(events)).then_some(UnlistedDay { day, events, listed })
    });
    Ok(unlisted.collect())
}

/// Makes a day's lists, unless its rollups or its lists change meanwhile: then it is another
/// aggregation's turn, or the next run's.
async fn pack_day(rollups: &Collection<Document>, unlisted: &UnlistedDay) -> Result<bool> {
    let UnlistedDay { day, events, listed } = unlisted;
    let mut lists = DayLists::default();
    add_rows_of_days(rollups, Deadline::for_scan(), std::slice::from_ref(day), &mut lists).await?;
    // Each aggregation that changes the rollups of a day adds to its events.
    let unchanged = timed(rollups.find_one(doc! { "_id": day_key(day), "events": events })).await?.is_some();
    if !unchanged {
        return Ok(false);
    }
    let document = lists.to_document(*events);
    let Some(listed) = listed else {
        let insert = rollups.update_one(doc! { "_id": lists_key(day) }, doc! { "$setOnInsert": document });
        return Ok(timed(insert.upsert(true)).await?.upserted_id.is_some());
    };
    let replace = rollups.update_one(doc! { "_id": lists_key(day), "of": listed }, doc! { "$set": document });
    Ok(timed(replace).await?.modified_count > 0)
}
