//! Checkout: places, pays, cancels and refunds orders, over orderdb, inventorydb and the payment
//! processor. Start with `saga`; what each request does is in the file of its name.
//!
//! What is about to happen is written to orderdb before anything else happens (`orders.step`), so
//! recovery finds every unfinished saga. No remote call is made inside an open SQL transaction.
//! Knows no HTTP; used by orders, payments and recovery, since no function calls another.

mod cancel;
mod fulfil;
mod idempotency;
mod pay;
mod place;
mod processor;
mod recover;
mod refund;
mod returns;
mod saga;
mod simulated;
mod status;

use std::sync::Arc;

use domain::events::{DomainEvent, EventEnvelope, OrderStatusChanged, Queue};
use domain::orders::{Order, OrderLine, OrderStatus};
use domain::rate_limits::Rate;
use domain::{EventId, Money, ProductId, Result};
use queue::{OutboxRelay, Queues};
use runtime::{Clock, ConfigError, Env};
use store_postgres::reservations::Durability;
use store_postgres::saga::SagaRun;
use store_postgres::{Database, Role};

pub use fulfil::ShipmentRequest;
pub use pay::PayOutcome;
pub use place::PlaceOutcome;
pub use processor::{Charge, Processor, ProcessorError};
pub use recover::STALE_AFTER_SECONDS;
pub use refund::RefundRequest;
pub use returns::{ReturnDecision, ReturnRequest};
pub use simulated::SimulatedProcessor;
pub use store_postgres::idempotency::KeyClaim;

/// How long stock stays reserved for an order that is being paid, in seconds: far longer than any
/// checkout takes, short enough that an abandoned one does not keep others from buying.
pub const RESERVATION_SECONDS: f64 = 15.0 * 60.0;

/// The stores and the processor of a checkout. Cheap to clone.
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
    /// Of a reservation's commit, right before the order is closed.
    commit_durability: Durability,
    clock: Clock,
}

impl Checkout {
    /// With the simulated processor. Signs in to the databases as `role`; connects on first use.
    ///
    /// # Errors
    /// When a variable is missing, or `LIMITS` cannot be read.
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

    /// Connects on first use.
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
        let one_server = inventory.is_on_server_of(&orders);
        let commit_durability = if one_server { Durability::WithClose } else { Durability::Own };
        Self {
            orders,
            inventory,
            processor,
            order_events,
            stock_events,
            queues,
            payment_attempts,
            commit_durability,
            clock,
        }
    }

    /// Brings changed stock to the catalog with `deliver`, at once, instead of by messages; these are
    /// sent when it fails.
    #[must_use]
    pub fn with_stock_delivery<F, W>(mut self, deliver: F) -> Self
    where
        F: Fn(Vec<EventEnvelope>) -> W + Send + Sync + 'static,
        W: Future<Output = Result<()>> + Send + 'static,
    {
        self.stock_events = self.stock_events.with_direct_delivery(deliver);
        self
    }

    /// The database orderdb, only for reading.
    pub fn orders(&self) -> &Database {
        &self.orders
    }

    /// inventorydb, for readiness checks.
    pub fn inventory(&self) -> &Database {
        &self.inventory
    }

    /// The processor, for reading.
    pub fn processor(&self) -> &dyn Processor {
        &*self.processor
    }

    /// The queues that it publishes to, for opening them at start.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    /// The event of an order's new status, and of what was refunded by it.
    fn order_event(
        &self,
        saga_run: &SagaRun,
        order: &Order,
        status: OrderStatus,
        reason: Option<&str>,
        refunded: Money,
    ) -> EventEnvelope {
        self.new_event(DomainEvent::OrderStatusChanged(OrderStatusChanged {
            order_id: saga_run.order,
            user_id: saga_run.user,
            status,
            was: Some(saga_run.previous_status),
            total_cents: saga_run.total.cents(),
            currency: order.currency,
            summary: Some(Box::new(order.into())),
            refunded_cents: refunded.cents(),
            items: order.items.iter().map(Into::into).collect(),
            reason: reason.map(str::to_owned),
            fulfilment: None,
        }))
    }

    fn new_event(&self, event: DomainEvent) -> EventEnvelope {
        let event_id = EventId::new(self.clock.new_uuid());
        EventEnvelope { event_id, at: self.clock.now(), request_id: runtime::current_request_id(), payload: event }
    }

    /// Publishes what was committed. Never fails: what cannot be sent now, recovery sends.
    async fn publish(&self, order: Option<EventEnvelope>, stock: Vec<EventEnvelope>) {
        self.publish_all(order.into_iter().collect(), stock).await;
    }

    async fn publish_all(&self, orders: Vec<EventEnvelope>, stock: Vec<EventEnvelope>) {
        tokio::join!(self.order_events.publish(orders), self.stock_events.publish(stock));
    }
}

fn line_quantities(items: &[OrderLine]) -> Vec<(ProductId, i32)> {
    items.iter().map(|line| (line.product_id, line.quantity)).collect()
}
