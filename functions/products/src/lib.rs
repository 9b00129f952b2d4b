//! The catalogue: owns productdb and the cache before it; writes go through `catalog`, which moves
//! productdb and inventorydb together.
//!
//! Reads are cache-aside and never need Redis. A write commits first, then makes every cached
//! copy forgotten, then answers; the same is told through the outbox, for the case that Redis was
//! away at that moment. Refuses to be the truth for stock and rating: it shows what inventory and
//! reviews said last.

use std::error::Error;

use catalog::Catalog;
use runtime::{Clock, Env};
use store_redis::{Cache, Redis, Sessions};
use web::{Authenticator, ReadinessChecks, StoreCheck};

mod add;
mod cache_aside;
mod categories;
mod find;
mod list;
mod page_codec;
mod product_input;
mod remove;
mod replace;

/// What the use cases stand on. Cheap to clone.
#[derive(Clone)]
pub struct App {
    catalog: Catalog,
    redis: Redis,
    cache: Cache,
    authenticator: Authenticator,
    clock: Clock,
}

impl App {
    /// Reads `PRODUCTDB_URL`, `INVENTORYDB_URL`, `REDIS_URL`, `CATALOG_QUEUE_URL` and `TOKEN_KEYS`.
    ///
    /// # Errors
    /// When something is missing or unreadable.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        Ok(Self {
            catalog: Catalog::from_env(env, store_postgres::Role::PRODUCTS, clock)?,
            authenticator: Authenticator::from_env(env, Sessions::new(redis.clone()), clock.clone())?,
            cache: Cache::new(redis.clone()),
            redis,
            clock: clock.clone(),
        })
    }
}

impl AsRef<Authenticator> for App {
    fn as_ref(&self) -> &Authenticator {
        &self.authenticator
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (productdb, inventorydb) = (self.catalog.products().clone(), self.catalog.inventory().clone());
        let redis = self.redis.clone();
        vec![
            ("productdb", Box::pin(async move { Ok(productdb.ping().await?) })),
            ("inventorydb", Box::pin(async move { Ok(inventorydb.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::endpoints!(
    "products",
    App: list::list_products,
    categories::list_categories,
    find::find_product,
    add::add_product,
    replace::replace_product,
    remove::remove_product,
);
