//! Replacing a product, and its stock where that is asked for.

use domain::inventory::Pieces;
use domain::products::{Draft, Product};
use domain::{Problem, ProductId, Result, UserId};
use postgres::products::{self, writes};
use runtime::planted::{Bug, planted};

use crate::drive::Finished;
use crate::{Catalog, TRIES, contended};

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
        draft: &Draft,
        pieces: Option<Pieces>,
        by: UserId,
        allow: impl Fn(&Product) -> Result<()>,
    ) -> Result<Product> {
        if planted(Bug::EffectBeforeRefusal)
            && let Some(pieces) = pieces
        {
            let mut db = self.inventory.acquire().await?;
            postgres::inventory::set_stock(&mut db, self.clock.new_uuid(), id, pieces.get(), by).await?;
        }
        for _ in 0..TRIES {
            let mut db = self.products.begin().await?;
            let current = products::lock(&mut db, id).await?;
            let judged = current.ok_or_else(|| Problem::not_found("product")).and_then(|current| allow(&current));
            if let Some(token) = writes::under_way(&mut db, id).await? {
                db.rollback().await?;
                self.join_and_finish(token).await?;
                continue;
            }
            if let Err(problem) = judged {
                db.rollback().await?;
                return Err(problem);
            }
            let Some(pieces) = pieces else {
                let event = self.changed(id);
                let saved = products::update(&mut db, id, draft, &event, event.at).await?;
                db.commit().await?;
                self.publish(Some(event), None).await;
                return saved.ok_or_else(|| Problem::internal("a locked row is gone"));
            };
            let write = writes::begin_replace(&mut db, id, draft, pieces.get(), self.writer(by)).await?;
            db.commit().await?;
            return match self.finish_own(&write).await? {
                Finished::Saved(product) => Ok(product),
                Finished::Refused(refused) => Err(refused.into()),
                Finished::ByOthers => self.as_it_is(id).await,
                Finished::Removed => Err(Problem::not_found("product")),
            };
        }
        Err(contended())
    }

    /// The product after somebody else has saved it for us; it may have been removed since.
    async fn as_it_is(&self, id: ProductId) -> Result<Product> {
        let mut db = self.products.acquire().await?;
        let there = products::find(&mut db, id).await?;
        there.ok_or_else(|| Problem::not_found("product"))
    }
}
