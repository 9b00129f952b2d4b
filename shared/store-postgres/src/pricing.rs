//! The current prices of the catalog.

use domain::orders::PricedProduct;
use domain::{Money, ProductId};

use crate::pool::timed;
use crate::{Conn, Result};

/// Name, price, category and shown stock of those products that exist. Read from the database itself, never from a
/// cache: this is what a customer pays.
///
/// # Errors
/// When productdb is unavailable.
pub async fn prices_for(db: &mut Conn, products: &[ProductId]) -> Result<Vec<PricedProduct>> {
    let ids: Vec<i32> = products.iter().map(|id| id.get()).collect();
    let select = sqlx::query!(
        r#"select id, name, (price * 100)::bigint as "cents!", category, stock from products where id = any($1)"#,
        &ids
    );
    let rows = timed!(db, fetch_all, select)?;
    let priced = rows.into_iter().map(|row| PricedProduct {
        product_id: ProductId::new(row.id),
        name: row.name,
        price: Money::from_cents(row.cents),
        category: row.category,
        stock: row.stock,
    });
    Ok(priced.collect())
}
