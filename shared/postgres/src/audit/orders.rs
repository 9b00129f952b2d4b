//! orderdb: orders with everything that hangs on them.

use std::collections::HashMap;

use domain::orders::{Line, Status, Step};
use domain::{Money, OrderId, PaymentId, Timestamp, UserId};
use uuid::Uuid;

use crate::orders::{known, lines_of};
use crate::pool::ask;
use crate::{Conn, Result};

/// An order, and the state of its checkout.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The order.
    pub id: OrderId,
    /// Whose.
    pub user: UserId,
    /// What it costs.
    pub total: Money,
    /// Where it stands.
    pub status: Status,
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
    pub lines: Vec<Line>,
    /// What became of it, oldest first.
    pub timeline: Vec<Step>,
    /// What goes back of its money while it stands.
    pub refunds: Vec<Giving>,
}

/// A refund as orderdb knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Giving {
    /// Its key at the processor.
    pub id: Uuid,
    /// The order that had been paid.
    pub order: OrderId,
    /// The payment that it is taken from.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// How far it came.
    pub state: GivingState,
    /// When it was asked for, by the function's clock.
    pub created_at: Timestamp,
    /// When it last moved, by orderdb's clock.
    pub moved_at: Timestamp,
    /// How often recovery has taken it up.
    pub tries: i32,
}

/// How far a refund came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivingState {
    /// Written down; the processor may have been asked.
    Intended,
    /// The money went back.
    Done,
    /// It did not.
    Refused,
}

/// Orders behind the one with this id, which may be 0, by their ids.
///
/// # Errors
/// When orderdb is away.
pub async fn orders(db: &mut Conn, after: i32, limit: i64) -> Result<Vec<Placed>> {
    let ids = sqlx::query_scalar!("select id from orders where id > $1 order by id limit $2", after, limit);
    let ids = ask!(db, fetch_all, ids)?;
    with_ids(db, &ids).await
}

/// Those of these orders that are there.
///
/// # Errors
/// When orderdb is away.
pub async fn orders_of(db: &mut Conn, orders: &[OrderId]) -> Result<Vec<Placed>> {
    let ids: Vec<i32> = orders.iter().map(|id| id.get()).collect();
    with_ids(db, &ids).await
}

/// Those of these refunds that are there.
///
/// # Errors
/// When orderdb is away.
pub async fn refunds_of(db: &mut Conn, refunds: &[Uuid]) -> Result<Vec<Giving>> {
    let select = sqlx::query_as!(
        RefundRow,
        r#"select id, order_id, payment_id, (amount * 100)::bigint as "cents!", state, created_at, step_at, tries
           from refunds where id = any($1)"#,
        refunds
    );
    Ok(ask!(db, fetch_all, select)?.into_iter().map(Giving::from).collect())
}

async fn with_ids(db: &mut Conn, ids: &[i32]) -> Result<Vec<Placed>> {
    let select = sqlx::query!(
        r#"select id, user_id, (total * 100)::bigint as "cents!", status, step, begun_at, tries, attempt,
               payment_id, created_at, updated_at
           from orders where id = any($1) order by id"#,
        ids
    );
    let heads = ask!(db, fetch_all, select)?;
    let mut lines = lines_of(db, ids).await?;
    let mut timelines = timelines(db, ids).await?;
    let mut refunds = refunds_of_orders(db, ids).await?;
    let mut orders = Vec::with_capacity(heads.len());
    for head in heads {
        orders.push(Placed {
            id: OrderId::new(head.id),
            user: UserId::new(head.user_id),
            total: Money::from_cents(head.cents),
            status: known(&head.status)?,
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

async fn timelines(db: &mut Conn, orders: &[i32]) -> Result<HashMap<i32, Vec<Step>>> {
    let select = sqlx::query!(
        "select order_id, status, at, detail from order_timeline where order_id = any($1) order by order_id, id",
        orders
    );
    let mut timelines: HashMap<i32, Vec<Step>> = HashMap::new();
    for row in ask!(db, fetch_all, select)? {
        let step = Step { status: known(&row.status)?, at: Timestamp::new(row.at), detail: row.detail };
        timelines.entry(row.order_id).or_default().push(step);
    }
    Ok(timelines)
}

async fn refunds_of_orders(db: &mut Conn, orders: &[i32]) -> Result<HashMap<i32, Vec<Giving>>> {
    let select = sqlx::query_as!(
        RefundRow,
        r#"select id, order_id, payment_id, (amount * 100)::bigint as "cents!", state, created_at, step_at, tries
           from refunds where order_id = any($1) order by order_id, id"#,
        orders
    );
    let mut refunds: HashMap<i32, Vec<Giving>> = HashMap::new();
    for row in ask!(db, fetch_all, select)? {
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

impl From<RefundRow> for Giving {
    fn from(row: RefundRow) -> Self {
        Self {
            id: row.id,
            order: OrderId::new(row.order_id),
            payment: PaymentId::new(row.payment_id),
            amount: Money::from_cents(row.cents),
            // A constraint keeps other words out.
            state: match row.state.as_str() {
                "done" => GivingState::Done,
                "refused" => GivingState::Refused,
                _ => GivingState::Intended,
            },
            created_at: Timestamp::new(row.created_at),
            moved_at: Timestamp::new(row.step_at),
            tries: row.tries,
        }
    }
}
