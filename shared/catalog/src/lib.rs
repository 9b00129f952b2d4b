//! Writes of products. A product is in productdb and its stock in inventorydb, so a write of both is a
//! small saga: checked and begun in productdb (`product_writes`, one per product), then inventorydb
//! sets the stock by the write's token, then productdb closes it.
//!
//! The next writer, a repeated request or recovery completes an active write first. So two writes of
//! a product never mix, and a rejected one (404, 409, 412) has no effect in either database. No remote
//! call is made inside an open transaction. Knows no HTTP and no cache.

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

/// How often a writer completes the writes of others before it gives up: more than there are admins
/// who edit one product at the same moment.
const MAX_ATTEMPTS: usize = 16;

/// The two databases of a product. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    products: Database,
    inventory: Database,
    product_events: OutboxRelay<Database>,
    stock_events: OutboxRelay<Database>,
    clock: Clock,
}

impl Catalog {
    /// Signs in to the databases as `role`; connects on first use.
    ///
    /// # Errors
    /// When a variable is missing.
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

    /// The database productdb, only for reading.
    pub fn products(&self) -> &Database {
        &self.products
    }

    /// inventorydb, for readiness checks.
    pub fn inventory(&self) -> &Database {
        &self.inventory
    }

    /// productdb's outbox, for recovery.
    pub fn product_events(&self) -> &OutboxRelay<Database> {
        &self.product_events
    }

    /// The admin, and a token for the write.
    fn writer(&self, actor: UserId) -> (UserId, Uuid) {
        (actor, self.clock.new_uuid())
    }

    fn product_changed(&self, id: ProductId) -> EventEnvelope {
        let event_id = EventId::new(self.clock.new_uuid());
        let event = DomainEvent::ProductChanged(ProductChanged { product_id: id });
        EventEnvelope { event_id, at: self.clock.now(), request_id: runtime::current_request_id(), payload: event }
    }

    /// Publishes committed events. Never fails: recovery publishes what cannot be sent now.
    async fn publish(&self, product: Option<EventEnvelope>, stock: Option<EventEnvelope>) {
        tokio::join!(
            self.product_events.publish(product.into_iter().collect()),
            self.stock_events.publish(stock.into_iter().collect())
        );
    }
}

/// 503: the product is changed by other requests all the time.
fn too_many_writers() -> Problem {
    Problem::unavailable("a product is written by many at once")
}
