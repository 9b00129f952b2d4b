//! Keyset pagination over an index that ends with `_id`.

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};
use serde::de::DeserializeOwned;

use crate::Result;
use crate::timeout::Deadline;

/// A list's order: one field, ties broken by `_id` in the same direction.
pub(crate) struct SortOrder {
    pub(crate) field: &'static str,
    pub(crate) descending: bool,
}

/// The first `rows` documents of `filter` after the position `after`.
///
/// Two ranges of the index, the rest of the tie and what follows it, instead of an `$or`, which not
/// every server answers from an index.
pub(crate) async fn find_page<T>(
    collection: &Collection<T>,
    filter: &Document,
    order: &SortOrder,
    after: Option<(Bson, Bson)>,
    rows: i64,
) -> Result<Vec<T>>
where
    T: DeserializeOwned + Send + Sync + Unpin,
{
    let (direction, behind) = if order.descending { (-1, "$lt") } else { (1, "$gt") };
    let sort = doc! { order.field: direction, "_id": direction };
    let (deadline, mut found) = (Deadline::new(), Vec::new());
    let mut rest = filter.clone();
    if let Some((key, id)) = after {
        let mut tie = filter.clone();
        tie.insert(order.field, key.clone());
        tie.insert("_id", doc! { behind: id });
        found = find(collection, deadline, tie, sort.clone(), rows).await?;
        rest.insert(order.field, doc! { behind: key });
    }
    let missing = rows - found.len() as i64;
    if missing > 0 {
        found.extend(find(collection, deadline, rest, sort, missing).await?);
    }
    Ok(found)
}

async fn find<T>(
    collection: &Collection<T>,
    deadline: Deadline,
    filter: Document,
    sort: Document,
    rows: i64,
) -> Result<Vec<T>>
where
    T: DeserializeOwned + Send + Sync + Unpin,
{
    deadline.timed(async { collection.find(filter).sort(sort).limit(rows).await?.try_collect().await }).await
}
