//! The catalogue: owns productdb and the cache before it, and opens and sets stock in inventorydb.
//!
//! Reads are cache-aside and never need Redis. A write commits first, then makes every cached
//! copy forgotten, then answers; the same is told through the outbox, for the case that Redis was
//! away at that moment. Refuses to be the truth for stock and rating: it shows what inventory and
//! reviews said last.

use std::error::Error;
use std::slice;

use domain::events::{Event, Fact, ProductFact, Queue};
use domain::{EventId, Problem, ProductId};
use outbox::Relay;
use postgres::{Conn, Database};
use queue::Queues;
use redis_store::{Cache, Redis, Sessions};
use runtime::{Clock, Vars};
use web::{Check, Guard, Ready};

mod add;
mod cached;
mod categories;
mod find;
mod framed;
mod list;
mod remove;
mod replace;
mod stock;
mod written;

/// What the use cases stand on. Cheap to clone.
#[derive(Clone)]
pub struct App {
    productdb: Database,
    inventorydb: Database,
    redis: Redis,
    cache: Cache,
    product_facts: Relay<Database>,
    stock_facts: Relay<Database>,
    guard: Guard,
    clock: Clock,
}

impl App {
    /// Reads `PRODUCTDB_URL`, `INVENTORYDB_URL`, `REDIS_URL`, `CATALOG_QUEUE_URL` and `TOKEN_KEYS`.
    ///
    /// # Errors
    /// When something is missing or unreadable.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&redis_store::Config::read(vars)?)?;
        let productdb = Database::new(postgres::Config::read(vars, "PRODUCTDB_URL")?);
        let inventorydb = Database::new(postgres::Config::read(vars, "INVENTORYDB_URL")?);
        let queues = Queues::new(queue::Config::read(vars, &[Queue::Catalog])?);
        Ok(Self {
            guard: Guard::read(vars, Sessions::new(redis.clone()), clock.clone())?,
            product_facts: Relay::new(productdb.clone(), queues.clone()),
            stock_facts: Relay::new(inventorydb.clone(), queues),
            cache: Cache::new(redis.clone()),
            redis,
            productdb,
            inventorydb,
            clock: clock.clone(),
        })
    }

    fn event(&self, fact: Fact) -> Event {
        let event_id = EventId::new(self.clock.new_uuid());
        Event { event_id, at: self.clock.now(), request_id: runtime::current_request_id(), fact }
    }

    /// Writes, in the transaction that changes a product, the fact that it changed.
    async fn note_change(&self, db: &mut Conn, id: ProductId) -> Result<Event, Problem> {
        let event = self.event(Fact::Product(ProductFact { product_id: id }));
        postgres::outbox::append(db, slice::from_ref(&event)).await?;
        Ok(event)
    }

    /// Follows every commit, and precedes the answer: from here on the next read sees the change.
    /// Never fails, since the change is made: the events bring about what could not be done now.
    async fn announce(&self, id: ProductId, product: Option<Event>, stock: Option<Event>) {
        tokio::join!(
            self.forget(id),
            self.product_facts.publish(product.into_iter().collect()),
            self.stock_facts.publish(stock.into_iter().collect()),
        );
    }
}

impl AsRef<Guard> for App {
    fn as_ref(&self) -> &Guard {
        &self.guard
    }
}

impl Ready for App {
    fn checks(&self) -> Vec<Check> {
        let (productdb, inventorydb, redis) = (self.productdb.clone(), self.inventorydb.clone(), self.redis.clone());
        vec![
            ("productdb", Box::pin(async move { Ok(productdb.ping().await?) })),
            ("inventorydb", Box::pin(async move { Ok(inventorydb.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::group!(
    "products",
    App: list::list_products,
    categories::list_categories,
    find::find_product,
    add::add_product,
    replace::replace_product,
    remove::remove_product,
);
