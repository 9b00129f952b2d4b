//! Reviews: one per user and product, and the ratings that are aggregated from them.
//!
//! Owns reviewdb. Every accepted change is one write: the review, with the change's event. The
//! product's ratings and the publishing of events for analytics and the catalog follow from it, in
//! steps that can be repeated; recovery takes those that a crash or an unavailable store left.
//! Reads from productdb whether a product exists and from orderdb whether it was bought; writes to
//! neither.

mod change;
mod delete;
mod group_commit;
mod list;
mod publisher;
mod summary;
mod write;
mod writer;

use std::error::Error;

use domain::EventId;
use domain::events::{DomainEvent, EventEnvelope, Queue};
use queue::Queues;
use runtime::{Clock, Env};
use store_mongo::Mongo;
use store_postgres::Database;
use store_redis::{Redis, Sessions};
use web::{Authenticator, ReadinessChecks, StoreCheck};
use writer::ReviewWriter;

/// The dependencies of the handlers.
#[derive(Clone)]
pub struct App {
    mongo: Mongo,
    productdb: Database,
    orderdb: Database,
    writer: ReviewWriter,
    redis: Redis,
    authenticator: Authenticator,
    clock: Clock,
}

impl App {
    /// Reads the configuration; opens no connection.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mongo = Mongo::new(store_mongo::Config::from_env(env)?, clock);
        let queues = Queues::new(queue::Config::from_env(env, &[Queue::Analytics, Queue::Catalog])?);
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        Ok(Self {
            writer: ReviewWriter::new(mongo.clone(), queues),
            mongo,
            productdb: Database::new(store_postgres::Config::from_env(
                env,
                store_postgres::Role::REVIEWS,
                "PRODUCTDB_URL",
            )?),
            orderdb: Database::new(store_postgres::Config::from_env(
                env,
                store_postgres::Role::REVIEWS,
                "ORDERDB_URL",
            )?),
            authenticator: Authenticator::from_env(env, Sessions::new(redis.clone()), clock.clone())?,
            redis,
            clock: clock.clone(),
        })
    }

    /// Puts a domain event into an envelope, with a new id and the current time.
    fn envelope(&self, payload: DomainEvent) -> EventEnvelope {
        let event_id = EventId::new(self.clock.new_uuid());
        EventEnvelope { event_id, at: self.clock.now(), request_id: runtime::current_request_id(), payload }
    }
}

impl AsRef<Authenticator> for App {
    fn as_ref(&self) -> &Authenticator {
        &self.authenticator
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (mongo, redis) = (self.mongo.clone(), self.redis.clone());
        let (productdb, orderdb) = (self.productdb.clone(), self.orderdb.clone());
        vec![
            ("reviewdb", Box::pin(async move { Ok(mongo.ping().await?) })),
            ("productdb", Box::pin(async move { Ok(productdb.ping().await?) })),
            ("orderdb", Box::pin(async move { Ok(orderdb.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::endpoints!("reviews", App:
    list::list_reviews { access: Anyone, query: "sort=-rating&limit=3" },
    summary::summarise_reviews { access: Anyone },
    write::write_review {
        access: Customer, rate: Review, repeat: Safe("a user has one review of a product"),
        body: {"productId": 1, "rating": 5, "comment": "Lovely."}
    },
    change::change_review {
        access: Owner, rate: Review, repeat: Safe("it writes the whole review"),
        body: {"rating": 4, "comment": "Lovely, but small."}
    },
    delete::delete_review { access: OwnerOrAdmin, rate: Review, repeat: Safe("a review is removed once") },
);
