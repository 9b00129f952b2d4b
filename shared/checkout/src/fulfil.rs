//! Ships pieces of an order, and marks shipments as delivered.
//!
//! Each change is one transaction that locks the order's row first: what is left to ship is read under
//! the lock, so of two requests one waits and then sees what the other has shipped. Nothing outside of
//! orderdb is called in it. Moves no stock and no money: a confirmed order has sold its pieces.

use domain::events::{DomainEvent, EventEnvelope, FulfilmentChanged, OrderStatusChanged};
use domain::idempotency::{IdempotencyKey, Idempotent, Start, encode_outcome, in_progress};
use domain::orders::{
    self, Basket, Fulfilment, FulfilmentLine, FulfilmentStatus, Order, OrderError, OrderEventLine, OrderStatus,
    Tracking,
};
use domain::{FulfilmentId, OrderId, Problem, Result, Timestamp};
use store_postgres::fulfilments::{self, FulfilmentChange, OrderLock};
use store_postgres::{Conn, idempotency};

use crate::Checkout;
use crate::status::order_in_progress;

/// What is to be shipped.
#[derive(Clone, Debug)]
pub struct ShipmentRequest {
    pub order: OrderId,
    /// `None`: all that is left.
    pub items: Option<Basket>,
    pub tracking: Tracking,
}

impl Checkout {
    /// Ships pieces of an order, once per key. The key, the fulfilment and its outcome are one
    /// transaction: a rejected request leaves none of them, and a repeated one waits for the commit.
    ///
    /// # Errors
    /// 404 without such an order; 409 when its status or its refunds do not allow it, while it is being
    /// paid or cancelled, or when fewer pieces are left; the errors of an idempotency key.
    pub async fn ship(&self, key: Option<&IdempotencyKey>, request: ShipmentRequest) -> Result<Idempotent<Fulfilment>> {
        let mut db = self.orders.begin().await?;
        let shipped = self.ship_once(&mut db, key, request).await;
        self.end(db, shipped).await
    }

    /// Marks a fulfilment as delivered; once more has no effect. The order is delivered with the last
    /// one.
    ///
    /// # Errors
    /// 404 without such an order or fulfilment.
    pub async fn deliver(&self, order: OrderId, fulfilment: FulfilmentId) -> Result<Fulfilment> {
        let mut db = self.orders.begin().await?;
        let delivered = self.deliver_once(&mut db, order, fulfilment).await;
        self.end(db, delivered).await
    }

    /// Commits and publishes, or rolls back. (A transaction that is dropped closes its connection.)
    pub(crate) async fn end<T>(&self, db: Conn, outcome: Result<(T, Option<EventEnvelope>)>) -> Result<T> {
        match outcome {
            Ok((value, event)) => {
                db.commit().await?;
                self.publish(event, Vec::new()).await;
                Ok(value)
            }
            Err(problem) => {
                db.rollback().await?;
                Err(problem)
            }
        }
    }

    async fn ship_once(
        &self,
        db: &mut Conn,
        key: Option<&IdempotencyKey>,
        request: ShipmentRequest,
    ) -> Result<(Idempotent<Fulfilment>, Option<EventEnvelope>)> {
        let claim = match key {
            None => None,
            Some(key) => match idempotency::claim(db, key, 0.0).await?.start()? {
                Start::First(claim) => Some(claim),
                Start::Replay(shipped) => return Ok((shipped, None)),
                // A key without an outcome is never committed.
                Start::Resume(_) => return Err(in_progress(1.0)),
            },
        };
        let (order, before) = lock(db, request.order).await?;
        let (lines, status) = orders::plan_shipment(&order, &before, request.items.as_ref())?;
        let shipment = shipment_of(&order, &lines);
        let id = FulfilmentId::new(self.clock.new_uuid());
        let at = self.change_time(&order);
        let fulfilment = Fulfilment::new(id, order.id, lines, request.tracking, at);
        let event = self.fulfilment_event(&order, status, Some(with_tracking(shipment, &fulfilment)));
        let label = fulfilment.label();
        let change = FulfilmentChange { status, detail: label.as_deref(), event: &event, at };
        if !fulfilments::ship(db, &fulfilment, change).await? {
            return Err(OrderError::AlreadyRefunded.into());
        }
        if let Some(claim) = &claim {
            idempotency::store_outcome(db, claim, id.get(), &encode_outcome(&fulfilment)?).await?;
        }
        Ok((Idempotent::first(fulfilment), Some(event)))
    }

    async fn deliver_once(
        &self,
        db: &mut Conn,
        order: OrderId,
        id: FulfilmentId,
    ) -> Result<(Fulfilment, Option<EventEnvelope>)> {
        let (order, all) = lock(db, order).await?;
        let fulfilment = all.iter().find(|fulfilment| fulfilment.id == id);
        let mut fulfilment = fulfilment.cloned().ok_or_else(|| Problem::not_found("fulfilment"))?;
        if fulfilment.status == FulfilmentStatus::Delivered {
            return Ok((fulfilment, None));
        }
        let (status, at) = (orders::status_after_delivery(&order, &all, id), self.change_time(&order));
        fulfilment.status = FulfilmentStatus::Delivered;
        fulfilment.delivered_at = Some(at);
        let arrived = with_tracking(shipment_of(&order, &fulfilment.items), &fulfilment);
        let event = self.fulfilment_event(&order, status, Some(arrived));
        let detail =
            if status == OrderStatus::Delivered { fulfilment.label() } else { Some(part_arrived(&fulfilment)) };
        let change = FulfilmentChange { status, detail: detail.as_deref(), event: &event, at };
        fulfilments::deliver(db, order.id, id, change).await?;
        Ok((fulfilment, Some(event)))
    }

    /// The event of a change of an order as it was read, and of what left or arrived by it.
    pub(crate) fn fulfilment_event(
        &self,
        order: &Order,
        status: OrderStatus,
        fulfilment: Option<FulfilmentChanged>,
    ) -> EventEnvelope {
        let mut event = self.new_event(DomainEvent::OrderStatusChanged(OrderStatusChanged {
            order_id: order.id,
            user_id: order.user_id,
            status,
            was: Some(order.status),
            total_cents: order.total.cents(),
            currency: order.currency,
            summary: Some(Box::new(order.into())),
            refunded_cents: 0,
            items: order.items.iter().map(Into::into).collect(),
            reason: None,
            fulfilment: fulfilment.map(Box::new),
        }));
        event.at = self.change_time(order);
        event
    }

    /// Now, and later than the order's last change: whoever has read it before that notices.
    pub(crate) fn change_time(&self, order: &Order) -> Timestamp {
        self.clock.now().max(Timestamp::from_millis(order.updated_at.millis() + 1))
    }
}

/// The order and its fulfilments, which nobody else changes until the transaction ends.
pub(crate) async fn lock(db: &mut Conn, id: OrderId) -> Result<(Order, Vec<Fulfilment>)> {
    let order = lock_order(db, id).await?;
    let (_, fulfilments) = fulfilments::find_history(db, id).await?;
    Ok((order, fulfilments))
}

/// The order, which nobody else changes until the transaction ends.
pub(crate) async fn lock_order(db: &mut Conn, id: OrderId) -> Result<Order> {
    match fulfilments::lock_order(db, id).await? {
        OrderLock::Locked => {}
        OrderLock::SagaActive => return Err(order_in_progress()),
        OrderLock::NotFound => return Err(Problem::not_found("order")),
    }
    store_postgres::orders::find(db, id).await?.ok_or_else(|| Problem::not_found("order"))
}

/// What leaves: pieces of an order, by their names.
pub(crate) fn shipment_of(order: &Order, lines: &[FulfilmentLine]) -> FulfilmentChanged {
    let pieces = lines.iter().filter_map(|line| {
        let bought = order.items.iter().find(|bought| bought.product_id == line.product_id)?;
        Some(OrderEventLine { quantity: line.quantity, ..bought.into() })
    });
    FulfilmentChanged {
        status: FulfilmentStatus::Shipped,
        items: pieces.collect(),
        carrier: None,
        tracking_number: None,
        tracking_url: None,
    }
}

fn with_tracking(shipment: FulfilmentChanged, fulfilment: &Fulfilment) -> FulfilmentChanged {
    FulfilmentChanged {
        status: fulfilment.status,
        carrier: fulfilment.carrier.clone(),
        tracking_number: fulfilment.tracking_number.clone(),
        tracking_url: fulfilment.tracking_url.clone(),
        ..shipment
    }
}

/// For the timeline of an order whose status stays.
fn part_arrived(fulfilment: &Fulfilment) -> String {
    let delivered = "A shipment was delivered";
    fulfilment.label().map_or_else(|| delivered.to_owned(), |label| format!("{delivered}: {label}"))
}
