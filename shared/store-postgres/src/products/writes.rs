//! Writes of a product that also touch inventorydb. Each is one row of `product_writes`, inserted
//! in the transaction that validates the request and deleted by the statement that completes the
//! write, so a product has at most one. The crate `catalog` drives them.

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

/// A write in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductWrite {
    pub product: ProductId,
    /// The step's key in inventorydb, and the subject of the request's idempotency key.
    pub token: Uuid,
    pub kind: WriteKind,
    /// The admin who makes the change.
    pub actor: UserId,
}

#[derive(Clone, Debug, PartialEq)]
pub enum WriteKind {
    /// The product is in the catalog; its stock is to be created with this quantity.
    Add {
        /// Units in the warehouse.
        quantity: i32,
    },
    /// Nothing has changed yet: the stock is set first, since inventory may reject it.
    Replace {
        /// The product's own data.
        draft: ProductDraft,
        /// Units in the warehouse.
        quantity: i32,
    },
    /// The product was removed from the catalog; its stock is to follow.
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
        let kind = match (self.kind.as_str(), self.draft, self.pieces) {
            ("add", None, Some(pieces)) => WriteKind::Add { quantity: pieces },
            ("replace", Some(Json(draft)), Some(pieces)) => WriteKind::Replace { draft, quantity: pieces },
            ("remove", None, None) => WriteKind::Remove,
            // Constraints exclude other rows.
            (kind, ..) => return Err(sqlx::Error::Decode(format!("unknown product write {kind}").into()).into()),
        };
        let (product, actor) = (ProductId::new(self.product_id), UserId::new(self.actor));
        Ok(ProductWrite { product, token: self.token, kind, actor })
    }
}

/// The token of a product's write in progress. To begin a write, call this first in the transaction
/// that holds the lock of the product's row (see [`super::lock`]): every write begins under that
/// lock. Locks nothing itself: completing a write locks its row first and the product's row then.
///
/// # Errors
/// When productdb is unreachable.
pub async fn find_active(db: &mut Conn, product: ProductId) -> Result<Option<Uuid>> {
    let select = sqlx::query_scalar!("select token from product_writes where product_id = $1", product.get());
    timed!(db, fetch_optional, select)
}

/// Joins a write: from now on it can only be completed. `None` if it has ended.
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

/// Adds a product without stock, appends its event to the outbox, and begins to create its stock;
/// the key of the request, if it has one, refers to the write from now on. One statement.
///
/// # Errors
/// When productdb is unreachable; it is then unknown whether it was added. Recovery completes it.
pub async fn begin_add(
    db: &mut Conn,
    draft: &ProductDraft,
    quantity: i32,
    (actor, token): (UserId, Uuid),
    claim: Option<&KeyClaim>,
    event: impl FnOnce(ProductId) -> EventEnvelope,
    at: Timestamp,
) -> Result<(Product, EventEnvelope)> {
    // The event contains the product's id: it is allocated first.
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
        quantity,
        actor.get(),
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

/// Begins to replace a product and to set its stock; requires the lock of its row.
///
/// # Errors
/// When productdb is unreachable.
pub async fn begin_replace(
    db: &mut Conn,
    product: ProductId,
    draft: &ProductDraft,
    quantity: i32,
    (actor, token): (UserId, Uuid),
) -> Result<ProductWrite> {
    let insert = sqlx::query!(
        "insert into product_writes (product_id, token, kind, draft, pieces, actor)
         values ($1, $2, 'replace', $3, $4, $5)",
        product.get(),
        token,
        Json(draft) as _,
        quantity,
        actor.get()
    );
    timed!(db, execute, insert)?;
    Ok(ProductWrite { product, token, kind: WriteKind::Replace { draft: draft.clone(), quantity }, actor })
}

/// Removes a product from the catalog, appends its event to the outbox, and begins to withdraw its
/// stock; requires the lock of its row.
///
/// # Errors
/// When productdb is unreachable.
pub async fn begin_remove(
    db: &mut Conn,
    product: ProductId,
    (actor, token): (UserId, Uuid),
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
        actor.get(),
        event.event_id.get(),
        outbox::body(event)
    );
    timed!(db, execute, delete)?;
    Ok(ProductWrite { product, token, kind: WriteKind::Remove, actor })
}

/// Ends a write without saving anything: inventory has rejected it, or has nothing more to do.
///
/// # Errors
/// When productdb is unreachable; a repetition ends it.
pub async fn discard(db: &mut Conn, token: Uuid) -> Result<bool> {
    let delete = sqlx::query!("delete from product_writes where token = $1", token);
    Ok(timed!(db, execute, delete)?.rows_affected() > 0)
}

/// Rolls back a write whose step certainly had no effect in inventorydb: an added product is
/// removed from the catalog again and its request's key is free, a replacement was never made.
/// False if another request has joined it, which then completes it.
///
/// # Errors
/// When productdb is unreachable; then recovery completes it.
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

/// Stores the response to the request that added a product, for the time when its stock is created;
/// in the transaction of [`begin_add`].
///
/// # Errors
/// When productdb is unreachable.
pub async fn store_outcome(db: &mut Conn, token: Uuid, outcome: &str) -> Result<()> {
    let update = sqlx::query!("update product_writes set answer = $2 where token = $1", token, outcome);
    timed!(db, execute, update).map(drop)
}

/// Completes the write of an added product: it shows its stock, and the request's key, if it has
/// one, replays the stored response from now on. `None` if another request has completed it.
///
/// # Errors
/// When productdb is unreachable; a repetition completes it.
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

/// Completes a replacement: the product is saved with its stock, and its event is appended to the
/// outbox. `None` if another request has completed it.
///
/// # Errors
/// When productdb is unreachable; a repetition completes it.
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
