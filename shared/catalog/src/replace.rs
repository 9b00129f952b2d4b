//! Replaces a product, and its stock if a quantity is given.

use domain::inventory::StockQuantity;
use domain::products::{Product, ProductDraft};
use domain::{Problem, ProductId, Result, UserId};
use store_postgres::products::{self, writes};

use crate::complete::WriteOutcome;
use crate::{Catalog, MAX_ATTEMPTS, too_many_writers};

impl Catalog {
    /// Replaces a product's data and, if given, its quantity: both or neither. `precondition` checks the
    /// current product under the lock of its row.
    ///
    /// # Errors
    /// 404, 409 `below_reserved` and the errors of `precondition`: then it had no effect. 503 when the
    /// outcome of a step is unknown: recovery then completes it.
    pub async fn replace(
        &self,
        id: ProductId,
        draft: &ProductDraft,
        quantity: Option<StockQuantity>,
        actor: UserId,
        precondition: impl Fn(&Product) -> Result<()>,
    ) -> Result<Product> {
        for _ in 0..MAX_ATTEMPTS {
            let mut db = self.products.begin().await?;
            let current = products::lock(&mut db, id).await?;
            let checked =
                current.ok_or_else(|| Problem::not_found("product")).and_then(|current| precondition(&current));
            if let Some(token) = writes::find_active(&mut db, id).await? {
                db.rollback().await?;
                self.join_and_complete(token).await?;
                continue;
            }
            if let Err(problem) = checked {
                db.rollback().await?;
                return Err(problem);
            }
            let Some(quantity) = quantity else {
                let event = self.product_changed(id);
                let saved = products::update(&mut db, id, draft, &event, event.at).await?;
                db.commit().await?;
                self.publish(Some(event), None).await;
                return saved.ok_or_else(|| Problem::internal("a locked row was deleted"));
            };
            let write = writes::begin_replace(&mut db, id, draft, quantity.get(), self.writer(actor)).await?;
            db.commit().await?;
            return match self.complete_own(&write).await? {
                WriteOutcome::Saved(product) => Ok(product),
                WriteOutcome::Rejected(error) => Err(error.into()),
                WriteOutcome::CompletedByOther => self.reload(id).await,
                WriteOutcome::Removed => Err(Problem::not_found("product")),
            };
        }
        Err(too_many_writers())
    }

    /// The product after another process has saved this write; it may have been removed since.
    async fn reload(&self, id: ProductId) -> Result<Product> {
        let mut db = self.products.acquire().await?;
        let product = products::find(&mut db, id).await?;
        product.ok_or_else(|| Problem::not_found("product"))
    }
}
