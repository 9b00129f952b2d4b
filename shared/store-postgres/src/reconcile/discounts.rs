//! orderdb: how often each discount was used, as its rows count it.

use domain::{DiscountId, UserId};

use crate::pool::timed;
use crate::{Conn, Result};

/// The counted uses of a discount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscountRecord {
    pub id: DiscountId,
    pub code: String,
    pub uses: i64,
    pub max_uses: Option<i64>,
}

/// All discounts.
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list_discounts(db: &mut Conn) -> Result<Vec<DiscountRecord>> {
    let select = sqlx::query!(
        r#"select id, code, uses::bigint as "uses!", max_uses::bigint as max_uses from discounts order by id"#
    );
    let rows = timed!(db, fetch_all, select)?;
    let discounts = rows.into_iter().map(|row| DiscountRecord {
        id: DiscountId::new(row.id),
        code: row.code,
        uses: row.uses,
        max_uses: row.max_uses,
    });
    Ok(discounts.collect())
}

/// The counted uses of a discount by one customer, a page by (discount, customer).
///
/// # Errors
/// When orderdb is unavailable.
pub async fn list_discount_customers(
    db: &mut Conn,
    after: (DiscountId, UserId),
    limit: i64,
) -> Result<Vec<(DiscountId, UserId, i64)>> {
    let select = sqlx::query!(
        r#"select discount_id, user_id, uses::bigint as "uses!" from discount_customers
           where (discount_id, user_id) > ($1, $2) order by discount_id, user_id limit $3"#,
        after.0.get(),
        after.1.get(),
        limit
    );
    let rows = timed!(db, fetch_all, select)?;
    Ok(rows.into_iter().map(|row| (DiscountId::new(row.discount_id), UserId::new(row.user_id), row.uses)).collect())
}
