//! The catalog: owns productdb and the cache before it; writes go through `catalog`, which changes
//! productdb and inventorydb together.
//!
//! Reads are cache-aside and never need Redis. A write commits first, then invalidates every cached
//! copy, then responds; the outbox publishes the same, in case Redis was unavailable at that
//! moment. Not the source of truth for stock and rating: it shows what inventory and reviews
//! published last.

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

/// The dependencies of the use cases. Cheap to clone.
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
    /// When something is missing or invalid.
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

web::endpoints!("products", App:
    list::list_products { access: Anyone, query: "q=mug&sort=price&limit=3" },
    categories::list_categories { access: Anyone },
    find::find_product { access: Anyone },
    add::add_product {
        access: Admin, repeat: IdempotencyKey,
        body: {"name": "Stoneware mug", "price": 18.5, "stock": 40, "category": "kitchen"}
    },
    replace::replace_product {
        access: Admin, repeat: Safe("it writes the whole product"),
        body: {"name": "Stoneware mug", "price": 17.9, "category": "kitchen"}
    },
    remove::remove_product { access: Admin, repeat: Safe("a product is removed once") },
);
