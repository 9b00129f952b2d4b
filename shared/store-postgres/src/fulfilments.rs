//! Fulfilments of orders: which pieces left together, and whether they have arrived.
//!
//! Whoever changes them has locked the order's row with [`lock_order`], in the transaction of the
//! change, and decides by what it reads after that. Whatever is decided, the database counts the
//! shipped pieces in their lines' own rows, and rejects more than were bought.

use domain::events::EventEnvelope;
use domain::orders::{Fulfilment, FulfilmentLine, FulfilmentStatus, OrderStatus, TimelineEntry};
use domain::{FulfilmentId, OrderId, ProductId, Timestamp};

use crate::orders::parse_status;
use crate::pool::timed;
use crate::{Conn, Result, outbox};

/// What locking an order has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderLock {
    /// Nobody else changes it until this transaction ends.
    Locked,
    /// It is being paid or cancelled.
    SagaActive,
    NotFound,
}

/// Locks an order until the transaction ends. What decides about it is read by later statements: this
/// one may have waited, and has read before that.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn lock_order(db: &mut Conn, order: OrderId) -> Result<OrderLock> {
    let select =
        sqlx::query_scalar!(r#"select step is null as "idle!" from orders where id = $1 for update"#, order.get());
    Ok(match timed!(db, fetch_optional, select)? {
        Some(true) => OrderLock::Locked,
        Some(false) => OrderLock::SagaActive,
        None => OrderLock::NotFound,
    })
}

/// An order's status changes, oldest first, and its fulfilments, oldest first, in one statement.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn find_history(db: &mut Conn, order: OrderId) -> Result<(Vec<TimelineEntry>, Vec<Fulfilment>)> {
    let select = sqlx::query_as!(
        HistoryRow,
        r#"select t.status as "status!", t.at as "at!", t.detail, null::uuid as fulfilment_id, null as carrier,
               null as tracking_number, null as tracking_url, null::timestamptz as delivered_at,
               null::integer as product_id, null::integer as quantity, t.id as place
           from order_timeline t where t.order_id = any(array[$1::int])
           union all
           select f.status, f.created_at, null, f.id, f.carrier, f.tracking_number, f.tracking_url, f.delivered_at,
               i.product_id, i.quantity, null
           from fulfilments f join fulfilment_items i on i.order_id = f.order_id and i.fulfilment_id = f.id
           where f.order_id = any(array[$1::int])
           order by place, 2, fulfilment_id, product_id"#,
        order.get()
    );
    let (mut timeline, mut fulfilments) = (Vec::new(), Vec::<Fulfilment>::new());
    for row in timed!(db, fetch_all, select)? {
        let Some(line) = row.line() else {
            timeline.push(row.into_timeline_entry()?);
            continue;
        };
        match fulfilments.last_mut().filter(|last| Some(last.id.get()) == row.fulfilment_id) {
            Some(last) => last.items.push(line),
            None => fulfilments.extend(row.into_fulfilment(order, line)),
        }
    }
    Ok((timeline, fulfilments))
}

/// How an order changes together with one of its fulfilments.
#[derive(Clone, Copy, Debug)]
pub struct FulfilmentChange<'a> {
    /// The order's status from now on; perhaps the one that it has.
    pub status: OrderStatus,
    /// For the order's timeline.
    pub detail: Option<&'a str>,
    pub event: &'a EventEnvelope,
    /// Later than the order's last change: readers compare it.
    pub at: Timestamp,
}

/// Inserts a fulfilment, with its lines, the order's status, its timeline and the event: in one
/// statement, within the transaction that has locked the order. False when all of the order's money was
/// or is being refunded: then nothing is shipped.
///
/// # Errors
/// When orderdb is unreachable, or more pieces would be shipped than were bought.
pub async fn ship(db: &mut Conn, fulfilment: &Fulfilment, change: FulfilmentChange<'_>) -> Result<bool> {
    let (ids, bodies) = outbox::columns(std::slice::from_ref(change.event));
    let (products, quantities): (Vec<i32>, Vec<i32>) =
        fulfilment.items.iter().map(|line| (line.product_id.get(), line.quantity)).unzip();
    let insert = sqlx::query_scalar!(
        r#"with moved as (
               update orders o set status = $2, updated_at = $3
               where id = $1 and step is null and (total = 0 or total > (
                   select coalesce(sum(r.amount), 0) from refunds r where r.order_id = o.id and r.state <> 'refused'
               ))
               returning id
           ), sent as (
               insert into fulfilments (id, order_id, carrier, tracking_number, tracking_url, created_at)
               select $4, id, $5, $6, $7, $3 from moved
           ), packed as (
               insert into fulfilment_items (order_id, product_id, fulfilment_id, quantity)
               select moved.id, line.product_id, $4, line.quantity
               from moved, unnest($8::integer[], $9::integer[]) as line (product_id, quantity)
           ), noted as (
               insert into order_timeline (order_id, status, at, detail) select id, $2, $3, $10 from moved
           ), told as (
               insert into outbox (event_id, body)
               select e.id, e.body from moved, unnest($11::uuid[], $12::text[]) as e (id, body)
           )
           select id from moved"#,
        fulfilment.order_id.get(),
        change.status.as_str(),
        change.at.utc(),
        fulfilment.id.get(),
        fulfilment.carrier,
        fulfilment.tracking_number,
        fulfilment.tracking_url,
        &products,
        &quantities,
        change.detail,
        &ids,
        &bodies
    );
    Ok(timed!(db, fetch_optional, insert)?.is_some())
}

/// Marks a fulfilment as delivered, with the order's status, its timeline and the event: in one
/// statement, within the transaction that has locked the order. False when it was delivered before.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn deliver(
    db: &mut Conn,
    order: OrderId,
    fulfilment: FulfilmentId,
    change: FulfilmentChange<'_>,
) -> Result<bool> {
    let (ids, bodies) = outbox::columns(std::slice::from_ref(change.event));
    let update = sqlx::query_scalar!(
        r#"with arrived as (
               update fulfilments set status = 'delivered', delivered_at = $3
               where order_id = $1 and id = $4 and status = 'shipped' returning order_id
           ), moved as (
               update orders o set status = $2, updated_at = $3 from arrived where o.id = arrived.order_id
               returning o.id
           ), noted as (
               insert into order_timeline (order_id, status, at, detail) select id, $2, $3, $5 from moved
           ), told as (
               insert into outbox (event_id, body)
               select e.id, e.body from moved, unnest($6::uuid[], $7::text[]) as e (id, body)
           )
           select id from moved"#,
        order.get(),
        change.status.as_str(),
        change.at.utc(),
        fulfilment.get(),
        change.detail,
        &ids,
        &bodies
    );
    Ok(timed!(db, fetch_optional, update)?.is_some())
}

/// A row of a timeline, or a line of a fulfilment.
struct HistoryRow {
    status: String,
    at: chrono::DateTime<chrono::Utc>,
    detail: Option<String>,
    fulfilment_id: Option<uuid::Uuid>,
    carrier: Option<String>,
    tracking_number: Option<String>,
    tracking_url: Option<String>,
    delivered_at: Option<chrono::DateTime<chrono::Utc>>,
    product_id: Option<i32>,
    quantity: Option<i32>,
    /// Of a timeline's row, its id; only the statement orders by it.
    #[expect(dead_code, reason = "a column of the statement")]
    place: Option<i64>,
}

impl HistoryRow {
    /// `None` for a row of the timeline.
    fn line(&self) -> Option<FulfilmentLine> {
        Some(FulfilmentLine { product_id: ProductId::new(self.product_id?), quantity: self.quantity? })
    }

    fn into_timeline_entry(self) -> Result<TimelineEntry> {
        Ok(TimelineEntry { status: parse_status(&self.status)?, at: Timestamp::new(self.at), detail: self.detail })
    }

    /// `None` for a row of the timeline.
    fn into_fulfilment(self, order_id: OrderId, line: FulfilmentLine) -> Option<Fulfilment> {
        Some(Fulfilment {
            id: FulfilmentId::new(self.fulfilment_id?),
            order_id,
            items: vec![line],
            carrier: self.carrier,
            tracking_number: self.tracking_number,
            tracking_url: self.tracking_url,
            // A constraint keeps others out.
            status: FulfilmentStatus::parse(&self.status).unwrap_or(FulfilmentStatus::Shipped),
            created_at: Timestamp::new(self.at),
            delivered_at: self.delivered_at.map(Timestamp::new),
        })
    }
}
