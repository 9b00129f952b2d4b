//! The saga: reserve (inventorydb) → charge (processor) → sell (inventorydb) → confirm (orderdb),
//! and its ways back. Used by orders, payments and recovery; no function calls another.
//!
//! What is under way is written in orderdb before anything is done elsewhere. Every step has a
//! key, (order, attempt) for stock and the payment's id for money, and changes nothing when it
//! is repeated. A step whose outcome is unknown ends the request with 503 and leaves the order
//! as it is: recovery asks each store by key and finishes or undoes it. No remote call is made
//! inside an open SQL transaction. Knows no HTTP.

mod cancel;
mod conclude;
mod once;
mod pay;
mod place;
mod processor;
mod recover;
mod refund;
mod simulated;

use std::sync::Arc;

use domain::events::{Event, Fact, OrderFact, Queue};
use domain::limits::Rate;
use domain::orders::{Line, Status};
use domain::{EventId, Money, ProductId};
use outbox::Relay;
use postgres::saga::Journey;
use postgres::{Database, Role};
use queue::Queues;
use runtime::{Clock, Missing, Vars};

pub use once::{Key, KeyTicket, Once};
pub use pay::Paid;
pub use place::Placed;
pub use processor::{Charge, Processor, Trouble};
pub use recover::IDLE_SECONDS;
pub use simulated::Simulated;

/// How long stock is held for an order that is being paid, in seconds: far longer than any
/// checkout takes, short enough that an abandoned one does not keep others from buying.
pub const RESERVATION_SECONDS: f64 = 15.0 * 60.0;

/// The stores and the processor that a checkout moves between. Cheap to clone.
#[derive(Clone)]
pub struct Checkout {
    orders: Database,
    inventory: Database,
    processor: Arc<dyn Processor>,
    order_events: Relay<Database>,
    stock_events: Relay<Database>,
    queues: Queues,
    /// How often an order may be paid for.
    attempts: Rate,
    clock: Clock,
}

impl Checkout {
    /// Reads where orderdb, inventorydb, the payments and the queues are, and joins them with the
    /// simulated processor, and the limit on attempts to pay out of `LIMITS`; signs in as `role`,
    /// and connects to none.
    ///
    /// # Errors
    /// When one of them is not set, or `LIMITS` cannot be read.
    pub fn read(vars: &Vars, role: Role, clock: &Clock) -> Result<Self, Missing> {
        let dynamo = dynamo::Dynamo::new(dynamo::Config::read(vars)?);
        let payments = dynamo::Payments::new(dynamo, dynamo::Config::payments(vars)?);
        let queues = Queues::new(queue::Config::read(vars, &Queue::ALL)?);
        Ok(Self::new(
            Database::new(postgres::Config::read(vars, role, "ORDERDB_URL")?),
            Database::new(postgres::Config::read(vars, role, "INVENTORYDB_URL")?),
            Arc::new(Simulated::new(payments)),
            queues,
            vars.limits()?.payment_attempts(),
            clock.clone(),
        ))
    }

    /// Joins the stores; connects to none.
    pub fn new(
        orders: Database,
        inventory: Database,
        processor: Arc<dyn Processor>,
        queues: Queues,
        attempts: Rate,
        clock: Clock,
    ) -> Self {
        let order_events = Relay::new(orders.clone(), queues.clone());
        let stock_events = Relay::new(inventory.clone(), queues.clone());
        Self { orders, inventory, processor, order_events, stock_events, queues, attempts, clock }
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
        journey: &Journey,
        items: &[Line],
        status: Status,
        reason: Option<&str>,
        back: Money,
    ) -> Event {
        let fact = Fact::Order(OrderFact {
            order_id: journey.order,
            user_id: journey.user,
            status,
            was: Some(journey.status),
            total_cents: journey.total.cents(),
            refunded_cents: back.cents(),
            items: items.iter().map(Into::into).collect(),
            reason: reason.map(str::to_owned),
        });
        self.event(fact)
    }

    fn event(&self, fact: Fact) -> Event {
        let event_id = EventId::new(self.clock.new_uuid());
        Event { event_id, at: self.clock.now(), request_id: runtime::current_request_id(), fact }
    }

    /// Tells what has been committed. Never fails: what cannot be sent now, recovery sends.
    async fn tell(&self, order: Option<Event>, stock: Vec<Event>) {
        tokio::join!(self.order_events.publish(order.into_iter().collect()), self.stock_events.publish(stock));
    }
}

fn pieces(items: &[Line]) -> Vec<(ProductId, i32)> {
    items.iter().map(|line| (line.product_id, line.quantity)).collect()
}
