//! Taking a product out of the catalogue, and its stock with it.

use domain::{Problem, ProductId, Result, UserId};
use store_postgres::products::{self, writes};

use crate::{Catalog, MAX_ATTEMPTS, too_many_writers};

impl Catalog {
    /// Removes a product. Once it is out of the catalogue, nothing of it can be bought, set or
    /// restocked for sale; orders keep their history, and their reservations go on.
    ///
    /// # Errors
    /// 404 when there is none: then nothing was changed. 503 when productdb is unreachable.
    pub async fn remove(&self, id: ProductId, by: UserId) -> Result<()> {
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
            let write = writes::begin_remove(&mut db, id, self.writer(by), &event).await?;
            db.commit().await?;
            self.publish(Some(event), None).await;
            // It is out of the catalogue, whatever becomes of this: nobody can buy it any more.
            if let Err(problem) = self.complete_joined(&write).await {
                tracing::warn!(product.id = %id, %problem, "A removed product's stock stays; recovery withdraws it.");
            }
            return Ok(());
        }
        Err(too_many_writers())
    }
}
