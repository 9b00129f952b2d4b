//! The saga: reserve (inventorydb) → charge (processor) → sell (inventorydb) → confirm (orderdb),
//! and its ways back. Used by orders, payments and recovery; no function calls another.
//!
//! What is under way is written in orderdb before anything is done elsewhere. Every step has a
//! key, (order, attempt) for stock and the payment's id for money, and changes nothing when it
//! is repeated. A step whose outcome is unknown ends the request with 503 and leaves the order
//! as it is: recovery asks each store by key and finishes or undoes it. No remote call is made
//! inside an open SQL transaction. Knows no HTTP.

mod cancel;
mod idempotency;
mod pay;
mod place;
mod processor;
mod recover;
mod refund;
mod saga;
mod simulated;

use std::sync::Arc;

use domain::events::{DomainEvent, EventEnvelope, OrderStatusChanged, Queue};
use domain::orders::{OrderLine, OrderStatus};
use domain::rate_limits::Rate;
use domain::{EventId, Money, ProductId};
use queue::{OutboxRelay, Queues};
use runtime::{Clock, ConfigError, Env};
use store_postgres::saga::SagaRun;
use store_postgres::{Database, Role};

pub use idempotency::{Idempotent, KeyTicket, RequestKey};
pub use pay::PayOutcome;
pub use place::PlaceOutcome;
pub use processor::{Charge, Processor, ProcessorError};
pub use recover::STALE_AFTER_SECONDS;
pub use simulated::SimulatedProcessor;

/// How long stock is held for an order that is being paid, in seconds: far longer than any
/// checkout takes, short enough that an abandoned one does not keep others from buying.
pub const RESERVATION_SECONDS: f64 = 15.0 * 60.0;

/// The stores and the processor that a checkout moves between. Cheap to clone.
#[derive(Clone)]
pub struct Checkout {
    orders: Database,
    inventory: Database,
    processor: Arc<dyn Processor>,
    order_events: OutboxRelay<Database>,
    stock_events: OutboxRelay<Database>,
    queues: Queues,
    /// How often an order may be paid for.
    payment_attempts: Rate,
    clock: Clock,
}

impl Checkout {
    /// Reads where orderdb, inventorydb, the payments and the queues are, and joins them with the
    /// simulated processor, and the limit on attempts to pay out of `LIMITS`; signs in as `role`,
    /// and connects to none.
    ///
    /// # Errors
    /// When one of them is not set, or `LIMITS` cannot be read.
    pub fn from_env(env: &Env, role: Role, clock: &Clock) -> Result<Self, ConfigError> {
        let dynamo = store_dynamo::Dynamo::new(store_dynamo::Config::from_env(env)?);
        let payments = store_dynamo::Payments::new(dynamo, store_dynamo::Config::payments_table(env)?);
        let queues = Queues::new(queue::Config::from_env(env, &Queue::ALL)?);
        Ok(Self::new(
            Database::new(store_postgres::Config::from_env(env, role, "ORDERDB_URL")?),
            Database::new(store_postgres::Config::from_env(env, role, "INVENTORYDB_URL")?),
            Arc::new(SimulatedProcessor::new(payments)),
            queues,
            env.rate_limits()?.payment_attempts(),
            clock.clone(),
        ))
    }

    /// Joins the stores; connects to none.
    pub fn new(
        orders: Database,
        inventory: Database,
        processor: Arc<dyn Processor>,
        queues: Queues,
        payment_attempts: Rate,
        clock: Clock,
    ) -> Self {
        let order_events = OutboxRelay::new(orders.clone(), queues.clone());
        let stock_events = OutboxRelay::new(inventory.clone(), queues.clone());
        Self {
            orders,
            inventory,
            processor,
            order_events,
            stock_events,
            queues,
            payment_attempts: payment_attempts,
            clock,
        }
    }

    /// orderdb, for what only reads.
    pub fn orders(&self) -> &Database {
        &self.orders
    }

    /// inventorydb, for signs of life.
    pub fn inventory(&self) -> &Database {
        &self.inventory
    }

    /// The processor, for what only reads.
    pub fn processor(&self) -> &dyn Processor {
        &*self.processor
    }

    /// What it publishes to, for opening it at start.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    /// The event that tells of an order's new status, and what that gave back.
    fn order_event(
        &self,
        saga_run: &SagaRun,
        items: &[OrderLine],
        status: OrderStatus,
        reason: Option<&str>,
        refunded: Money,
    ) -> EventEnvelope {
        let fact = DomainEvent::OrderStatusChanged(OrderStatusChanged {
            order_id: saga_run.order,
            user_id: saga_run.user,
            status,
            was: Some(saga_run.previous_status),
            total_cents: saga_run.total.cents(),
            refunded_cents: refunded.cents(),
            items: items.iter().map(Into::into).collect(),
            reason: reason.map(str::to_owned),
        });
        self.new_event(fact)
    }

    fn new_event(&self, fact: DomainEvent) -> EventEnvelope {
        let event_id = EventId::new(self.clock.new_uuid());
        EventEnvelope { event_id, at: self.clock.now(), request_id: runtime::current_request_id(), payload: fact }
    }

    /// Tells what has been committed. Never fails: what cannot be sent now, recovery sends.
    async fn publish(&self, order: Option<EventEnvelope>, stock: Vec<EventEnvelope>) {
        tokio::join!(self.order_events.publish(order.into_iter().collect()), self.stock_events.publish(stock));
    }
}

fn line_quantities(items: &[OrderLine]) -> Vec<(ProductId, i32)> {
    items.iter().map(|line| (line.product_id, line.quantity)).collect()
}
