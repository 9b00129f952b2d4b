//! Calling an order off (money and stock go back), and moving it on along its way.

use domain::orders::{Order, Refused, Status};
use domain::payments::MAX_REFUNDS;
use domain::{Money, Problem, Result};
use postgres::saga::{self, Ending, Journey, Under};
use postgres::{Conn, orders, reservations};
use runtime::planted::{Bug, planted};

use crate::Checkout;

impl Checkout {
    /// Cancels a confirmed order, or one that waits for a payment, as the caller has seen it. One
    /// that is being cancelled is cancelled with whoever began. False when the order has changed
    /// since the caller looked: then nothing was done.
    ///
    /// # Errors
    /// 409 when the order may not be cancelled or is being paid; 503 when a step's outcome is
    /// unknown: recovery then finishes it.
    pub async fn cancel(&self, order: &Order) -> Result<bool> {
        let mut db = self.orders.acquire().await?;
        let journey = match saga::begin_cancel(&mut db, order).await? {
            Some(journey) => journey,
            None => match self.why_not(&mut db, order, Status::Cancelled).await? {
                Unmoved::UnderWay(journey) if journey.under == Under::Cancel => journey,
                Unmoved::UnderWay(_) => return Err(in_progress()),
                // With this request: it was not when the caller looked.
                Unmoved::Changed(Status::Cancelled) => return Ok(true),
                Unmoved::Changed(_) => return Ok(false),
                Unmoved::Refused(refused) => return Err(refused.into()),
            },
        };
        drop(db);
        self.give_back(&journey).await?;
        Ok(true)
    }

    /// Moves an order on along its way to the customer, as the caller has seen it. False when it
    /// has changed since the caller looked: then nothing was done.
    ///
    /// # Errors
    /// 409 when its status does not allow it, or something is under way with it.
    pub async fn move_on(&self, order: &Order, to: Status) -> Result<bool> {
        if !order.status.may_be_set_to(to) {
            return Err(Refused::IllegalTransition { from: order.status, to }.into());
        }
        let fact = domain::events::Fact::Order(domain::events::OrderFact {
            order_id: order.id,
            user_id: order.user_id,
            status: to,
            was: Some(order.status),
            total_cents: order.total.cents(),
            refunded_cents: 0,
            items: order.items.iter().map(Into::into).collect(),
            reason: None,
        });
        let event = self.event(fact);
        let mut db = self.orders.acquire().await?;
        if saga::move_on(&mut db, order, to, &event, event.at).await? {
            drop(db);
            self.tell(Some(event), Vec::new()).await;
            return Ok(true);
        }
        match self.why_not(&mut db, order, to).await? {
            Unmoved::UnderWay(_) => Err(in_progress()),
            Unmoved::Changed(_) => Ok(false),
            Unmoved::Refused(_) if to == Status::Shipped => Err(Refused::Refunded.into()),
            Unmoved::Refused(refused) => Err(refused.into()),
        }
    }

    async fn why_not(&self, db: &mut Conn, order: &Order, to: Status) -> Result<Unmoved> {
        if let Some(journey) = saga::under_way(db, order.id).await? {
            return Ok(Unmoved::UnderWay(journey));
        }
        let now = orders::find(db, order.id).await?.ok_or_else(|| Problem::not_found("order"))?;
        let same = (now.status, now.updated_at) == (order.status, order.updated_at);
        let refused = Refused::IllegalTransition { from: now.status, to };
        Ok(if same { Unmoved::Refused(refused) } else { Unmoved::Changed(now.status) })
    }

    /// The rest of a cancellation; repeated by recovery until it is through. Nothing of it can be
    /// refused: neither by a bound that limits people nor by what they do meanwhile.
    pub(crate) async fn give_back(&self, journey: &Journey) -> Result<()> {
        let mut back = Money::ZERO;
        for payment in self.processor.of_order(journey.order).await? {
            let refused = planted(Bug::RefusalIsDone) && payment.refunds.len() >= MAX_REFUNDS;
            if payment.was_captured() && !refused {
                let undone = self.processor.undo(payment.id, self.clock.now()).await?;
                // Of the payment that the order stood by; an earlier one was never in its revenue.
                if payment.id == journey.payment && journey.status == Status::Confirmed {
                    back = undone.undone().unwrap_or(Money::ZERO);
                }
            }
        }
        let mut db = self.inventory.acquire().await?;
        let stock = reservations::take_back(&mut db, journey.order).await?;
        drop(db);
        let mut db = self.orders.acquire().await?;
        let order = orders::find(&mut db, journey.order).await?;
        drop(db);
        let order = order.ok_or_else(|| Problem::internal("an order vanished while it was cancelled"))?;
        let event = self.order_event(journey, &order.items, Status::Cancelled, None, back);
        let at = event.at;
        let ending = Ending { status: Status::Cancelled, detail: None, event: Some(&event), outcome: None, at };
        self.end(journey, ending, stock).await?;
        Ok(())
    }
}

/// Why an order did not move.
enum Unmoved {
    /// A checkout or a cancellation of it is under way.
    UnderWay(Journey),
    /// It is not as the caller has seen it, and stands here now.
    Changed(Status),
    /// It is, and may not move so.
    Refused(Refused),
}

/// 409: an outcome that is not known yet would decide.
pub(crate) fn in_progress() -> Problem {
    Problem::conflict("order_in_progress", "This order is being paid or cancelled right now. Try again in a moment.")
        .retry_after(1)
}
