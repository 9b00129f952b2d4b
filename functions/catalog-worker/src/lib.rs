//! Maintains the catalog's projections, the available stock and the ratings, and invalidates cached
//! copies whenever a product has changed.
//!
//! Events arrive late, twice and out of order: each carries the version of its state, and an older
//! one never overwrites a newer one. Events about removed products are acknowledged and change
//! nothing. An unavailable Redis fails the records, so that their retry makes up for a lost
//! invalidation.

use std::collections::HashSet;
use std::error::Error;
use std::time::Duration;

use domain::events::{DomainEvent, EventEnvelope};
use domain::{Problem, ProductId};
use runtime::{Clock, Env, ReadinessChecks, StoreCheck};
use store_postgres::{Database, products};
use store_redis::{Cache, CacheEntry, Redis};
use worker::sqs::{SqsBatchResponse, SqsEvent};

/// The dependencies of the consumer. Cheap to clone.
#[derive(Clone)]
pub struct App {
    productdb: Database,
    redis: Redis,
    cache: Cache,
    clock: Clock,
}

impl App {
    /// Reads `PRODUCTDB_URL` and `REDIS_URL`.
    ///
    /// # Errors
    /// When something is missing or invalid.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        Ok(Self {
            productdb: Database::new(store_postgres::Config::from_env(
                env,
                store_postgres::Role::CATALOG_WORKER,
                "PRODUCTDB_URL",
            )?),
            cache: Cache::new(redis.clone()),
            redis,
            clock: clock.clone(),
        })
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (productdb, redis) = (self.productdb.clone(), self.redis.clone());
        vec![
            ("productdb", Box::pin(async move { Ok(productdb.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

/// Processes a batch: each event is projected by itself, then all cached copies are invalidated
/// together.
pub async fn handle(app: &App, batch: SqsEvent, remaining_time: Duration) -> SqsBatchResponse {
    worker::process_then_finalize(
        batch,
        remaining_time,
        |event| project(app, event),
        |products| invalidate_products(app, products),
    )
    .await
}

/// Projects an event; returns the product whose cached copies are stale, even for a known event:
/// its first delivery may have failed after the projection.
async fn project(app: &App, event: EventEnvelope) -> Result<Option<ProductId>, Problem> {
    match event.payload {
        DomainEvent::StockChanged(change) => {
            products::project_stock(&mut app.productdb.acquire().await?, change).await?;
            Ok(Some(change.product_id))
        }
        DomainEvent::RatingChanged(change) => {
            products::project_rating(&mut app.productdb.acquire().await?, change).await?;
            Ok(Some(change.product_id))
        }
        DomainEvent::ProductChanged(change) => Ok(Some(change.product_id)),
        // Not published to this queue; such an event changes nothing here.
        DomainEvent::OrderStatusChanged(_)
        | DomainEvent::RefundIssued(_)
        | DomainEvent::ReturnChanged(_)
        | DomainEvent::ReviewChanged(_)
        | DomainEvent::VerificationRequested(_)
        | DomainEvent::OrderTakenOver(_) => Ok(None),
    }
}

async fn invalidate_products(app: &App, products: Vec<Option<ProductId>>) -> Result<(), Problem> {
    let products: HashSet<ProductId> = products.into_iter().flatten().collect();
    if products.is_empty() {
        return Ok(());
    }
    let mut entries: Vec<CacheEntry> = products.into_iter().map(CacheEntry::product).collect();
    entries.push(CacheEntry::product_lists());
    let nonce = format!("{:x}", app.clock.random());
    Ok(app.cache.invalidate(&entries, &nonce).await?)
}
