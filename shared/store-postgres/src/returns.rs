//! Returns of orders. Whoever changes one has locked the order's row with
//! [`lock_order`](crate::fulfilments::lock_order), in the transaction of the change, and decides by what
//! it reads after that. Whatever is decided, the database counts the returned pieces in their lines' own
//! rows, and rejects more than were shipped.

use domain::events::EventEnvelope;
use domain::orders::{OrderStatus, Return, ReturnLine, ReturnStatus};
use domain::{Money, OrderId, Page, PageSize, ProductId, ReturnId, Timestamp};
use std::collections::HashMap;
use uuid::Uuid;

use crate::pool::timed;
use crate::{Conn, Result, outbox};

/// The returns of an order, oldest first, and the shop's return days.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn find_of_order(db: &mut Conn, order: OrderId) -> Result<(Vec<Return>, i32)> {
    let select = sqlx::query!(
        r#"select s.return_days, r.id as "id?", r.status as "status?", r.reason as "reason?", r.note,
               r.created_at as "created_at?", r.decided_at, r.received_at,
               (select (f.amount * 100)::bigint from refunds f where f.return_id = r.id and f.state = 'done') as cents,
               i.product_id as "product_id?", i.quantity as "quantity?", i.restocked as "restocked?"
           from shop_settings s
           left join returns r on r.order_id = $1
           left join return_items i on i.order_id = r.order_id and i.return_id = r.id
           where s.id
           order by r.created_at, r.id, i.product_id"#,
        order.get()
    );
    let rows = timed!(db, fetch_all, select)?;
    let days = rows.first().map_or(0, |row| row.return_days);
    let mut returns: Vec<Return> = Vec::new();
    for row in rows {
        let (Some(id), Some(status), Some(reason), Some(at)) = (row.id, row.status, row.reason, row.created_at) else {
            continue;
        };
        if returns.last().is_none_or(|last| last.id.get() != id) {
            returns.push(Return {
                id: ReturnId::new(id),
                order_id: order,
                status: parse_status(&status),
                items: Vec::new(),
                reason,
                note: row.note,
                refunded: row.cents.map(Money::from_cents),
                created_at: Timestamp::new(at),
                decided_at: row.decided_at.map(Timestamp::new),
                received_at: row.received_at.map(Timestamp::new),
            });
        }
        let line = row.product_id.zip(row.quantity).zip(row.restocked);
        let line = line.map(|((product, quantity), restocked)| return_line(product, quantity, restocked));
        if let Some(last) = returns.last_mut() {
            last.items.extend(line);
        }
    }
    Ok((returns, days))
}

/// Returns, newest first: of one status, or all; only older ones than `before`.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn list(
    db: &mut Conn,
    status: Option<ReturnStatus>,
    before: Option<ReturnId>,
    limit: PageSize,
) -> Result<Page<Return>> {
    // With a status it is read in the order of that index, else in the order of the ids.
    let mut select = sqlx::QueryBuilder::new(
        "select id, order_id, status, reason, note, created_at, decided_at, received_at,
             (select (f.amount * 100)::bigint from refunds f where f.return_id = returns.id and f.state = 'done')
         from returns where true",
    );
    let mut order = "";
    if let Some(status) = status {
        select.push(" and status = any(array[").push_bind(status.as_str()).push("])");
        order = "status, ";
    }
    if let Some(before) = before {
        select.push(" and id < ").push_bind(before.get());
    }
    select.push(format!(" order by {order}id desc limit ")).push_bind(limit.fetch_limit());
    let heads: Vec<HeadRow> = timed!(db, fetch_all, select.build_query_as())?;
    let ids: Vec<Uuid> = heads.iter().map(|head| head.0).collect();
    let mut lines = lines_by_return(db, &ids).await?;
    let returns = heads.into_iter().map(|head| {
        let items = lines.remove(&head.0).unwrap_or_default();
        head_with_lines(head, items)
    });
    Ok(Page::from_rows(returns.collect(), limit, |listed| listed.id))
}

async fn lines_by_return(db: &mut Conn, returns: &[Uuid]) -> Result<HashMap<Uuid, Vec<ReturnLine>>> {
    let select = sqlx::query!(
        "select r.id, i.product_id, i.quantity, i.restocked
         from returns r join return_items i on i.order_id = r.order_id and i.return_id = r.id
         where r.id = any($1) order by r.id, i.product_id",
        returns
    );
    let mut lines: HashMap<Uuid, Vec<ReturnLine>> = HashMap::new();
    for row in timed!(db, fetch_all, select)? {
        lines.entry(row.id).or_default().push(return_line(row.product_id, row.quantity, row.restocked));
    }
    Ok(lines)
}

/// What is written together with a change of a return.
#[derive(Clone, Copy, Debug)]
pub struct ReturnNotice<'a> {
    /// The order's status, which it keeps.
    pub order_status: OrderStatus,
    /// For the order's timeline.
    pub detail: &'a str,
    /// `None` for a received return: whoever closes its refund reports it.
    pub event: Option<&'a EventEnvelope>,
    pub at: Timestamp,
}

/// Inserts a return with its lines, the order's timeline and the event: in one statement, within the
/// transaction that has locked the order.
///
/// # Errors
/// When orderdb is unreachable, or more pieces would be returned than were shipped.
pub async fn request(db: &mut Conn, asked: &Return, notice: ReturnNotice<'_>) -> Result<()> {
    let (ids, bodies) = outbox::columns(notice.event.map(std::slice::from_ref).unwrap_or_default());
    let (products, quantities): (Vec<i32>, Vec<i32>) =
        asked.items.iter().map(|line| (line.product_id.get(), line.quantity)).unzip();
    let insert = sqlx::query!(
        r#"with asked as (
               insert into returns (id, order_id, reason, created_at) values ($1, $2, $3, $4) returning id, order_id
           ), of_lines as (
               insert into return_items (order_id, product_id, return_id, quantity)
               select asked.order_id, line.product_id, asked.id, line.quantity
               from asked, unnest($5::integer[], $6::integer[]) as line (product_id, quantity)
           ), noted as (
               insert into order_timeline (order_id, status, at, detail) select order_id, $7, $4, $8 from asked
           )
           insert into outbox (event_id, body)
           select e.id, e.body from asked, unnest($9::uuid[], $10::text[]) as e (id, body)"#,
        asked.id.get(),
        asked.order_id.get(),
        asked.reason,
        notice.at.utc(),
        &products,
        &quantities,
        notice.order_status.as_str(),
        notice.detail,
        &ids,
        &bodies
    );
    timed!(db, execute, insert).map(drop)
}

/// Writes the status of a return that has another one so far, with its times, its note and its restocked
/// pieces, the order's timeline and the event: in one statement, within the transaction that has locked
/// the order.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn decide(db: &mut Conn, decided: &Return, notice: ReturnNotice<'_>) -> Result<()> {
    let (ids, bodies) = outbox::columns(notice.event.map(std::slice::from_ref).unwrap_or_default());
    let (products, restocked): (Vec<i32>, Vec<i32>) =
        decided.items.iter().map(|line| (line.product_id.get(), line.restocked)).unzip();
    let update = sqlx::query!(
        r#"with decided as (
               update returns set status = $3, note = $4, decided_at = $5, received_at = $6
               where id = $1 and order_id = $2 and status <> $3 returning id, order_id
           ), on_sale as (
               update return_items i set restocked = line.pieces
               from decided, unnest($7::integer[], $8::integer[]) as line (product_id, pieces)
               where i.order_id = decided.order_id and i.return_id = decided.id
                   and i.product_id = line.product_id and line.pieces > 0
           ), noted as (
               insert into order_timeline (order_id, status, at, detail) select order_id, $9, $10, $11 from decided
           )
           insert into outbox (event_id, body)
           select e.id, e.body from decided, unnest($12::uuid[], $13::text[]) as e (id, body)"#,
        decided.id.get(),
        decided.order_id.get(),
        decided.status.as_str(),
        decided.note,
        decided.decided_at.map(Timestamp::utc),
        decided.received_at.map(Timestamp::utc),
        &products,
        &restocked,
        notice.order_status.as_str(),
        notice.at.utc(),
        notice.detail,
        &ids,
        &bodies
    );
    timed!(db, execute, update).map(drop)
}

type Time = chrono::DateTime<chrono::Utc>;
type HeadRow = (Uuid, i32, String, String, Option<String>, Time, Option<Time>, Option<Time>, Option<i64>);

fn head_with_lines(head: HeadRow, items: Vec<ReturnLine>) -> Return {
    let (id, order, status, reason, note, created_at, decided_at, received_at, cents) = head;
    Return {
        id: ReturnId::new(id),
        order_id: OrderId::new(order),
        status: parse_status(&status),
        items,
        reason,
        note,
        refunded: cents.map(Money::from_cents),
        created_at: Timestamp::new(created_at),
        decided_at: decided_at.map(Timestamp::new),
        received_at: received_at.map(Timestamp::new),
    }
}

/// A constraint keeps others out.
fn parse_status(status: &str) -> ReturnStatus {
    ReturnStatus::parse(status).unwrap_or(ReturnStatus::Requested)
}

fn return_line(product: i32, quantity: i32, restocked: i32) -> ReturnLine {
    ReturnLine { product_id: ProductId::new(product), quantity, restocked }
}
