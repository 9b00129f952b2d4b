//! Keeps the catalogue's projections: what inventory has available, and what reviews add up to;
//! and makes cached copies forgotten whenever a product has changed.
//!
//! Facts come late, twice and out of order: each carries the version of its state, and an older
//! one never overwrites a newer. Facts about products that are gone are taken and change nothing.
//! Redis being away fails the records, so that a lost invalidation is made good by their retry.

use std::collections::HashSet;
use std::error::Error;
use std::time::Duration;

use domain::events::{DomainEvent, EventEnvelope};
use domain::{Problem, ProductId};
use runtime::{Clock, Env, ReadinessChecks, StoreCheck};
use store_postgres::{Database, products};
use store_redis::{Cache, CacheEntry, Redis};
use worker::sqs::{SqsBatchResponse, SqsEvent};

/// What the consumer stands on. Cheap to clone.
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
    /// When something is missing or unreadable.
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

/// Takes a batch: each fact is projected on its own, then all their cached copies are forgotten
/// at once.
pub async fn handle(app: &App, batch: SqsEvent, remaining_time: Duration) -> SqsBatchResponse {
    worker::process_then_finalize(
        batch,
        remaining_time,
        |event| project(app, event),
        |products| invalidate_products(app, products),
    )
    .await
}

/// Projects a fact; answers the product whose cached copies are stale, also where the fact was
/// known already: its first delivery may have failed after the projection.
async fn project(app: &App, event: EventEnvelope) -> Result<Option<ProductId>, Problem> {
    match event.payload {
        DomainEvent::StockChanged(fact) => {
            products::project_stock(&mut app.productdb.acquire().await?, fact).await?;
            Ok(Some(fact.product_id))
        }
        DomainEvent::RatingChanged(fact) => {
            products::project_rating(&mut app.productdb.acquire().await?, fact).await?;
            Ok(Some(fact.product_id))
        }
        DomainEvent::ProductChanged(fact) => Ok(Some(fact.product_id)),
        // Not told to this queue; one that comes all the same changes nothing here.
        DomainEvent::OrderStatusChanged(_) | DomainEvent::RefundIssued(_) | DomainEvent::ReviewChanged(_) => Ok(None),
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
