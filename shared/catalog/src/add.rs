//! Adds a product: it enters the catalog without stock, then its stock is opened.

use domain::events::EventEnvelope;
use domain::idempotency::{IdempotencyKey, Idempotent, Start, encode_outcome, in_progress};
use domain::inventory::StockQuantity;
use domain::products::{Product, ProductDraft};
use domain::{Result, UserId};
use store_postgres::Conn;
use store_postgres::idempotency::{self, KeyClaim};
use store_postgres::products::writes::{self, ProductWrite, WriteKind};

use crate::Catalog;

impl Catalog {
    /// Adds a product and opens its stock; once per key.
    ///
    /// # Errors
    /// 422 when the key was used with another body, 409 while its first request is running; 503 when
    /// the outcome of a step is unknown: recovery then completes it, and the same key gets its product.
    pub async fn add(
        &self,
        draft: &ProductDraft,
        quantity: StockQuantity,
        actor: UserId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Idempotent<Product>> {
        let Some(key) = key else {
            let mut db = self.products.acquire().await?;
            let pending = self.begin_add(&mut db, draft, quantity, actor, None).await?;
            drop(db);
            return self.open_stock(pending).await;
        };
        // Twice: after what a dead process began is completed, its key has an outcome.
        for _ in 0..2 {
            // One transaction: a key never stands for a product that was not added. Each end of it is
            // explicit, since a transaction that is dropped closes its connection.
            let mut db = self.products.begin().await?;
            match idempotency::claim(&mut db, key, 0.0).await?.start() {
                Ok(Start::First(claim)) => {
                    let pending = self.begin_add(&mut db, draft, quantity, actor, Some(&claim)).await?;
                    let outcome = encode_outcome(&pending.product)?;
                    writes::store_outcome(&mut db, pending.write.token, &outcome).await?;
                    db.commit().await?;
                    return self.open_stock(pending).await;
                }
                Ok(Start::Replay(added)) => {
                    db.rollback().await?;
                    return Ok(added);
                }
                Ok(Start::Resume(token)) => {
                    db.rollback().await?;
                    self.join_and_complete(token).await?;
                }
                Err(problem) => {
                    db.rollback().await?;
                    return Err(problem);
                }
            }
        }
        Err(in_progress(1.0))
    }

    async fn begin_add(
        &self,
        db: &mut Conn,
        draft: &ProductDraft,
        quantity: StockQuantity,
        actor: UserId,
        claim: Option<&KeyClaim>,
    ) -> Result<PendingAdd> {
        let (quantity, writer) = (quantity.get(), self.writer(actor));
        let event = |id| self.product_changed(id);
        let (product, event) = writes::begin_add(db, draft, quantity, writer, claim, event, self.clock.now()).await?;
        // Nothing of it can be reserved before its stock is open: this is what it will be.
        let product = Product { stock: quantity, ..product };
        let write = ProductWrite { product: product.id, token: writer.1, kind: WriteKind::Add { quantity }, actor };
        Ok(PendingAdd { product, write, event })
    }

    async fn open_stock(&self, pending: PendingAdd) -> Result<Idempotent<Product>> {
        let PendingAdd { product, write, event } = pending;
        self.publish(Some(event), None).await;
        self.complete_own(&write).await?;
        Ok(Idempotent::first(product))
    }
}

/// A product that is in the catalog, without stock.
struct PendingAdd {
    product: Product,
    write: ProductWrite,
    event: EventEnvelope,
}
