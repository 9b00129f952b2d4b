//! Moves an order on (shipped, delivered), and says why an order did not change.
//!
//! Moves no stock and no money: cancelling does, see `cancel`.

use domain::orders::{Fulfilment, Order, OrderError, OrderStatus, left_to_ship};
use domain::{Problem, Result};
use store_postgres::saga::{self, SagaRun};
use store_postgres::{Conn, orders};

use crate::Checkout;
use crate::fulfil::shipment_of;

impl Checkout {
    /// Gives an order its next status, as the caller has read the order and its fulfilments. `shipped`
    /// ships what is left, `delivered` delivers all fulfilments: orderdb does so in the same statement.
    /// False when it has changed since: then it had no effect.
    ///
    /// # Errors
    /// 409 when its status does not allow it, or while it is being paid or cancelled.
    pub async fn update_status(&self, order: &Order, fulfilments: &[Fulfilment], to: OrderStatus) -> Result<bool> {
        if !order.status.can_transition_to(to) {
            return Err(OrderError::IllegalTransition { from: order.status, to }.into());
        }
        let shipment =
            (to == OrderStatus::Shipped).then(|| shipment_of(order, &left_to_ship(&order.items, fulfilments)));
        let event = self.fulfilment_event(order, to, shipment);
        let mut db = self.orders.acquire().await?;
        if saga::update_status(&mut db, order, to, &event, event.at).await? {
            drop(db);
            self.publish(Some(event), Vec::new()).await;
            return Ok(true);
        }
        match self.find_conflict(&mut db, order, to).await? {
            UpdateConflict::SagaActive(_) => Err(order_in_progress()),
            UpdateConflict::Changed(_) => Ok(false),
            UpdateConflict::Rejected(_) if to == OrderStatus::Shipped => Err(OrderError::AlreadyRefunded.into()),
            UpdateConflict::Rejected(error) => Err(error.into()),
        }
    }

    /// Why a conditional update of `order` matched no row.
    pub(crate) async fn find_conflict(&self, db: &mut Conn, order: &Order, to: OrderStatus) -> Result<UpdateConflict> {
        if let Some(saga_run) = saga::find_active(db, order.id).await? {
            return Ok(UpdateConflict::SagaActive(saga_run));
        }
        let current = orders::find(db, order.id).await?.ok_or_else(|| Problem::not_found("order"))?;
        let unchanged = (current.status, current.updated_at) == (order.status, order.updated_at);
        let error = OrderError::IllegalTransition { from: current.status, to };
        Ok(if unchanged { UpdateConflict::Rejected(error) } else { UpdateConflict::Changed(current.status) })
    }
}

/// Why an order did not change.
pub(crate) enum UpdateConflict {
    /// It is being paid or cancelled.
    SagaActive(SagaRun),
    /// It is not as the caller read it; this is its status now.
    Changed(OrderStatus),
    /// It is as the caller read it, and its status does not allow the change.
    Rejected(OrderError),
}

/// 409: the change depends on the outcome of a running saga.
pub(crate) fn order_in_progress() -> Problem {
    Problem::conflict(
        "order_in_progress",
        "This order is being paid or cancelled right now. Please try again in a moment.",
    )
    .with_retry_after(1)
}
