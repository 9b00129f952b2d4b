//! Calling an order off: money and stock go back.

use domain::orders::{Order, Refused, Status};
use domain::{Problem, Result};
use postgres::saga::{self, Ending, Journey};
use postgres::{orders, reservations};

use crate::Checkout;

impl Checkout {
    /// Cancels a confirmed order, or one that waits for a payment.
    ///
    /// # Errors
    /// 409 when the order stands elsewhere or something is under way with it; 503 when a step's
    /// outcome is unknown: recovery then finishes it.
    pub async fn cancel(&self, order: &Order) -> Result<()> {
        let mut db = self.orders.acquire().await?;
        let begun = saga::begin_cancel(&mut db, order.id).await?;
        drop(db);
        let refused = Refused::IllegalTransition { from: order.status, to: Status::Cancelled };
        self.give_back(&begun.ok_or(refused)?).await
    }

    /// Moves an order on along its way to the customer.
    ///
    /// # Errors
    /// 409 when its status does not allow it.
    pub async fn move_on(&self, order: &Order, to: Status) -> Result<()> {
        let refused = Refused::IllegalTransition { from: order.status, to };
        if !order.status.may_be_set_to(to) {
            return Err(refused.into());
        }
        let fact = domain::events::Fact::Order(domain::events::OrderFact {
            order_id: order.id,
            user_id: order.user_id,
            status: to,
            was: Some(order.status),
            total_cents: order.total.cents(),
            items: order.items.iter().map(Into::into).collect(),
            reason: None,
        });
        let event = self.event(fact);
        let mut db = self.orders.acquire().await?;
        let moved = saga::move_on(&mut db, order.id, order.status, to, &event, event.at).await?;
        drop(db);
        if !moved {
            return Err(refused.into());
        }
        self.tell(Some(event), Vec::new()).await;
        Ok(())
    }

    /// The rest of a cancellation; repeated by recovery until it is through.
    pub(crate) async fn give_back(&self, journey: &Journey) -> Result<()> {
        for payment in self.processor.of_order(journey.order).await? {
            self.refund_all(&payment).await?;
        }
        let mut db = self.inventory.acquire().await?;
        let stock = reservations::take_back(&mut db, journey.order).await?;
        drop(db);
        let mut db = self.orders.acquire().await?;
        let order = orders::find(&mut db, journey.order).await?;
        drop(db);
        let order = order.ok_or_else(|| Problem::internal("an order vanished while it was cancelled"))?;
        let event = self.order_event(journey, &order.items, Status::Cancelled, None);
        let at = event.at;
        let ending = Ending { status: Status::Cancelled, detail: None, event: Some(&event), outcome: None, at };
        self.end(journey, ending, stock).await?;
        Ok(())
    }
}
