//! Stock: owns inventorydb's quantities. Reservations belong to the checkout, over the same rows.
//!
//! Every change is one ledger row and one event, in the transaction of the change. Never clamps,
//! and never creates a row: the catalog knows which products exist, and creates the row of each
//! product that it adds.

use std::error::Error;

use domain::EventId;
use domain::events::{DomainEvent, EventEnvelope, Queue};
use queue::{OutboxRelay, Queues};
use runtime::{Clock, Env};
use store_postgres::Database;
use store_redis::{Redis, Sessions};
use web::{Authenticator, ReadinessChecks, StoreCheck};

mod adjust;
mod adjust_schema;
mod check;
mod find;
mod ledger;

/// The dependencies of the use cases. Cheap to clone.
#[derive(Clone)]
pub struct App {
    db: Database,
    redis: Redis,
    relay: OutboxRelay<Database>,
    authenticator: Authenticator,
    clock: Clock,
}

impl App {
    /// Reads `INVENTORYDB_URL`, `REDIS_URL`, `CATALOG_QUEUE_URL` and `TOKEN_KEYS`.
    ///
    /// # Errors
    /// When something is missing or invalid.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        let db =
            Database::new(store_postgres::Config::from_env(env, store_postgres::Role::INVENTORY, "INVENTORYDB_URL")?);
        let queues = Queues::new(queue::Config::from_env(env, &[Queue::Catalog])?);
        Ok(Self {
            authenticator: Authenticator::from_env(env, Sessions::new(redis.clone()), clock.clone())?,
            relay: OutboxRelay::new(db.clone(), queues),
            redis,
            db,
            clock: clock.clone(),
        })
    }

    fn event_envelope(&self, event: DomainEvent) -> EventEnvelope {
        let event_id = EventId::new(self.clock.new_uuid());
        EventEnvelope { event_id, at: self.clock.now(), request_id: runtime::current_request_id(), payload: event }
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
            ("inventorydb", Box::pin(async move { Ok(db.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::endpoints!("inventory", App:
    find::find_stock { access: Anyone },
    ledger::list_ledger { access: Admin },
    check::check_stock {
        access: Anyone, rate: Read, repeat: Safe("it changes nothing"),
        body: {"items": [{"productId": 1, "quantity": 2}]}
    },
    adjust::adjust_stock { access: Admin, repeat: IdempotencyKey, body: {"delta": 12, "reason": "delivery"} },
);
