//! What finishes a write, whoever began it.

use domain::inventory::Refused;
use domain::products::Product;
use domain::{Problem, Result};
use postgres::inventory::{self, SetOutcome};
use postgres::products::writes::{self, Change, ProductWrite};
use runtime::planted::{Bug, planted};
use uuid::Uuid;

use crate::Catalog;

/// What a finished write came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finished {
    /// The product as it is saved.
    Saved(Product),
    /// It has left the catalogue.
    Removed,
    /// Inventory has refused the stock: nothing was changed.
    Refused(Refused),
    /// Somebody else has ended the write first, and saved it.
    ByOthers,
}

/// A step of a write failed.
pub(crate) struct Failed {
    /// Inventory was not asked, or took back what it had done: nothing has changed there.
    certain: bool,
    problem: Problem,
}

impl<E: Into<Problem>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { certain: false, problem: error.into() }
    }
}

impl Catalog {
    /// Finishes a write for the request that began it: one that certainly came to nothing is taken
    /// back at once, so that asking again is safe.
    ///
    /// # Errors
    /// When a database is unreachable; what was not taken back, whoever asks next carries through.
    pub(crate) async fn finish_own(&self, write: &ProductWrite) -> Result<Finished> {
        let Failed { certain, problem } = match self.finish(write).await {
            Ok(finished) => return Ok(finished),
            Err(failed) => failed,
        };
        if certain {
            let taken_back = async {
                let mut db = self.products.acquire().await?;
                writes::take_back(&mut db, write.token).await
            };
            if let Err(error) = taken_back.await {
                tracing::warn!(product.id = %write.product, %error, "A write stays half done; recovery carries it through.");
            }
        }
        Err(problem)
    }

    /// Joins a write that somebody else has begun, and finishes it.
    ///
    /// # Errors
    /// When a database is unreachable; whoever asks next goes on.
    pub(crate) async fn join_and_finish(&self, token: Uuid) -> Result<()> {
        let mut db = self.products.acquire().await?;
        let write = writes::join(&mut db, token).await?;
        drop(db);
        match write {
            Some(write) => self.finish_joined(&write).await,
            None => Ok(()),
        }
    }

    /// Finishes a write that this process has not begun, or has joined.
    ///
    /// # Errors
    /// When a database is unreachable; whoever asks next goes on.
    pub(crate) async fn finish_joined(&self, write: &ProductWrite) -> Result<()> {
        match self.finish(write).await.map_err(|failed| failed.problem)? {
            Finished::Refused(refused) => {
                let problem = Problem::from(refused);
                tracing::info!(product.id = %write.product, %problem, "A write that was under way has been refused.");
            }
            _ => tracing::info!(product.id = %write.product, "A write that was under way has been finished."),
        }
        Ok(())
    }

    /// Safe to do twice, at once and late: both steps are known by the write's token.
    async fn finish(&self, write: &ProductWrite) -> Result<Finished, Failed> {
        let (Change::Add { pieces } | Change::Replace { pieces, .. }) = &write.change else {
            return Ok(self.withdraw(write).await?);
        };
        // Without a connection nothing was asked for.
        let acquired = self.inventory.acquire().await;
        let mut db = acquired.map_err(|error| Failed { certain: true, problem: error.into() })?;
        let outcome = inventory::set_stock(&mut db, write.token, write.product, *pieces, write.by).await;
        drop(db);
        match outcome {
            Ok(SetOutcome::Set(stock, event)) => Ok(self.save(write, stock, event).await?),
            Ok(SetOutcome::BelowReserved) => {
                Ok(self.drop_write(write, Finished::Refused(Refused::BelowReserved)).await?)
            }
            Ok(SetOutcome::Removed) => Ok(self.drop_write(write, Finished::Removed).await?),
            Err(error) => Err(Failed { certain: error.had_no_effect(), problem: error.into() }),
        }
    }

    async fn withdraw(&self, write: &ProductWrite) -> Result<Finished> {
        let mut event = None;
        if !planted(Bug::StockOutlivesProduct) {
            let mut db = self.inventory.acquire().await?;
            event = inventory::remove_stock(&mut db, write.product, write.by).await?;
        }
        let finished = self.drop_write(write, Finished::Removed).await?;
        self.publish(None, event).await;
        Ok(finished)
    }

    async fn save(
        &self,
        write: &ProductWrite,
        stock: domain::events::StockFact,
        stock_event: Option<domain::events::Event>,
    ) -> Result<Finished> {
        let event = self.changed(write.product);
        let mut db = self.products.acquire().await?;
        let (saved, event) = match &write.change {
            Change::Replace { draft, .. } => {
                (writes::end_replace(&mut db, write.token, draft, stock, &event, event.at).await?, Some(event))
            }
            // Its event was written when it entered the catalogue.
            _ => (writes::end_add(&mut db, write.token, stock).await?, None),
        };
        drop(db);
        self.publish(event.filter(|_| saved.is_some()), stock_event).await;
        Ok(saved.map_or(Finished::ByOthers, Finished::Saved))
    }

    async fn drop_write(&self, write: &ProductWrite, finished: Finished) -> Result<Finished> {
        let mut db = self.products.acquire().await?;
        writes::drop_write(&mut db, write.token).await?;
        Ok(finished)
    }
}
