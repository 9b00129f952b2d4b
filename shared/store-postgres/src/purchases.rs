//! What reviews need from the catalog and from the orders: each query is served by an index.

use domain::{OrderId, ProductId, Timestamp, UserId};

use crate::pool::timed;
use crate::{Conn, Result};

/// Whether productdb has such a product.
///
/// # Errors
/// When the database is unavailable.
pub async fn product_exists(db: &mut Conn, product: ProductId) -> Result<bool> {
    let exists =
        sqlx::query_scalar!(r#"select exists (select 1 from products where id = $1) as "there!""#, product.get());
    timed!(db, fetch_one, exists)
}

/// A user's purchases of a product, from orderdb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purchase {
    /// Whether the user has bought it and kept it: in an order that is not cancelled, and that was
    /// not refunded completely. A free order was never refunded.
    pub bought: bool,
    /// When an order of theirs with it last changed, refunds included.
    pub changed_at: Option<Timestamp>,
}

/// Whether this user has bought this product and kept it.
///
/// # Errors
/// When the database is unavailable.
pub async fn has_bought(db: &mut Conn, user: UserId, product: ProductId) -> Result<bool> {
    Ok(list_bought(db, &[(user, product)]).await?.contains(&true))
}

/// The same for several pairs, in their order. Reads a user's orders until one has the product.
///
/// # Errors
/// When the database is unavailable.
pub async fn list_bought(db: &mut Conn, pairs: &[(UserId, ProductId)]) -> Result<Vec<bool>> {
    let (users, products) = split_pairs(pairs);
    let select = sqlx::query_scalar!(
        r#"select exists (
               select 1 from orders o join order_items i on i.order_id = o.id
               where o.user_id = asked.user_id and i.product_id = asked.product_id
                   and o.status in ('confirmed', 'partially_shipped', 'shipped', 'delivered')
                   and (o.total = 0 or o.total > (
                       select coalesce(sum(amount), 0) from refunds where order_id = o.id and state = 'done'
                   ))
           ) as "bought!"
           from unnest($1::int[], $2::int[]) with ordinality as asked (user_id, product_id, place)
           order by asked.place"#,
        &users,
        &products
    );
    timed!(db, fetch_all, select)
}

/// The purchases of several pairs, in their order. Reads all orders of each user.
///
/// # Errors
/// When the database is unavailable.
pub async fn find_purchases(db: &mut Conn, pairs: &[(UserId, ProductId)]) -> Result<Vec<Purchase>> {
    let (users, products) = split_pairs(pairs);
    let select = sqlx::query!(
        r#"select
               coalesce(bool_or(
                   o.status in ('confirmed', 'partially_shipped', 'shipped', 'delivered')
                   and (o.total = 0 or o.total > r.amount)
               ), false) as "bought!",
               max(greatest(o.updated_at, r.moved_at)) as moved_at
           from unnest($1::int[], $2::int[]) with ordinality as asked (user_id, product_id, place)
           left join (
               orders o join order_items i on i.order_id = o.id
               cross join lateral (
                   select coalesce(sum(amount) filter (where state = 'done'), 0) as amount, max(step_at) as moved_at
                   from refunds where order_id = o.id
               ) as r
           ) on o.user_id = asked.user_id and i.product_id = asked.product_id
           group by asked.place order by asked.place"#,
        &users,
        &products
    );
    let rows = timed!(db, fetch_all, select)?;
    Ok(rows
        .into_iter()
        .map(|row| Purchase { bought: row.bought, changed_at: row.moved_at.map(Timestamp::new) })
        .collect())
}

/// Who bought which products in these orders.
///
/// # Errors
/// When the database is unavailable.
pub async fn list_buyers(db: &mut Conn, orders: &[OrderId]) -> Result<Vec<(UserId, ProductId)>> {
    let orders: Vec<i32> = orders.iter().map(|order| order.get()).collect();
    let select = sqlx::query!(
        "select o.user_id, i.product_id from orders o join order_items i on i.order_id = o.id where o.id = any($1)",
        &orders
    );
    let rows = timed!(db, fetch_all, select)?;
    Ok(rows.into_iter().map(|row| (UserId::new(row.user_id), ProductId::new(row.product_id))).collect())
}

fn split_pairs(pairs: &[(UserId, ProductId)]) -> (Vec<i32>, Vec<i32>) {
    pairs.iter().map(|(user, product)| (user.get(), product.get())).unzip()
}
