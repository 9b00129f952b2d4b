//! Returns: pieces of an order that come back, are refunded, and perhaps go on sale again.
//!
//! Each change is one transaction that locks the order's row first, as in `fulfil`. Receiving a return
//! writes in it, too, what is left to do: the refund, with the return's id, and the pieces to restock.
//! Then `refund → restock → close`, each keyed by that id. If a process dies in between, recovery finds
//! the refund, as any other, and does the same steps.

use domain::events::{DomainEvent, EventEnvelope, ReturnChanged, ReturnEventLine};
use domain::idempotency::{IdempotencyKey, Idempotent, Start, encode_outcome, in_progress};
use domain::orders::{self, Basket, Order, Return, ReturnError, ReturnNote, ReturnReason, ReturnStatus, ReturnWindow};
use domain::payments::Refund;
use domain::{Money, OrderId, PaymentId, Problem, ProductId, Result, ReturnId, UserId};
use store_dynamo::payments::RefundOutcome;
use store_postgres::refunds::{self, PendingRefund};
use store_postgres::returns::{self, ReturnNotice};
use store_postgres::{Conn, idempotency, reservations};

use crate::Checkout;
use crate::fulfil::{lock, lock_order};
use crate::refund::{as_stored, refunded_lines};

/// How often the amount of a return's refund is lowered because the payment had less left: others lower
/// it only while they refund by amount.
const MAX_LOWERINGS: usize = 10;

/// The pieces that are to come back.
#[derive(Clone, Debug)]
pub struct ReturnRequest {
    pub order: OrderId,
    /// The customer who asks, for an own order and within the shop's return days; `None` for an admin.
    pub owner: Option<UserId>,
    pub items: Basket,
    pub reason: ReturnReason,
}

/// What the shop decides about a return.
#[derive(Clone, Debug)]
pub struct ReturnDecision {
    pub order: OrderId,
    pub id: ReturnId,
    pub status: ReturnStatus,
    /// `None` keeps the one that it has.
    pub note: Option<ReturnNote>,
    /// Of a received one: the pieces that go back on sale.
    pub restock: Option<Basket>,
}

impl Checkout {
    /// Requests a return, once per key. The key, the return and its outcome are one transaction.
    ///
    /// # Errors
    /// 404 without such an order; 409 when nothing was shipped, the owner's time is over, or fewer pieces
    /// are left; the errors of an idempotency key.
    pub async fn request_return(
        &self,
        key: Option<&IdempotencyKey>,
        request: ReturnRequest,
    ) -> Result<Idempotent<Return>> {
        let mut db = self.orders.begin().await?;
        let requested = self.request_return_once(&mut db, key, request).await;
        self.end(db, requested).await
    }

    async fn request_return_once(
        &self,
        db: &mut Conn,
        key: Option<&IdempotencyKey>,
        request: ReturnRequest,
    ) -> Result<(Idempotent<Return>, Option<EventEnvelope>)> {
        let claim = match key {
            None => None,
            Some(key) => match idempotency::claim(db, key, 0.0).await?.start()? {
                Start::First(claim) => Some(claim),
                Start::Replay(requested) => return Ok((requested, None)),
                // A key without an outcome is never committed.
                Start::Resume(_) => return Err(in_progress(1.0)),
            },
        };
        let (order, fulfilments) = lock(db, request.order).await?;
        if request.owner.is_some_and(|owner| owner != order.user_id) {
            return Err(Problem::not_found("order"));
        }
        let (others, days) = returns::find_of_order(db, order.id).await?;
        let window = request.owner.map(|_| ReturnWindow { days, now: self.clock.now() });
        let items = orders::plan_return(&order, &fulfilments, &others, &request.items, window)?;
        let at = self.change_time(&order);
        let asked = Return {
            id: ReturnId::new(self.clock.new_uuid()),
            order_id: order.id,
            status: ReturnStatus::Requested,
            items,
            reason: request.reason.into(),
            note: None,
            refunded: None,
            created_at: at,
            decided_at: None,
            received_at: None,
        };
        let event = self.return_event(&order, &asked);
        let notice = ReturnNotice { order_status: order.status, detail: "Return requested", event: Some(&event), at };
        returns::request(db, &asked, notice).await?;
        if let Some(claim) = &claim {
            idempotency::store_outcome(db, claim, asked.id.get(), &encode_outcome(&asked)?).await?;
        }
        Ok((Idempotent::first(asked), Some(event)))
    }

    /// Approves, rejects or receives a return. The status that it has changes nothing, and completes what
    /// another request has left to do.
    ///
    /// # Errors
    /// 404 without such an order or return; 409 when its status does not allow it, or more pieces would be
    /// restocked than it has; 503 when the outcome of a step is unknown: recovery then completes it.
    pub async fn decide_return(&self, decision: ReturnDecision) -> Result<Return> {
        let mut db = self.orders.begin().await?;
        let decided = self.decide_return_once(&mut db, decision).await;
        let decided = decided.map(|(decided, refund, event)| ((decided, refund), event));
        let (mut decided, refund) = self.end(db, decided).await?;
        match refund {
            Some(refund) => decided.refunded = Some(self.execute_refund(&refund).await?.amount),
            None if decided.status == ReturnStatus::Received && decided.refunded.is_none() => {
                self.resume_abandoned(decided.id.get()).await?;
                let mut db = self.orders.acquire().await?;
                decided = find(&mut db, decided.order_id, decided.id).await?;
            }
            None => {}
        }
        Ok(decided)
    }

    async fn decide_return_once(
        &self,
        db: &mut Conn,
        decision: ReturnDecision,
    ) -> Result<(Return, Option<PendingRefund>, Option<EventEnvelope>)> {
        let order = lock_order(db, decision.order).await?;
        let (others, _) = returns::find_of_order(db, order.id).await?;
        let was = others.iter().find(|other| other.id == decision.id);
        let was = was.ok_or_else(|| Problem::not_found("return"))?;
        let (from, to) = (was.status, decision.status);
        if from == to {
            return Ok((was.clone(), None, None));
        }
        if !from.can_become(to) {
            return Err(ReturnError::IllegalTransition { from, to }.into());
        }
        let at = self.change_time(&order);
        let mut decided = Return { status: to, ..was.clone() };
        decided.note = decision.note.map(Into::into).or(decided.note);
        let detail = match to {
            ReturnStatus::Received => {
                decided.items = orders::plan_restock(&decided.items, decision.restock.as_ref())?;
                decided.received_at = Some(at);
                "Return received"
            }
            ReturnStatus::Approved => "Return approved",
            ReturnStatus::Rejected | ReturnStatus::Requested => "Return declined",
        };
        if to != ReturnStatus::Received {
            decided.decided_at = Some(at);
        }
        // A received return is reported with its refund, when that is done.
        let event = (to != ReturnStatus::Received).then(|| self.return_event(&order, &decided));
        let notice = ReturnNotice { order_status: order.status, detail, event: event.as_ref(), at };
        returns::decide(db, &decided, notice).await?;
        let refund = match to {
            ReturnStatus::Received => Some(self.begin_return_refund(db, &order, &others, &decided).await?),
            _ => None,
        };
        Ok((decided, refund, event))
    }

    /// Inserts the refund of a return that is received now. There is one even if nothing is left to
    /// refund: recovery completes the return by it.
    async fn begin_return_refund(
        &self,
        db: &mut Conn,
        order: &Order,
        others: &[Return],
        received: &Return,
    ) -> Result<PendingRefund> {
        let position = refunds::find_position(db, order.id).await?;
        let plan = position.plan_return(order, &received.items, is_whole_order_back(order, others, received));
        let mut pending = PendingRefund {
            id: received.id.get(),
            order: order.id,
            payment: find_payment(db, order.id).await?,
            amount: plan.amount,
            currency: order.currency,
            items: refunded_lines(&plan),
            reason: None,
            return_id: Some(received.id),
            email: order.email.clone(),
        };
        if !refunds::begin_refund(db, &mut pending, &plan, None, self.clock.now()).await? {
            return Err(Problem::internal("a locked order began a saga"));
        }
        Ok(pending)
    }

    /// `refund → restock → close`; every step may be repeated.
    pub(crate) async fn complete_return(&self, pending: &PendingRefund, id: ReturnId) -> Result<Refund> {
        let refund = self.refund_return(pending).await?;
        let mut db = self.orders.acquire().await?;
        let order = store_postgres::orders::find(&mut db, pending.order).await?;
        let order = order.ok_or_else(|| Problem::internal("an order vanished while a return was completed"))?;
        let received = find(&mut db, pending.order, id).await?;
        drop(db);
        let back = received.items.iter().filter(|line| line.restocked > 0);
        let back: Vec<(ProductId, i32)> = back.map(|line| (line.product_id, line.restocked)).collect();
        let mut stock = Vec::new();
        if !back.is_empty() {
            let mut db = self.inventory.acquire().await?;
            stock = reservations::restock_return(&mut db, id, order.id, &back).await?;
        }
        let told = Return { refunded: Some(refund.amount), ..received };
        let mut events = vec![self.return_event(&order, &told)];
        if refund.amount != Money::ZERO {
            events.push(self.refund_event(pending, order.user_id, refund.amount));
        }
        self.close_refund(pending, &refund, events, stock).await?;
        Ok(refund)
    }

    /// Refunds what a return is worth, or what is left of the payment. A refund of nothing needs no
    /// processor.
    async fn refund_return(&self, pending: &PendingRefund) -> Result<Refund> {
        let mut refund = self.refund_of(pending, pending.amount);
        for _ in 0..MAX_LOWERINGS {
            if refund.amount == Money::ZERO {
                return Ok(refund);
            }
            let refundable = match self.processor.refund(pending.payment, &refund).await? {
                RefundOutcome::Refunded(payment) | RefundOutcome::Duplicate(payment) => {
                    return Ok(as_stored(&payment, refund));
                }
                RefundOutcome::TooLarge { refundable } | RefundOutcome::TooMany { refundable } => refundable,
                RefundOutcome::NotRefundable(_) | RefundOutcome::NotFound => Money::ZERO,
            };
            let mut db = self.orders.acquire().await?;
            let lowered = refunds::lower_amount(&mut db, pending.id, refundable).await?;
            drop(db);
            refund.amount = lowered.ok_or_else(|| Problem::unavailable("another process has completed this return"))?;
        }
        Err(Problem::unavailable("a payment is refunded all the time"))
    }

    fn return_event(&self, order: &Order, changed: &Return) -> EventEnvelope {
        let name = |product| order.items.iter().find(|line| line.product_id == product).map(|line| line.name.clone());
        let lines = changed.items.iter().map(|line| ReturnEventLine {
            product_id: line.product_id,
            name: name(line.product_id).unwrap_or_default(),
            quantity: line.quantity,
        });
        self.new_event(DomainEvent::ReturnChanged(ReturnChanged {
            return_id: changed.id,
            order_id: order.id,
            user_id: order.user_id,
            status: changed.status,
            items: lines.collect(),
            reason: changed.reason.clone(),
            note: changed.note.clone(),
            refunded_cents: changed.refunded.map(Money::cents),
            currency: order.currency,
            email: order.email.clone(),
        }))
    }
}

async fn find(db: &mut Conn, order: OrderId, id: ReturnId) -> Result<Return> {
    let (all, _) = returns::find_of_order(db, order).await?;
    all.into_iter().find(|found| found.id == id).ok_or_else(|| Problem::not_found("return"))
}

/// The payment that confirmed the order.
async fn find_payment(db: &mut Conn, order: OrderId) -> Result<PaymentId> {
    let payment = store_postgres::orders::find_payment(db, order).await?;
    payment.ok_or_else(|| Problem::internal("a locked order vanished"))
}

/// Whether every piece of the order is in a received return, together with this one.
fn is_whole_order_back(order: &Order, others: &[Return], received: &Return) -> bool {
    let back = others.iter().filter(|other| other.status == ReturnStatus::Received).chain([received]);
    let back: Vec<_> = back.flat_map(|other| &other.items).collect();
    order.items.iter().all(|bought| {
        let pieces: i32 =
            back.iter().filter(|line| line.product_id == bought.product_id).map(|line| line.quantity).sum();
        pieces >= bought.quantity
    })
}
