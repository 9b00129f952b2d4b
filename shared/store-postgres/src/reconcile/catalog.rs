//! productdb: the projections and the price history of the catalog.

use domain::{Money, ProductId, Timestamp};

use crate::pool::timed;
use crate::{Conn, Result};

/// A product's projections, and the versions of the states that they show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductProjection {
    pub id: ProductId,
    /// The available units that are shown.
    pub stock: i32,
    /// The version of the stock that is shown.
    pub stock_version: i64,
    /// The number of reviews.
    pub rating_count: i64,
    /// The sum of their ratings.
    pub rating_sum: i64,
    /// The version of the ratings that is shown.
    pub rating_version: i64,
}

/// The price of a product from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRecord {
    pub product: ProductId,
    pub price: Money,
    /// The time by productdb's clock.
    pub since: Timestamp,
}

/// Products with ids above `after`, which may be 0, in order.
///
/// # Errors
/// When productdb is unavailable.
pub async fn list_projections(db: &mut Conn, after: i32, limit: i64) -> Result<Vec<ProductProjection>> {
    let select = sqlx::query!(
        "select id, stock, stock_version, rating_count, rating_sum, rating_version
         from products where id > $1 order by id limit $2",
        after,
        limit
    );
    let rows = timed!(db, fetch_all, select)?;
    let shown = rows.into_iter().map(|row| ProductProjection {
        id: ProductId::new(row.id),
        stock: row.stock,
        stock_version: row.stock_version,
        rating_count: row.rating_count,
        rating_sum: row.rating_sum,
        rating_version: row.rating_version,
    });
    Ok(shown.collect())
}

/// An unfinished write of a product that also touches inventorydb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveWrite {
    pub product: ProductId,
    /// The time by productdb's clock.
    pub begun_at: Timestamp,
}

/// The writes in progress: a handful, and few after an outage.
///
/// # Errors
/// When productdb is unavailable.
pub async fn list_active_writes(db: &mut Conn) -> Result<Vec<ActiveWrite>> {
    let select = sqlx::query!("select product_id, begun_at from product_writes order by product_id");
    let rows = timed!(db, fetch_all, select)?;
    let writing = rows
        .into_iter()
        .map(|row| ActiveWrite { product: ProductId::new(row.product_id), begun_at: row.begun_at.into() });
    Ok(writing.collect())
}

/// All prices of these products, by product, oldest first.
///
/// # Errors
/// When productdb is unavailable.
pub async fn find_price_history(db: &mut Conn, products: &[ProductId]) -> Result<Vec<PriceRecord>> {
    let ids: Vec<i32> = products.iter().map(|id| id.get()).collect();
    let select = sqlx::query!(
        r#"select product_id, (price * 100)::bigint as "cents!", since
           from price_history where product_id = any($1) order by product_id, id"#,
        &ids
    );
    let rows = timed!(db, fetch_all, select)?;
    let prices = rows.into_iter().map(|row| PriceRecord {
        product: ProductId::new(row.product_id),
        price: Money::from_cents(row.cents),
        since: Timestamp::new(row.since),
    });
    Ok(prices.collect())
}
