//! What an operator's reconciliation reads: whole collections, page by page in the order of their
//! ids. Writes nothing; judges nothing.

mod analytics;
mod retention;
mod reviews;

use domain::EventId;
use mongodb::bson::{Bson, Document, doc};
use mongodb::{Collection, Cursor};
use serde::de::DeserializeOwned;

use futures::TryStreamExt;

use crate::Result;
use crate::connection::timed_scan;

pub use analytics::{StoredEvent, existing_events, list_events, sum_rollups};
pub use retention::{oldest_overdue_event, oldest_overdue_outbox_event};
pub use reviews::{
    OutboxRecord, ReviewRecord, existing_outbox_events, find_reviews, list_outbox, list_reviews, load_ratings,
};

/// The first `limit` documents behind the id `after`, in the order of their ids.
async fn find_page<T>(
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
async fn existing_ids(collection: &Collection<IdRow>, ids: &[EventId]) -> Result<Vec<EventId>> {
    let ids: Vec<mongodb::bson::Uuid> = ids.iter().copied().map(crate::outbox::bson_uuid).collect();
    let find = collection.find(doc! { "_id": { "$in": ids } }).projection(doc! { "_id": 1 });
    let rows: Vec<IdRow> = timed_scan(async { find.await?.try_collect().await }).await?;
    Ok(rows.into_iter().map(|row| event_id(row.id)).collect())
}

#[derive(serde::Deserialize)]
struct IdRow {
    #[serde(rename = "_id")]
    id: mongodb::bson::Uuid,
}

fn event_id(id: mongodb::bson::Uuid) -> EventId {
    EventId::new(uuid::Uuid::from_bytes(id.bytes()))
}
