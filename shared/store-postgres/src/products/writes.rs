//! Writes of a product that touch inventorydb too. Each is one row of `product_writes`, written
//! in the transaction that judges the request and deleted by the statement that ends the write,
//! so a product has one at most. What drives them is `catalog`.

use domain::events::{EventEnvelope, StockChanged};
use domain::products::{Product, ProductDraft};
use domain::{ProductId, Timestamp, UserId};
use sqlx::types::Json;
use uuid::Uuid;

use super::ProductRow;
use crate::idempotency::KeyClaim;
use crate::pool::timed;
use crate::{Conn, Result, outbox};

mod stale;

pub use stale::{claim_stale, find_active_tokens};

/// A write that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductWrite {
    /// The product.
    pub product: ProductId,
    /// The step's key in inventorydb, and the subject of the request's idempotency key.
    pub token: Uuid,
    /// What is written.
    pub kind: WriteKind,
    /// The admin.
    pub actor: UserId,
}

/// What is written.
#[derive(Clone, Debug, PartialEq)]
pub enum WriteKind {
    /// The product is in the catalogue; its stock is to be opened with so many pieces.
    Add {
        /// Pieces in the warehouse.
        quantity: i32,
    },
    /// Nothing has changed yet: the stock is set first, since inventory may refuse.
    Replace {
        /// The product's own data.
        draft: ProductDraft,
        /// Pieces in the warehouse.
        quantity: i32,
    },
    /// The product has left the catalogue; its stock is to follow.
    Remove,
}

struct WriteRow {
    product_id: i32,
    token: Uuid,
    kind: String,
    draft: Option<Json<ProductDraft>>,
    pieces: Option<i32>,
    actor: i32,
}

impl WriteRow {
    fn into_write(self) -> Result<ProductWrite> {
        let change = match (self.kind.as_str(), self.draft, self.pieces) {
            ("add", None, Some(pieces)) => WriteKind::Add { quantity: pieces },
            ("replace", Some(Json(draft)), Some(pieces)) => WriteKind::Replace { draft, quantity: pieces },
            ("remove", None, None) => WriteKind::Remove,
            // Constraints keep other rows out.
            (kind, ..) => return Err(sqlx::Error::Decode(format!("unknown product write {kind}").into()).into()),
        };
        let (product, by) = (ProductId::new(self.product_id), UserId::new(self.actor));
        Ok(ProductWrite { product, token: self.token, kind: change, actor: by })
    }
}

/// The token of the write that is under way with a product. To begin one, ask this first in the
/// transaction that holds the product's row (see [`super::lock`]): every write begins under that
/// lock. Locks nothing itself: who ends a write locks its row first and the product's then.
///
/// # Errors
/// When productdb is unreachable.
pub async fn find_active(db: &mut Conn, product: ProductId) -> Result<Option<Uuid>> {
    let select = sqlx::query_scalar!("select token from product_writes where product_id = $1", product.get());
    timed!(db, fetch_optional, select)
}

/// Joins a write: from now on it can only go forward. `None` when it has ended.
///
/// # Errors
/// When productdb is unreachable.
pub async fn join(db: &mut Conn, token: Uuid) -> Result<Option<ProductWrite>> {
    let update = sqlx::query_as!(
        WriteRow,
        r#"update product_writes set shared = true where token = $1
           returning product_id, token, kind, draft as "draft: Json<ProductDraft>", pieces, actor"#,
        token
    );
    timed!(db, fetch_optional, update)?.map(WriteRow::into_write).transpose()
}

/// Adds a product without stock, says so in the outbox, and begins to open its stock; the key of
/// the request, if it has one, stands for the write from now on. One statement.
///
/// # Errors
/// When productdb is unreachable; whether it was added is then unknown. Recovery finishes it.
pub async fn begin_add(
    db: &mut Conn,
    draft: &ProductDraft,
    pieces: i32,
    (by, token): (UserId, Uuid),
    claim: Option<&KeyClaim>,
    event: impl FnOnce(ProductId) -> EventEnvelope,
    at: Timestamp,
) -> Result<(Product, EventEnvelope)> {
    // The event names the product: its number is taken first.
    let id = timed!(db, fetch_one, sqlx::query_scalar!(r#"select next_product() as "id!""#))?;
    let event = event(ProductId::new(id));
    let insert = product_query!(
        "with begun as (
             insert into product_writes (product_id, token, kind, pieces, actor) values ($1, $2, 'add', $3, $4)
         ), noted as (
             insert into outbox (event_id, body) values ($5, $6)
         ), keyed as (
             update idempotency_keys k set subject = $2 where k.user_id = $4 and k.route = 'products' and k.key = $7
         )
         insert into products (id, name, description, price, image, category, created_at, updated_at)
         values ($1, $8, $9, ($10::bigint)::numeric / 100, $11, $12, $13, $13) returning",
        "",
        id,
        token,
        pieces,
        by.get(),
        event.event_id.get(),
        outbox::body(&event),
        claim.map(|claim| claim.key.key.as_str()),
        draft.name.as_str(),
        draft.description.as_ref().map(|text| text.as_str()),
        draft.price.cents(),
        draft.image.as_ref().map(|link| link.as_str()),
        draft.category.as_ref().map(|name| name.as_str()),
        at.utc()
    );
    let product = timed!(db, fetch_one, insert).map(Product::from)?;
    Ok((product, event))
}

/// Begins to replace a product and to set its stock; under the lock of its row.
///
/// # Errors
/// When productdb is unreachable.
pub async fn begin_replace(
    db: &mut Conn,
    product: ProductId,
    draft: &ProductDraft,
    pieces: i32,
    (by, token): (UserId, Uuid),
) -> Result<ProductWrite> {
    let insert = sqlx::query!(
        "insert into product_writes (product_id, token, kind, draft, pieces, actor)
         values ($1, $2, 'replace', $3, $4, $5)",
        product.get(),
        token,
        Json(draft) as _,
        pieces,
        by.get()
    );
    timed!(db, execute, insert)?;
    Ok(ProductWrite { product, token, kind: WriteKind::Replace { draft: draft.clone(), quantity: pieces }, actor: by })
}

/// Takes a product out of the catalogue, says so in the outbox, and begins to withdraw its stock;
/// under the lock of its row.
///
/// # Errors
/// When productdb is unreachable.
pub async fn begin_remove(
    db: &mut Conn,
    product: ProductId,
    (by, token): (UserId, Uuid),
    event: &EventEnvelope,
) -> Result<ProductWrite> {
    let delete = sqlx::query!(
        "with begun as (
             insert into product_writes (product_id, token, kind, actor) values ($1, $2, 'remove', $3)
         ), noted as (
             insert into outbox (event_id, body) values ($4, $5)
         )
         delete from products where id = $1",
        product.get(),
        token,
        by.get(),
        event.event_id.get(),
        outbox::body(event)
    );
    timed!(db, execute, delete)?;
    Ok(ProductWrite { product, token, kind: WriteKind::Remove, actor: by })
}

/// Ends a write without saving anything: inventory has refused it, or has nothing more to do.
///
/// # Errors
/// When productdb is unreachable; asking again ends it.
pub async fn discard(db: &mut Conn, token: Uuid) -> Result<bool> {
    let delete = sqlx::query!("delete from product_writes where token = $1", token);
    Ok(timed!(db, execute, delete)?.rows_affected() > 0)
}

/// Takes back a write whose step certainly had no effect in inventorydb: an added product is out of
/// the catalogue again and its request's key is free, a replacement was never made. False when
/// somebody else has joined it, and carries it through.
///
/// # Errors
/// When productdb is unreachable; then recovery carries it through.
pub async fn roll_back(db: &mut Conn, token: Uuid) -> Result<bool> {
    let delete = sqlx::query_scalar!(
        "with dropped as (
             delete from product_writes where token = $1 and not shared returning product_id, kind
         ), freed as (
             delete from idempotency_keys k using dropped where k.subject = $1 and k.outcome is null
         ), removed as (
             delete from products p using dropped where p.id = dropped.product_id and dropped.kind = 'add'
         )
         select product_id from dropped",
        token
    );
    Ok(timed!(db, fetch_optional, delete)?.is_some())
}

/// Writes down what the request of an added product will have answered once its stock is open; in
/// the transaction of [`begin_add`].
///
/// # Errors
/// When productdb is unreachable.
pub async fn store_outcome(db: &mut Conn, token: Uuid, answer: &str) -> Result<()> {
    let update = sqlx::query!("update product_writes set answer = $2 where token = $1", token, answer);
    timed!(db, execute, update).map(drop)
}

/// Ends an added product's write: it shows its stock, and the request's key, if it has one,
/// answers what was promised from now on. `None` when somebody else has ended it.
///
/// # Errors
/// When productdb is unreachable; asking again ends it.
pub async fn close_add(db: &mut Conn, token: Uuid, stock: StockChanged) -> Result<Option<Product>> {
    let update = product_query!(
        "with ended as (
             delete from product_writes where token = $1 returning product_id, answer
         ), kept as (
             update idempotency_keys k set outcome = ended.answer from ended
             where k.subject = $1 and k.outcome is null
         )
         update products set stock = case when $3 > stock_version then $2 else stock end,
             stock_version = greatest(stock_version, $3)
         from ended where id = ended.product_id returning",
        "",
        token,
        stock.available,
        stock.version
    );
    Ok(timed!(db, fetch_optional, update)?.map(Product::from))
}

/// Ends a replacement: the product is saved with its stock, and the outbox says so. `None` when
/// somebody else has ended it.
///
/// # Errors
/// When productdb is unreachable; asking again ends it.
pub async fn close_replace(
    db: &mut Conn,
    token: Uuid,
    draft: &ProductDraft,
    stock: StockChanged,
    event: &EventEnvelope,
    at: Timestamp,
) -> Result<Option<Product>> {
    let update = product_query!(
        "with ended as (
             delete from product_writes where token = $1 returning product_id
         ), noted as (
             insert into outbox (event_id, body) select $2, $3 from ended
         )
         update products set name = $4, description = $5, price = ($6::bigint)::numeric / 100, image = $7,
             category = category_spelling($8), updated_at = $9,
             stock = case when $11 > stock_version then $10 else stock end,
             stock_version = greatest(stock_version, $11)
         from ended where id = ended.product_id returning",
        "",
        token,
        event.event_id.get(),
        outbox::body(event),
        draft.name.as_str(),
        draft.description.as_ref().map(|text| text.as_str()),
        draft.price.cents(),
        draft.image.as_ref().map(|link| link.as_str()),
        draft.category.as_ref().map(|name| name.as_str()),
        at.utc(),
        stock.available,
        stock.version
    );
    Ok(timed!(db, fetch_optional, update)?.map(Product::from))
}
