//! orderdb: orders with everything that hangs on them.

use std::collections::HashMap;

use domain::orders::{OrderLine, OrderStatus, TimelineEntry};
use domain::{Money, OrderId, PaymentId, Timestamp, UserId};
use uuid::Uuid;

use crate::orders::{lines_by_order, parse_status};
use crate::pool::timed;
use crate::{Conn, Result};

/// An order, and the state of its checkout.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderRecord {
    /// The order.
    pub id: OrderId,
    /// Whose.
    pub user: UserId,
    /// What it costs.
    pub total: Money,
    /// Where it stands.
    pub status: OrderStatus,
    /// What is under way with it: `place`, `pay`, `cancel`.
    pub step: Option<String>,
    /// When that was begun, by orderdb's clock.
    pub begun_at: Timestamp,
    /// How often recovery has taken it up since.
    pub tries: i32,
    /// The latest attempt to reserve and pay.
    pub attempt: i32,
    /// Its key at the processor.
    pub payment: PaymentId,
    /// When it was placed, by the function's clock.
    pub created_at: Timestamp,
    /// When it got its status, by the function's clock.
    pub updated_at: Timestamp,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// What became of it, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// What goes back of its money while it stands.
    pub refunds: Vec<RefundRecord>,
}

/// A refund as orderdb knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundRecord {
    /// Its key at the processor.
    pub id: Uuid,
    /// The order that had been paid.
    pub order: OrderId,
    /// The payment that it is taken from.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// How far it came.
    pub state: RefundState,
    /// When it was asked for, by the function's clock.
    pub created_at: Timestamp,
    /// When it last moved, by orderdb's clock.
    pub changed_at: Timestamp,
    /// How often recovery has taken it up.
    pub tries: i32,
}

/// How far a refund came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// Written down; the processor may have been asked.
    Pending,
    /// The money went back.
    Done,
    /// It did not.
    Rejected,
}

/// Orders behind the one with this id, which may be 0, by their ids.
///
/// # Errors
/// When orderdb is away.
pub async fn list_orders(db: &mut Conn, after: i32, limit: i64) -> Result<Vec<OrderRecord>> {
    let ids = sqlx::query_scalar!("select id from orders where id > $1 order by id limit $2", after, limit);
    let ids = timed!(db, fetch_all, ids)?;
    load_orders(db, &ids).await
}

/// Those of these orders that are there.
///
/// # Errors
/// When orderdb is away.
pub async fn find_orders(db: &mut Conn, orders: &[OrderId]) -> Result<Vec<OrderRecord>> {
    let ids: Vec<i32> = orders.iter().map(|id| id.get()).collect();
    load_orders(db, &ids).await
}

/// Those of these refunds that are there.
///
/// # Errors
/// When orderdb is away.
pub async fn find_refunds(db: &mut Conn, refunds: &[Uuid]) -> Result<Vec<RefundRecord>> {
    let select = sqlx::query_as!(
        RefundRow,
        r#"select id, order_id, payment_id, (amount * 100)::bigint as "cents!", state, created_at, step_at, tries
           from refunds where id = any($1)"#,
        refunds
    );
    Ok(timed!(db, fetch_all, select)?.into_iter().map(RefundRecord::from).collect())
}

async fn load_orders(db: &mut Conn, ids: &[i32]) -> Result<Vec<OrderRecord>> {
    let select = sqlx::query!(
        r#"select id, user_id, (total * 100)::bigint as "cents!", status, step, begun_at, tries, attempt,
               payment_id, created_at, updated_at
           from orders where id = any($1) order by id"#,
        ids
    );
    let heads = timed!(db, fetch_all, select)?;
    let mut lines = lines_by_order(db, ids).await?;
    let mut timelines = timelines_by_order(db, ids).await?;
    let mut refunds = refunds_by_order(db, ids).await?;
    let mut orders = Vec::with_capacity(heads.len());
    for head in heads {
        orders.push(OrderRecord {
            id: OrderId::new(head.id),
            user: UserId::new(head.user_id),
            total: Money::from_cents(head.cents),
            status: parse_status(&head.status)?,
            step: head.step,
            begun_at: Timestamp::new(head.begun_at),
            tries: head.tries,
            attempt: head.attempt,
            payment: PaymentId::new(head.payment_id),
            created_at: Timestamp::new(head.created_at),
            updated_at: Timestamp::new(head.updated_at),
            lines: lines.remove(&head.id).unwrap_or_default(),
            timeline: timelines.remove(&head.id).unwrap_or_default(),
            refunds: refunds.remove(&head.id).unwrap_or_default(),
        });
    }
    Ok(orders)
}

async fn timelines_by_order(db: &mut Conn, orders: &[i32]) -> Result<HashMap<i32, Vec<TimelineEntry>>> {
    let select = sqlx::query!(
        "select order_id, status, at, detail from order_timeline where order_id = any($1) order by order_id, id",
        orders
    );
    let mut timelines: HashMap<i32, Vec<TimelineEntry>> = HashMap::new();
    for row in timed!(db, fetch_all, select)? {
        let step = TimelineEntry { status: parse_status(&row.status)?, at: Timestamp::new(row.at), detail: row.detail };
        timelines.entry(row.order_id).or_default().push(step);
    }
    Ok(timelines)
}

async fn refunds_by_order(db: &mut Conn, orders: &[i32]) -> Result<HashMap<i32, Vec<RefundRecord>>> {
    let select = sqlx::query_as!(
        RefundRow,
        r#"select id, order_id, payment_id, (amount * 100)::bigint as "cents!", state, created_at, step_at, tries
           from refunds where order_id = any($1) order by order_id, id"#,
        orders
    );
    let mut refunds: HashMap<i32, Vec<RefundRecord>> = HashMap::new();
    for row in timed!(db, fetch_all, select)? {
        refunds.entry(row.order_id).or_default().push(row.into());
    }
    Ok(refunds)
}

struct RefundRow {
    id: Uuid,
    order_id: i32,
    payment_id: Uuid,
    cents: i64,
    state: String,
    created_at: chrono::DateTime<chrono::Utc>,
    step_at: chrono::DateTime<chrono::Utc>,
    tries: i32,
}

impl From<RefundRow> for RefundRecord {
    fn from(row: RefundRow) -> Self {
        Self {
            id: row.id,
            order: OrderId::new(row.order_id),
            payment: PaymentId::new(row.payment_id),
            amount: Money::from_cents(row.cents),
            // A constraint keeps other words out.
            state: match row.state.as_str() {
                "done" => RefundState::Done,
                "refused" => RefundState::Rejected,
                _ => RefundState::Pending,
            },
            created_at: Timestamp::new(row.created_at),
            changed_at: Timestamp::new(row.step_at),
            tries: row.tries,
        }
    }
}
