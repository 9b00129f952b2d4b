//! Payments: paying again for an order whose card was declined, reading payments, refunding.
//!
//! Refuses card numbers, amounts that are not the order's, and anybody else's payments. The first
//! payment of an order is made by placing it.

mod find;
mod list;
mod pay;
mod refund;
mod refund_schema;

use checkout::Checkout;
use domain::orders::Order;
use domain::{OrderId, Problem};
use futures::FutureExt;
use postgres::Database;
use redis_store::{Redis, Sessions};
use runtime::{Clock, Vars};
use web::{Check, Customer, Guard, Ready};

/// What the group works with. Connects on first use.
#[derive(Clone)]
pub struct App {
    checkout: Checkout,
    catalogue: Database,
    redis: Redis,
    guard: Guard,
    clock: Clock,
}

impl App {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing; the error names it.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let redis = Redis::new(&redis_store::Config::read(vars)?)?;
        let guard = Guard::read(vars, Sessions::new(redis.clone()), clock.clone())?;
        let catalogue = Database::new(postgres::Config::read(vars, postgres::Role::PAYMENTS, "PRODUCTDB_URL")?);
        Ok(Self {
            checkout: Checkout::read(vars, postgres::Role::PAYMENTS, clock)?,
            catalogue,
            redis,
            guard,
            clock: clock.clone(),
        })
    }

    /// An order that the caller may see.
    async fn order(&self, caller: &Customer, id: OrderId) -> Result<Order, Problem> {
        let mut db = self.checkout.orders().acquire().await?;
        let order = postgres::orders::find(&mut db, id).await?.filter(|order| caller.may_see(order.user_id));
        order.ok_or_else(|| Problem::not_found("order"))
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

web::group!("payments", App: pay::pay_order [Pay], list::list_payments, find::find_payment, refund::refund_payment);
