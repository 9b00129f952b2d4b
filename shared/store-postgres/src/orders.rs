//! Reads orders. Statements that change them are in [`crate::saga`].

use domain::orders::{Order, OrderLine, OrderStatus};
use domain::pricing::Percentage;
use domain::{Money, OrderId, Page, PageSize, PaymentId, ProductId, UserId};
use std::collections::HashMap;

use crate::pool::timed;
use crate::{Conn, Result};

mod row;

pub(crate) use row::parse_currency;
use row::{COLUMNS, OrderRow};

/// Which orders are listed; all conditions combine.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderFilter {
    /// `None`: of all users.
    pub user: Option<UserId>,
    pub status: Option<OrderStatus>,
    /// Only orders older than this one.
    pub before: Option<OrderId>,
}

/// An order with its lines.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn find(db: &mut Conn, id: OrderId) -> Result<Option<Order>> {
    let select = sqlx::query_as!(
        OrderRow,
        r#"select id, user_id, currency, (subtotal * 100)::bigint as "subtotal!", (discount * 100)::bigint as "discount!",
               (shipping * 100)::bigint as "shipping!", (shipping_tax * 100)::bigint as "shipping_tax!",
               (tax * 100)::bigint as "tax!", tax_included, (total * 100)::bigint as "total!", status,
               shipping_address::text, email, shipping_method, discount_code, created_at, updated_at
           from orders where id = $1"#,
        id.get()
    );
    let Some(head) = timed!(db, fetch_optional, select)? else { return Ok(None) };
    let mut lines = lines_by_order(db, &[head.id]).await?;
    let items = lines.remove(&head.id).unwrap_or_default();
    head.into_order(items).map(Some)
}

/// The payment of an order's latest attempt: of a paid order the one that paid it.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn find_payment(db: &mut Conn, id: OrderId) -> Result<Option<PaymentId>> {
    let select = sqlx::query_scalar!("select payment_id from orders where id = $1", id.get());
    Ok(timed!(db, fetch_optional, select)?.map(PaymentId::new))
}

/// Orders, newest first.
///
/// # Errors
/// When orderdb is unreachable.
pub async fn list(db: &mut Conn, filter: OrderFilter, limit: PageSize) -> Result<Page<Order>> {
    // Each combination of conditions is a statement of its own, in the order of its own index. `= any`
    // hides from the planner that the column is constant, so that no other index has the order: with
    // `=` it may walk the primary key past all other customers' orders, as long as it believes that
    // one of this customer comes soon.
    let mut select = sqlx::QueryBuilder::new(format!("select {COLUMNS} from orders where true"));
    let mut order = "";
    if let Some(user) = filter.user {
        select.push(" and user_id = any(array[").push_bind(user.get()).push("::int])");
        order = "user_id, ";
    }
    if let Some(status) = filter.status {
        if filter.user.is_some() {
            // Its value is hidden too: a status that most orders have, though few of this customer,
            // is no reason to leave it to a filter.
            select.push(" and status = (select ").push_bind(status.as_str()).push(")");
        } else {
            select.push(" and status = any(array[").push_bind(status.as_str()).push("])");
            order = "status, ";
        }
    }
    if let Some(before) = filter.before {
        select.push(" and id < ").push_bind(before.get());
    }
    select.push(format!(" order by {order}id desc limit ")).push_bind(limit.fetch_limit());
    let heads: Vec<OrderRow> = timed!(db, fetch_all, select.build_query_as())?;
    let shown = &heads[..heads.len().min(limit.rows())];
    let ids: Vec<i32> = shown.iter().map(|head| head.id).collect();
    let mut lines = lines_by_order(db, &ids).await?;
    let order = |head: OrderRow| {
        let items = lines.remove(&head.id).unwrap_or_default();
        head.into_order(items)
    };
    // The extra order, which shows that there is a next page, has no lines and is not on the page.
    let orders: Vec<Order> = heads.into_iter().map(order).collect::<Result<_>>()?;
    Ok(Page::from_rows(orders, limit, |order| order.id))
}

/// By order id; an order without lines has no entry.
pub(crate) async fn lines_by_order(db: &mut Conn, orders: &[i32]) -> Result<HashMap<i32, Vec<OrderLine>>> {
    let select = sqlx::query!(
        r#"select order_id, product_id, name, quantity, (price * 100)::bigint as "price!",
               (discount * 100)::bigint as "discount!", (tax * 100)::bigint as "tax!", tax_basis_points,
               (total * 100)::bigint as "total!"
           from order_items where order_id = any($1) order by order_id, product_id"#,
        orders
    );
    let mut lines: HashMap<i32, Vec<OrderLine>> = HashMap::new();
    for row in timed!(db, fetch_all, select)? {
        lines.entry(row.order_id).or_default().push(OrderLine {
            product_id: ProductId::new(row.product_id),
            name: row.name,
            quantity: row.quantity,
            price: Money::from_cents(row.price),
            discount: Money::from_cents(row.discount),
            tax: Money::from_cents(row.tax),
            tax_rate: Percentage::from_basis_points(row.tax_basis_points),
            total: Money::from_cents(row.total),
        });
    }
    Ok(lines)
}

/// A constraint keeps unknown statuses out.
pub(crate) fn parse_status(status: &str) -> Result<OrderStatus> {
    OrderStatus::parse(status)
        .ok_or_else(|| sqlx::Error::Decode(format!("unknown order status {status}").into()).into())
}
