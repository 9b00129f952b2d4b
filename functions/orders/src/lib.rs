//! Orders: placing, listing, reading and moving them.
//!
//! Owns the order of things at checkout's edge: price by the catalogue, then hand over to the
//! saga. Refuses a client's own prices, and anybody else's orders.

mod find;
mod list;
mod place;
#[cfg(debug_assertions)]
mod planted;
mod update;

use checkout::Checkout;
use futures::FutureExt;
use postgres::Database;
use redis_store::{Redis, Sessions};
use runtime::{Clock, Vars};
use web::{Check, Guard, Ready};

/// What the group works with. Connects on first use.
#[derive(Clone)]
pub struct App {
    checkout: Checkout,
    catalogue: Database,
    redis: Redis,
    guard: Guard,
}

impl App {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing; the error names it.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let redis = Redis::new(&redis_store::Config::read(vars)?)?;
        Ok(Self {
            checkout: Checkout::read(vars, postgres::Role::ORDERS, clock)?,
            catalogue: Database::new(postgres::Config::read(vars, postgres::Role::ORDERS, "PRODUCTDB_URL")?),
            guard: Guard::read(vars, Sessions::new(redis.clone()), clock.clone())?,
            redis,
        })
    }
}

impl AsRef<Guard> for App {
    fn as_ref(&self) -> &Guard {
        &self.guard
    }
}

impl Ready for App {
    fn checks(&self) -> Vec<Check> {
        let (orders, inventory) = (self.checkout.orders().clone(), self.checkout.inventory().clone());
        let (checkout, catalogue, redis) = (self.checkout.clone(), self.catalogue.clone(), self.redis.clone());
        vec![
            ("orderdb", async move { Ok(orders.ping().await?) }.boxed()),
            ("inventorydb", async move { Ok(inventory.ping().await?) }.boxed()),
            ("productdb", async move { Ok(catalogue.ping().await?) }.boxed()),
            ("payments", async move { checkout.processor().ping().await }.boxed()),
            ("redis", async move { Ok(redis.ping().await?) }.boxed()),
        ]
    }

    fn opened_at_start(&self) -> Vec<Check> {
        let queues = self.checkout.queues().clone();
        let mut all = self.checks();
        all.push(("queues", async move { queues.open().await }.boxed()));
        all
    }
}

web::group!("orders", App: place::place_order [PlaceOrder], list::list_orders, find::find_order, update::update_order);
