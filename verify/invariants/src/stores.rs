//! The stores of a shop, for reading.

use std::fmt::Display;

use domain::events::Queue;
use queue::Queues;
use runtime::{Clock, ConfigError, Env};
use store_dynamo::reconcile::TableReader;
use store_mongo::Mongo;
use store_postgres::Database;
use store_redis::{Redis, Sessions};

/// Every store; of Redis only the sessions, since it is not the source of truth for anything else.
/// Connects on first use.
#[derive(Clone)]
pub struct Stores {
    pub(crate) userdb: Database,
    pub(crate) productdb: Database,
    pub(crate) orderdb: Database,
    pub(crate) inventorydb: Database,
    pub(crate) mongo: Mongo,
    pub(crate) tables: TableReader,
    pub(crate) queues: Queues,
    pub(crate) sessions: Sessions,
    pub(crate) clock: Clock,
}

impl Stores {
    /// Reads the same variables as the functions, and signs in as a role that can only read.
    ///
    /// # Errors
    /// When one is missing; the error names it.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, ConfigError> {
        let database = |variable: &str| {
            store_postgres::Config::from_env(env, store_postgres::Role::RECONCILE, variable).map(Database::new)
        };
        Ok(Self {
            userdb: database("USERDB_URL")?,
            productdb: database("PRODUCTDB_URL")?,
            orderdb: database("ORDERDB_URL")?,
            inventorydb: database("INVENTORYDB_URL")?,
            mongo: Mongo::new(store_mongo::Config::from_env(env)?, clock),
            tables: TableReader::from_env(env)?,
            queues: Queues::new(queue::Config::from_env(env, &Queue::ALL)?),
            sessions: Sessions::new(open_redis(env)?),
            clock: clock.clone(),
        })
    }
}

/// No customer waits for this: a busy Redis is not unavailable.
const REDIS_TIMEOUT_MILLIS: &str = "2000";

fn open_redis(env: &Env) -> Result<Redis, ConfigError> {
    let slower = env.clone().with_overrides(vec![("REDIS_TIMEOUT_MILLIS".to_owned(), REDIS_TIMEOUT_MILLIS.to_owned())]);
    let config = store_redis::Config::from_env(&slower)?;
    Redis::new(&config).map_err(|_| ConfigError::unparsable("REDIS_URL"))
}

/// A store is unavailable, or holds invalid data: there is no result.
#[derive(Debug, thiserror::Error)]
#[error("{store} could not be read: {reason}")]
pub struct StoreError {
    pub store: &'static str,
    reason: String,
}

/// Adds the name of the store to an error.
pub(crate) fn store_error<E: Display>(store: &'static str) -> impl Fn(E) -> StoreError {
    move |error| StoreError { store, reason: error.to_string() }
}
