//! What a review asks of the catalogue and of the orders: two questions, each answered from an index.

use domain::{ProductId, UserId};

use crate::pool::ask;
use crate::{Conn, Result};

/// Whether productdb has such a product.
///
/// # Errors
/// When the database is away.
pub async fn product_exists(db: &mut Conn, product: ProductId) -> Result<bool> {
    let exists =
        sqlx::query_scalar!(r#"select exists (select 1 from products where id = $1) as "there!""#, product.get());
    ask!(db, fetch_one, exists)
}

/// Whether orderdb knows that this user has bought this product and kept it.
///
/// # Errors
/// When the database is away.
pub async fn has_bought(db: &mut Conn, user: UserId, product: ProductId) -> Result<bool> {
    let bought = sqlx::query_scalar!(
        r#"select exists (
               select 1 from order_items i join orders o on o.id = i.order_id
               where i.product_id = $2 and o.user_id = $1 and o.status in ('confirmed', 'shipped', 'delivered')
           ) as "bought!""#,
        user.get(),
        product.get()
    );
    ask!(db, fetch_one, bought)
}
