//! Whole collections, page by page in the order of their ids.

use domain::EventId;
use futures::TryStreamExt;
use mongodb::bson::{Bson, Document, Uuid, doc};
use mongodb::{Collection, Cursor};
use serde::de::DeserializeOwned;

use crate::Result;
use crate::convert::{IdRow, bson_uuid, event_id};
use crate::timeout::timed_scan;

/// The first `limit` documents with ids after `after`, in order.
pub(super) async fn find_page<T>(
    collection: &Collection<T>,
    filter: Document,
    after: Option<Bson>,
    fields: Document,
    limit: i64,
) -> Result<Vec<T>>
where
    T: DeserializeOwned + Send + Sync + Unpin,
{
    let mut filter = filter;
    if let Some(after) = after {
        filter.insert("_id", doc! { "$gt": after });
    }
    let find = collection.find(filter).projection(fields).sort(doc! { "_id": 1 }).limit(limit);
    let all = |cursor: Cursor<T>| cursor.try_collect::<Vec<T>>();
    timed_scan(async { all(find.await?).await }).await
}

/// Which of these ids a collection has.
pub(super) async fn existing_ids(collection: &Collection<IdRow>, ids: &[EventId]) -> Result<Vec<EventId>> {
    let ids: Vec<Uuid> = ids.iter().copied().map(bson_uuid).collect();
    let find = collection.find(doc! { "_id": { "$in": ids } }).projection(doc! { "_id": 1 });
    let rows: Vec<IdRow> = timed_scan(async { find.await?.try_collect().await }).await?;
    Ok(rows.into_iter().map(|row| event_id(row.id)).collect())
}
