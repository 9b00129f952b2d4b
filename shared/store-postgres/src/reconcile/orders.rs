//! orderdb: orders with everything that belongs to them.

use std::collections::HashMap;

use domain::orders::{OrderLine, OrderStatus, TimelineEntry};
use domain::pricing::Amounts;
use domain::{DiscountId, Money, OrderId, PaymentId, ReturnId, Timestamp, UserId};
use uuid::Uuid;

use crate::orders::{lines_by_order, parse_status};
use crate::pool::timed;
use crate::{Conn, Result};

/// An order, and the state of its checkout.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderRecord {
    pub id: OrderId,
    pub user: UserId,
    pub total: Money,
    /// What its total consists of; `total` once more.
    pub amounts: Amounts,
    /// The discount that it uses while it stands.
    pub discount: Option<DiscountId>,
    pub status: OrderStatus,
    /// The saga in progress: `place`, `pay`, `cancel`.
    pub step: Option<String>,
    /// When that saga began, by orderdb's clock.
    pub begun_at: Timestamp,
    /// How often recovery has claimed it since.
    pub tries: i32,
    /// The latest payment attempt.
    pub attempt: i32,
    /// The key at the processor.
    pub payment: PaymentId,
    /// By the function's clock.
    pub created_at: Timestamp,
    /// When its status last changed, by the function's clock.
    pub updated_at: Timestamp,
    pub lines: Vec<OrderLine>,
    /// Every status change, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// The refunds of its payment, except that of a cancellation.
    pub refunds: Vec<RefundRecord>,
}

/// A refund in orderdb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundRecord {
    /// The key at the processor.
    pub id: Uuid,
    /// The order that was paid.
    pub order: OrderId,
    /// The payment that is refunded.
    pub payment: PaymentId,
    pub amount: Money,
    /// The price of the order's shipping, if that was refunded with it.
    pub shipping: Option<Money>,
    /// The received return that it was made for.
    pub return_id: Option<ReturnId>,
    pub state: RefundState,
    /// When it was requested, by the function's clock.
    pub created_at: Timestamp,
    /// When it last changed, by orderdb's clock.
    pub changed_at: Timestamp,
    /// How often recovery has claimed it.
    pub tries: i32,
}

/// The state of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// Stored; the processor may have been called.
    Pending,
    /// The money was refunded.
    Done,
    /// The processor rejected it.
    Rejected,
}

/// Orders with ids after `after`, which may be 0, in order.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list_orders(db: &mut Conn, after: i32, limit: i64) -> Result<Vec<OrderRecord>> {
    let ids = sqlx::query_scalar!("select id from orders where id > $1 order by id limit $2", after, limit);
    let ids = timed!(db, fetch_all, ids)?;
    load_orders(db, &ids).await
}

/// Those of these orders that exist.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn find_orders(db: &mut Conn, orders: &[OrderId]) -> Result<Vec<OrderRecord>> {
    let ids: Vec<i32> = orders.iter().map(|id| id.get()).collect();
    load_orders(db, &ids).await
}

/// Those of these refunds that exist.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn find_refunds(db: &mut Conn, refunds: &[Uuid]) -> Result<Vec<RefundRecord>> {
    let select = sqlx::query_as!(
        RefundRow,
        r#"select id, order_id, payment_id, (amount * 100)::bigint as "cents!",
               (shipping * 100)::bigint as shipping_cents, return_id, state, created_at, step_at, tries
           from refunds where id = any($1)"#,
        refunds
    );
    Ok(timed!(db, fetch_all, select)?.into_iter().map(RefundRecord::from).collect())
}

async fn load_orders(db: &mut Conn, ids: &[i32]) -> Result<Vec<OrderRecord>> {
    let select = sqlx::query!(
        r#"select id, user_id, (total * 100)::bigint as "total!", (subtotal * 100)::bigint as "subtotal!",
               (discount * 100)::bigint as "discount!", (shipping * 100)::bigint as "shipping!",
               (shipping_tax * 100)::bigint as "shipping_tax!", (tax * 100)::bigint as "tax!", tax_included,
               discount_id, status, step, begun_at, tries, attempt, payment_id, created_at, updated_at
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
            total: Money::from_cents(head.total),
            amounts: Amounts {
                subtotal: Money::from_cents(head.subtotal),
                discount: Money::from_cents(head.discount),
                shipping: Money::from_cents(head.shipping),
                shipping_tax: Money::from_cents(head.shipping_tax),
                tax: Money::from_cents(head.tax),
                tax_included: head.tax_included,
                total: Money::from_cents(head.total),
            },
            discount: head.discount_id.map(DiscountId::new),
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
        r#"select id, order_id, payment_id, (amount * 100)::bigint as "cents!",
               (shipping * 100)::bigint as shipping_cents, return_id, state, created_at, step_at, tries
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
    shipping_cents: Option<i64>,
    return_id: Option<Uuid>,
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
            shipping: row.shipping_cents.map(Money::from_cents),
            return_id: row.return_id.map(ReturnId::new),
            // A constraint excludes other words.
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
