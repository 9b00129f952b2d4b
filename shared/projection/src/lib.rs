//! The stock that the catalog shows: a copy of inventorydb's, which the one who has changed the stock
//! brings up to date at once.
//!
//! It saves a message with its receipt and deletion for each purchase. What fails here, and what other
//! writers change, arrives through the catalog's queue. Both compare the event's version with the
//! row's, so neither undoes the other.

use std::collections::BTreeMap;

use domain::ProductId;
use domain::events::{DomainEvent, EventEnvelope, StockChanged};
use domain::{Problem, Result};
use runtime::Clock;
use store_postgres::{Database, products};
use store_redis::{Cache, CacheEntry};

/// The catalog's stock, and the cached pages that show it. Cheap to clone.
#[derive(Clone)]
pub struct StockProjection {
    productdb: Database,
    cache: Cache,
    clock: Clock,
}

impl StockProjection {
    pub fn new(productdb: Database, cache: Cache, clock: Clock) -> Self {
        Self { productdb, cache, clock }
    }

    /// Writes the newest stock of each product, then invalidates its cached copies.
    ///
    /// # Errors
    /// When productdb or Redis is unavailable, or an event is of another kind: publish them then.
    pub async fn apply(&self, events: Vec<EventEnvelope>) -> Result<()> {
        let mut newest: BTreeMap<ProductId, StockChanged> = BTreeMap::new();
        for event in events {
            let DomainEvent::StockChanged(change) = event.payload else {
                return Err(Problem::internal("an event that is not about stock"));
            };
            let known = newest.entry(change.product_id).or_insert(change);
            if known.version < change.version {
                *known = change;
            }
        }
        let changes: Vec<StockChanged> = newest.into_values().collect();
        products::project_stocks(&mut self.productdb.acquire().await?, &changes).await?;
        let mut entries: Vec<CacheEntry> =
            changes.iter().map(|change| CacheEntry::product(change.product_id)).collect();
        entries.push(CacheEntry::product_lists());
        Ok(self.cache.invalidate(&entries, &format!("{:x}", self.clock.random())).await?)
    }
}
