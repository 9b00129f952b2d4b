//! Writes of a product. The product is in productdb and its stock in inventorydb, so a write that
//! touches both is a small saga: it is judged and written down in productdb (`product_writes`, one
//! per product), then inventorydb sets the stock under the write's token, then productdb ends it.
//!
//! Whoever finds a write under way (the next writer, a repeated request, recovery) finishes it
//! first. So two writes of a product never mix, a refusal (404, 409, 412) has no effect in either
//! database, and nothing is undone blindly. No remote call is made inside an open transaction.
//! Knows no HTTP and no cache.

mod add;
mod complete;
mod recover;
mod remove;
mod replace;

use domain::events::{DomainEvent, EventEnvelope, ProductChanged, Queue};
use domain::{EventId, Problem, ProductId, UserId};
use queue::{OutboxRelay, Queues};
use runtime::{Clock, ConfigError, Env};
use store_postgres::{Database, Role};
use uuid::Uuid;

pub use add::Added;
pub use store_postgres::idempotency::RequestKey;

/// How often a writer finishes what others have under way before it gives up: more than admins
/// who edit one product at the same moment.
const MAX_ATTEMPTS: usize = 16;

/// The two databases that a product's write moves between. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    products: Database,
    inventory: Database,
    product_events: OutboxRelay<Database>,
    stock_events: OutboxRelay<Database>,
    clock: Clock,
}

impl Catalog {
    /// Reads `PRODUCTDB_URL`, `INVENTORYDB_URL` and `CATALOG_QUEUE_URL`; signs in as `role`, and connects to
    /// none.
    ///
    /// # Errors
    /// When one of them is not set.
    pub fn from_env(env: &Env, role: Role, clock: &Clock) -> Result<Self, ConfigError> {
        let queues = Queues::new(queue::Config::from_env(env, &[Queue::Catalog])?);
        let products = Database::new(store_postgres::Config::from_env(env, role, "PRODUCTDB_URL")?);
        let inventory = Database::new(store_postgres::Config::from_env(env, role, "INVENTORYDB_URL")?);
        Ok(Self {
            product_events: OutboxRelay::new(products.clone(), queues.clone()),
            stock_events: OutboxRelay::new(inventory.clone(), queues),
            products,
            inventory,
            clock: clock.clone(),
        })
    }

    /// productdb, for what only reads.
    pub fn products(&self) -> &Database {
        &self.products
    }

    /// inventorydb, for signs of life.
    pub fn inventory(&self) -> &Database {
        &self.inventory
    }

    /// productdb's outbox, for recovery.
    pub fn product_events(&self) -> &OutboxRelay<Database> {
        &self.product_events
    }

    /// A write's token, and who writes.
    fn writer(&self, by: UserId) -> (UserId, Uuid) {
        (by, self.clock.new_uuid())
    }

    /// The event that says that a product changed.
    fn product_changed(&self, id: ProductId) -> EventEnvelope {
        let event_id = EventId::new(self.clock.new_uuid());
        let fact = DomainEvent::ProductChanged(ProductChanged { product_id: id });
        EventEnvelope { event_id, at: self.clock.now(), request_id: runtime::current_request_id(), payload: fact }
    }

    /// Publishes what has been committed. Never fails: what cannot be sent now, recovery sends.
    async fn publish(&self, product: Option<EventEnvelope>, stock: Option<EventEnvelope>) {
        tokio::join!(
            self.product_events.publish(product.into_iter().collect()),
            self.stock_events.publish(stock.into_iter().collect())
        );
    }
}

/// 503: others write this product all the time.
fn too_many_writers() -> Problem {
    Problem::unavailable("a product is written by many at once")
}
