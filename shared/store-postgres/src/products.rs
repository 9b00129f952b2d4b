//! productdb: the catalog, and the projections of stock and rating in it.

mod list;

use chrono::{DateTime, Utc};
use domain::events::{EventEnvelope, RatingChanged, StockChanged};
use domain::products::{AverageRating, CategoryCount, Product, ProductDraft};
use domain::{Money, ProductId, Timestamp};

use crate::pool::timed;
use crate::{Conn, Result, outbox};

pub use list::list;

/// The maximum number of categories in a list: far above any shop's, and below 1 MB of response
/// whatever their names are.
const MAX_CATEGORIES: i64 = 1000;

#[derive(sqlx::FromRow)]
struct ProductRow {
    id: i32,
    name: String,
    description: Option<String>,
    cents: i64,
    stock: i32,
    image: Option<String>,
    category: Option<String>,
    rating_count: i64,
    rating_sum: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Self {
        Self {
            id: ProductId::new(row.id),
            name: row.name,
            description: row.description,
            price: Money::from_cents(row.cents),
            stock: row.stock,
            image: row.image,
            category: row.category,
            rating: AverageRating::from_sum(row.rating_count, row.rating_sum),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

/// A statement that returns products: `before`, the columns, `after`.
macro_rules! product_query {
    ($before:literal, $after:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(
            ProductRow,
            $before
                + r#" id, name, description, (price * 100)::bigint as "cents!", stock, image, category,
                      rating_count, rating_sum, created_at, updated_at "#
                + $after
            $(, $bind)*
        )
    };
}

pub mod writes;

/// Finds a product.
///
/// # Errors
/// When the database is unavailable.
pub async fn find(db: &mut Conn, id: ProductId) -> Result<Option<Product>> {
    let select = product_query!("select", "from products where id = $1", id.get());
    Ok(timed!(db, fetch_optional, select)?.map(Product::from))
}

/// Finds a product and locks it until the transaction ends.
///
/// # Errors
/// When the database is unavailable, or another transaction holds the lock for too long.
pub async fn lock(db: &mut Conn, id: ProductId) -> Result<Option<Product>> {
    let select = product_query!("select", "from products where id = $1 for update", id.get());
    Ok(timed!(db, fetch_optional, select)?.map(Product::from))
}

/// Replaces a product's own data and appends the event to the outbox; requires the lock of its row.
/// `None` if there is no such product.
///
/// # Errors
/// When the database is unavailable.
pub async fn update(
    db: &mut Conn,
    id: ProductId,
    draft: &ProductDraft,
    event: &EventEnvelope,
    at: Timestamp,
) -> Result<Option<Product>> {
    let update = product_query!(
        "with noted as (
             insert into outbox (event_id, body) values ($8, $9)
         )
         update products set name = $2, description = $3, price = ($4::bigint)::numeric / 100, image = $5,
             category = category_spelling($6), updated_at = $7
         where id = $1 returning",
        "",
        id.get(),
        draft.name.as_str(),
        draft.description.as_ref().map(|text| text.as_str()),
        draft.price.cents(),
        draft.image.as_ref().map(|link| link.as_str()),
        draft.category.as_ref().map(|name| name.as_str()),
        at.utc(),
        event.event_id.get(),
        outbox::body(event)
    );
    Ok(timed!(db, fetch_optional, update)?.map(Product::from))
}

/// Applies a stock event from the queue: late, repeated and overtaken ones change nothing.
///
/// # Errors
/// As [`project_rating`].
pub async fn project_stock(db: &mut Conn, event: StockChanged) -> Result<()> {
    let update = sqlx::query!(
        "update products set stock = $2, stock_version = $3 where id = $1 and stock_version < $3",
        event.product_id.get(),
        event.available,
        event.version
    );
    timed!(db, execute, update).map(drop)
}

/// Applies stock events of different products, as [`project_stock`]. Rows are locked by ascending id.
///
/// # Errors
/// When the database is unavailable.
pub async fn project_stocks(db: &mut Conn, events: &[StockChanged]) -> Result<()> {
    let ids: Vec<i32> = events.iter().map(|event| event.product_id.get()).collect();
    let available: Vec<i32> = events.iter().map(|event| event.available).collect();
    let versions: Vec<i64> = events.iter().map(|event| event.version).collect();
    let update = sqlx::query!(
        "with locked as materialized (
             select id from products where id = any($1::integer[]) order by id for no key update
         )
         update products p set stock = e.available, stock_version = e.version
         from unnest($1::integer[], $2::integer[], $3::bigint[]) as e (id, available, version), locked
         where p.id = locked.id and p.id = e.id and p.stock_version < e.version",
        &ids,
        &available,
        &versions
    );
    timed!(db, execute, update).map(drop)
}

/// Applies a rating event from the queue: late, repeated and overtaken ones change nothing.
///
/// # Errors
/// When the database is unavailable, or the event is impossible (a mean past what the column
/// holds).
pub async fn project_rating(db: &mut Conn, event: RatingChanged) -> Result<()> {
    let update = sqlx::query!(
        "update products set rating_count = $2, rating_sum = $3, rating_version = $4
         where id = $1 and rating_version < $4",
        event.product_id.get(),
        event.count,
        event.sum,
        event.version
    );
    timed!(db, execute, update).map(drop)
}

/// The categories that have products, by name.
///
/// # Errors
/// When the database is unavailable.
pub async fn list_categories(db: &mut Conn) -> Result<Vec<CategoryCount>> {
    let select = sqlx::query_as!(
        CategoryCount,
        r#"select name as category, products as count from categories
           where products > 0 order by name collate "und-x-icu" limit $1"#,
        MAX_CATEGORIES
    );
    timed!(db, fetch_all, select)
}
