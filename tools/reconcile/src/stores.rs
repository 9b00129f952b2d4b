//! The stores of a shop, for reading.

use std::fmt::Display;

use domain::events::Queue;
use dynamo::audit::Tables;
use mongo::Mongo;
use postgres::Database;
use queue::Queues;
use redis_store::{Redis, Sessions};
use runtime::{Clock, Missing, Vars};

/// Every store; of Redis the sessions alone, since it is never the truth of anything else. Connects on
/// first use.
#[derive(Clone)]
pub struct Stores {
    pub(crate) userdb: Database,
    pub(crate) productdb: Database,
    pub(crate) orderdb: Database,
    pub(crate) inventorydb: Database,
    pub(crate) mongo: Mongo,
    pub(crate) tables: Tables,
    pub(crate) queues: Queues,
    pub(crate) sessions: Sessions,
    pub(crate) clock: Clock,
}

impl Stores {
    /// Reads the same variables as the functions, and signs in as a role that can only read.
    ///
    /// # Errors
    /// When one is missing; the error names it.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Missing> {
        let database =
            |variable: &str| postgres::Config::read(vars, postgres::Role::RECONCILE, variable).map(Database::new);
        Ok(Self {
            userdb: database("USERDB_URL")?,
            productdb: database("PRODUCTDB_URL")?,
            orderdb: database("ORDERDB_URL")?,
            inventorydb: database("INVENTORYDB_URL")?,
            mongo: Mongo::new(mongo::Config::read(vars)?, clock),
            tables: Tables::read(vars)?,
            queues: Queues::new(queue::Config::read(vars, &Queue::ALL)?),
            sessions: Sessions::new(redis(vars)?),
            clock: clock.clone(),
        })
    }
}

/// Nobody waits for this as for a page of the shop: a busy Redis is not away for it.
const REDIS_MILLIS: &str = "2000";

fn redis(vars: &Vars) -> Result<Redis, Missing> {
    let slower = vars.clone().with(vec![("REDIS_TIMEOUT_MILLIS".to_owned(), REDIS_MILLIS.to_owned())]);
    let config = redis_store::Config::read(&slower)?;
    Redis::new(&config).map_err(|_| Missing::unreadable("REDIS_URL"))
}

/// A store that is away, or holds what cannot be read: nothing can be said.
#[derive(Debug, thiserror::Error)]
#[error("{store} could not be read: {why}")]
pub struct Away {
    /// Which.
    pub store: &'static str,
    why: String,
}

/// Names the store of an error.
pub(crate) fn away<E: Display>(store: &'static str) -> impl Fn(E) -> Away {
    move |error| Away { store, why: error.to_string() }
}
