//! Replacing a product, and its stock where that is asked for.

use domain::inventory::StockQuantity;
use domain::products::{Product, ProductDraft};
use domain::{Problem, ProductId, Result, UserId};
use runtime::planted::{Bug, planted};
use store_postgres::products::{self, writes};

use crate::complete::WriteOutcome;
use crate::{Catalog, MAX_ATTEMPTS, too_many_writers};

impl Catalog {
    /// Replaces a product's own data; `pieces`, where asked for, sets its quantity, and only
    /// together with the rest. `allow` judges the product as it is, under the lock of its row.
    ///
    /// # Errors
    /// 404, 409 `below_reserved` and whatever `allow` says: then nothing was changed. 503 when a
    /// step's outcome is unknown: recovery then finishes it.
    pub async fn replace(
        &self,
        id: ProductId,
        draft: &ProductDraft,
        pieces: Option<StockQuantity>,
        by: UserId,
        precondition: impl Fn(&Product) -> Result<()>,
    ) -> Result<Product> {
        if planted(Bug::EffectBeforeRefusal)
            && let Some(pieces) = pieces
        {
            let mut db = self.inventory.acquire().await?;
            store_postgres::inventory::set_stock(&mut db, self.clock.new_uuid(), id, pieces.get(), by).await?;
        }
        for _ in 0..MAX_ATTEMPTS {
            let mut db = self.products.begin().await?;
            let current = products::lock(&mut db, id).await?;
            let judged =
                current.ok_or_else(|| Problem::not_found("product")).and_then(|current| precondition(&current));
            if let Some(token) = writes::find_active(&mut db, id).await? {
                db.rollback().await?;
                self.join_and_complete(token).await?;
                continue;
            }
            if let Err(problem) = judged {
                db.rollback().await?;
                return Err(problem);
            }
            let Some(pieces) = pieces else {
                let event = self.product_changed(id);
                let saved = products::update(&mut db, id, draft, &event, event.at).await?;
                db.commit().await?;
                self.publish(Some(event), None).await;
                return saved.ok_or_else(|| Problem::internal("a locked row is gone"));
            };
            let write = writes::begin_replace(&mut db, id, draft, pieces.get(), self.writer(by)).await?;
            db.commit().await?;
            return match self.complete_own(&write).await? {
                WriteOutcome::Saved(product) => Ok(product),
                WriteOutcome::Rejected(refused) => Err(refused.into()),
                WriteOutcome::CompletedByOther => self.reload(id).await,
                WriteOutcome::Removed => Err(Problem::not_found("product")),
            };
        }
        Err(too_many_writers())
    }

    /// The product after somebody else has saved it for us; it may have been removed since.
    async fn reload(&self, id: ProductId) -> Result<Product> {
        let mut db = self.products.acquire().await?;
        let there = products::find(&mut db, id).await?;
        there.ok_or_else(|| Problem::not_found("product"))
    }
}
