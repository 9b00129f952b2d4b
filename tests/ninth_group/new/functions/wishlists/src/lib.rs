//! Wishlists: owns what customers want to remember. Knows no price and no stock.

use std::error::Error;

use runtime::{Clock, Env};
use store_postgres::Database;
use store_redis::{Redis, Sessions};
use web::{Authenticator, ReadinessChecks, StoreCheck};

mod add;
mod list;
mod remove;

/// What the use cases stand on. Cheap to clone.
#[derive(Clone)]
pub struct App {
    db: Database,
    redis: Redis,
    authenticator: Authenticator,
    clock: Clock,
}

impl App {
    /// Reads `USERDB_URL`, `REDIS_URL` and `TOKEN_KEYS`.
    ///
    /// # Errors
    /// When something is missing or unreadable.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        Ok(Self {
            db: Database::new(store_postgres::Config::from_env(env, store_postgres::Role::WISHLISTS, "USERDB_URL")?),
            authenticator: Authenticator::from_env(env, Sessions::new(redis.clone()), clock.clone())?,
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
        let (db, redis) = (self.db.clone(), self.redis.clone());
        vec![
            ("userdb", Box::pin(async move { Ok(db.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::endpoints!("wishlists", App:
    list::list_wishlist { access: Customer },
    add::add_to_wishlist { access: Customer, repeat: Safe("a product is on a list once") },
    remove::remove_from_wishlist { access: Customer, repeat: Safe("a product is removed once") },
);
