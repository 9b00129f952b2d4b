//! Creates or updates collections and indexes at every deploy; safe to repeat.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};
use tokio::time::Instant;

use crate::timeout::timed_migration;
use crate::{Mongo, Result, events, outbox, reviews, rollups};

/// The pause between two attempts.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// Creates what is missing. An unavailable server (starting, electing a primary) is retried for as
/// long as `max_wait`.
///
/// # Errors
/// When the server rejects a request; what was created before stays.
pub async fn run(mongo: &Mongo, max_wait: Duration) -> Result<()> {
    let until = Instant::now() + max_wait;
    loop {
        match create_collections(mongo).await {
            Err(error) if error.is_unavailable() && Instant::now() + RETRY_DELAY < until => {
                tracing::warn!(%error, "MongoDB is not available yet: the migrations are tried again.");
                tokio::time::sleep(RETRY_DELAY).await;
            }
            outcome => return outcome,
        }
    }
}

/// Collections are created before they are used, since a transaction that creates one conflicts
/// with every other.
async fn create_collections(mongo: &Mongo) -> Result<()> {
    let (reviewdb, analyticsdb) = (mongo.reviewdb().await?, mongo.analyticsdb().await?);
    let newest = doc! { "productId": 1, "createdAt": -1, "_id": -1 };
    let by_rating = doc! { "productId": 1, "rating": 1, "_id": 1 };
    let once = IndexOptions::builder().name(reviews::ONE_PER_USER.to_owned()).unique(true).build();
    let once = IndexModel::builder().keys(doc! { "productId": 1, "userId": 1 }).options(once).build();
    // For completing what a crash left. Not sparse: DocumentDB uses a sparse index for `$exists` only.
    let pending = index("pending", doc! { "pendingSince": 1 });
    let indexes = [once, index("newest", newest), index("by_rating", by_rating), pending];
    create_collection(&reviewdb, reviews::REVIEWS, indexes).await?;
    create_collection(&reviewdb, reviews::RATINGS, []).await?;

    let unsent = index("unsent_by_age", doc! { "sent": 1, "createdAt": 1, "_id": 1 });
    // For republishing after a queue was lost.
    let by_age = index("by_age", doc! { "createdAt": 1, "_id": 1 });
    let sent = IndexOptions::builder().name("sent".to_owned()).expire_after(outbox::SENT_RETENTION).build();
    let sent = IndexModel::builder().keys(doc! { "sentAt": 1 }).options(sent).build();
    create_collection(&reviewdb, outbox::OUTBOX, [unsent, by_age, sent]).await?;

    let of_user = index("of_user", doc! { "userId": 1, "timestamp": -1, "_id": -1 });
    let uncounted = IndexOptions::builder().name(events::PENDING_INDEX.to_owned());
    let uncounted = uncounted.partial_filter_expression(doc! { "counted": false }).build();
    let uncounted = IndexModel::builder().keys(doc! { "userId": 1, "timestamp": 1 }).options(uncounted).build();
    // For purging old counted events.
    let counted = index("counted", doc! { "countedAt": 1 });
    create_collection(&analyticsdb, events::EVENTS, [of_user, uncounted, counted]).await?;
    create_collection(&analyticsdb, rollups::ROLLUPS, []).await
}

fn index(name: &str, keys: Document) -> IndexModel {
    IndexModel::builder().keys(keys).options(IndexOptions::builder().name(name.to_owned()).build()).build()
}

async fn create_collection(
    database: &Database,
    name: &str,
    indexes: impl IntoIterator<Item = IndexModel>,
) -> Result<()> {
    let indexes: Vec<IndexModel> = indexes.into_iter().collect();
    if !indexes.is_empty() {
        return timed_migration(database.collection::<Document>(name).create_indexes(indexes)).await.map(drop);
    }
    match timed_migration(database.create_collection(name)).await {
        Err(error) if error.is_namespace_exists() => Ok(()),
        other => other,
    }
}
