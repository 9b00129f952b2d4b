//! Stock: owns inventorydb's quantities. Reservations are the checkout's, over the same rows.
//!
//! Every change is one ledger row and one fact, in the transaction of the change. Refuses to
//! clamp, and to open a row: which products there are, the catalogue knows, and it opens the row
//! of each that it adds.

use std::error::Error;

use domain::EventId;
use domain::events::{Event, Fact, Queue};
use outbox::Relay;
use postgres::Database;
use queue::Queues;
use redis_store::{Redis, Sessions};
use runtime::{Clock, Vars};
use web::{Check, Guard, Ready};

mod adjust;
mod check;
mod find;
mod ledger;
mod movement_schema;

/// What the use cases stand on. Cheap to clone.
#[derive(Clone)]
pub struct App {
    db: Database,
    redis: Redis,
    relay: Relay<Database>,
    guard: Guard,
    clock: Clock,
}

impl App {
    /// Reads `INVENTORYDB_URL`, `REDIS_URL`, `CATALOG_QUEUE_URL` and `TOKEN_KEYS`.
    ///
    /// # Errors
    /// When something is missing or unreadable.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&redis_store::Config::read(vars)?)?;
        let db = Database::new(postgres::Config::read(vars, postgres::Role::INVENTORY, "INVENTORYDB_URL")?);
        let queues = Queues::new(queue::Config::read(vars, &[Queue::Catalog])?);
        Ok(Self {
            guard: Guard::read(vars, Sessions::new(redis.clone()), clock.clone())?,
            relay: Relay::new(db.clone(), queues),
            redis,
            db,
            clock: clock.clone(),
        })
    }

    fn event(&self, fact: Fact) -> Event {
        let event_id = EventId::new(self.clock.new_uuid());
        Event { event_id, at: self.clock.now(), request_id: runtime::current_request_id(), fact }
    }
}

impl AsRef<Guard> for App {
    fn as_ref(&self) -> &Guard {
        &self.guard
    }
}

impl Ready for App {
    fn checks(&self) -> Vec<Check> {
        let (db, redis) = (self.db.clone(), self.redis.clone());
        vec![
            ("inventorydb", Box::pin(async move { Ok(db.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::group!("inventory", App: find::find_stock, ledger::list_ledger, check::check_stock [Read], adjust::adjust_stock);
