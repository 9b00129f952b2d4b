//! Removes a product from the catalog, then its stock.

use domain::{Problem, ProductId, Result, UserId};
use store_postgres::products::{self, writes};

use crate::{Catalog, MAX_ATTEMPTS, too_many_writers};

impl Catalog {
    /// Removes a product: it can no longer be bought, and its stock can no longer be set. Orders keep
    /// their history, and their reservations stay.
    ///
    /// # Errors
    /// 404 when it does not exist: then it had no effect. 503 when productdb is unreachable.
    pub async fn remove(&self, id: ProductId, actor: UserId) -> Result<()> {
        for _ in 0..MAX_ATTEMPTS {
            let mut db = self.products.begin().await?;
            if products::lock(&mut db, id).await?.is_none() {
                db.rollback().await?;
                return Err(Problem::not_found("product"));
            }
            if let Some(token) = writes::find_active(&mut db, id).await? {
                db.rollback().await?;
                self.join_and_complete(token).await?;
                continue;
            }
            let event = self.product_changed(id);
            let write = writes::begin_remove(&mut db, id, self.writer(actor), &event).await?;
            db.commit().await?;
            self.publish(Some(event), None).await;
            // It is removed from the catalog even if this fails: it can no longer be bought.
            if let Err(problem) = self.complete_joined(&write).await {
                tracing::warn!(product.id = %id, %problem, "The stock of a removed product remains; recovery removes it.");
            }
            return Ok(());
        }
        Err(too_many_writers())
    }
}
