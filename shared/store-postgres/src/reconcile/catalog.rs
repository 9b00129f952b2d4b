//! productdb: what the catalogue shows, and what it has charged.

use domain::{Money, ProductId, Timestamp};

use crate::pool::timed;
use crate::{Conn, Result};

/// A product's projections, and the versions of the states that they show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductProjection {
    /// The product.
    pub id: ProductId,
    /// What is shown as available.
    pub stock: i32,
    /// Of which version of the stock.
    pub stock_version: i64,
    /// How many reviews.
    pub rating_count: i64,
    /// The sum of their stars.
    pub rating_sum: i64,
    /// Of which version of the ratings.
    pub rating_version: i64,
}

/// What a product cost from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRecord {
    /// The product.
    pub product: ProductId,
    /// How much.
    pub price: Money,
    /// By productdb's clock.
    pub since: Timestamp,
}

/// Products behind the one with this id, which may be 0, by their ids.
///
/// # Errors
/// When productdb is away.
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

/// A write of a product that touches inventorydb too, and is not through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveWrite {
    /// The product.
    pub product: ProductId,
    /// By productdb's clock.
    pub begun_at: Timestamp,
}

/// The writes that are under way: a handful, and few after an outage.
///
/// # Errors
/// When productdb is away.
pub async fn list_active_writes(db: &mut Conn) -> Result<Vec<ActiveWrite>> {
    let select = sqlx::query!("select product_id, begun_at from product_writes order by product_id");
    let rows = timed!(db, fetch_all, select)?;
    let writing = rows
        .into_iter()
        .map(|row| ActiveWrite { product: ProductId::new(row.product_id), begun_at: row.begun_at.into() });
    Ok(writing.collect())
}

/// Whatever these products have cost, by product, oldest first.
///
/// # Errors
/// When productdb is away.
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
