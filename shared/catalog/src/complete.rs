//! What finishes a write, whoever began it.

use domain::inventory::InventoryError;
use domain::products::Product;
use domain::{Problem, Result};
use runtime::planted::{Bug, planted};
use store_postgres::inventory::{self, SetStockOutcome};
use store_postgres::products::writes::{self, ProductWrite, WriteKind};
use uuid::Uuid;

use crate::Catalog;

/// What a finished write came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WriteOutcome {
    /// The product as it is saved.
    Saved(Product),
    /// It has left the catalogue.
    Removed,
    /// Inventory has refused the stock: nothing was changed.
    Rejected(InventoryError),
    /// Somebody else has ended the write first, and saved it.
    CompletedByOther,
}

/// A step of a write failed.
pub(crate) struct StepError {
    /// Inventory was not asked, or took back what it had done: nothing has changed there.
    no_effect: bool,
    problem: Problem,
}

impl<E: Into<Problem>> From<E> for StepError {
    fn from(error: E) -> Self {
        Self { no_effect: false, problem: error.into() }
    }
}

impl Catalog {
    /// Finishes a write for the request that began it: one that certainly came to nothing is taken
    /// back at once, so that asking again is safe.
    ///
    /// # Errors
    /// When a database is unreachable; what was not taken back, whoever asks next carries through.
    pub(crate) async fn complete_own(&self, write: &ProductWrite) -> Result<WriteOutcome> {
        let StepError { no_effect: certain, problem } = match self.complete(write).await {
            Ok(finished) => return Ok(finished),
            Err(failed) => failed,
        };
        if certain {
            let taken_back = async {
                let mut db = self.products.acquire().await?;
                writes::roll_back(&mut db, write.token).await
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
    pub(crate) async fn join_and_complete(&self, token: Uuid) -> Result<()> {
        let mut db = self.products.acquire().await?;
        let write = writes::join(&mut db, token).await?;
        drop(db);
        match write {
            Some(write) => self.complete_joined(&write).await,
            None => Ok(()),
        }
    }

    /// Finishes a write that this process has not begun, or has joined.
    ///
    /// # Errors
    /// When a database is unreachable; whoever asks next goes on.
    pub(crate) async fn complete_joined(&self, write: &ProductWrite) -> Result<()> {
        match self.complete(write).await.map_err(|failed| failed.problem)? {
            WriteOutcome::Rejected(refused) => {
                let problem = Problem::from(refused);
                tracing::info!(product.id = %write.product, %problem, "A write that was under way has been refused.");
            }
            _ => tracing::info!(product.id = %write.product, "A write that was under way has been finished."),
        }
        Ok(())
    }

    /// Safe to do twice, at once and late: both steps are known by the write's token.
    async fn complete(&self, write: &ProductWrite) -> Result<WriteOutcome, StepError> {
        let (WriteKind::Add { quantity: pieces } | WriteKind::Replace { quantity: pieces, .. }) = &write.kind else {
            return Ok(self.withdraw_stock(write).await?);
        };
        // Without a connection nothing was asked for.
        let acquired = self.inventory.acquire().await;
        let mut db = acquired.map_err(|error| StepError { no_effect: true, problem: error.into() })?;
        let outcome = inventory::set_stock(&mut db, write.token, write.product, *pieces, write.actor).await;
        drop(db);
        match outcome {
            Ok(SetStockOutcome::Applied(stock, event)) => Ok(self.save(write, stock, event).await?),
            Ok(SetStockOutcome::BelowReserved) => {
                Ok(self.discard(write, WriteOutcome::Rejected(InventoryError::BelowReserved)).await?)
            }
            Ok(SetStockOutcome::Removed) => Ok(self.discard(write, WriteOutcome::Removed).await?),
            Err(error) => Err(StepError { no_effect: error.had_no_effect(), problem: error.into() }),
        }
    }

    async fn withdraw_stock(&self, write: &ProductWrite) -> Result<WriteOutcome> {
        let mut event = None;
        if !planted(Bug::StockOutlivesProduct) {
            let mut db = self.inventory.acquire().await?;
            event = inventory::remove_stock(&mut db, write.product, write.actor).await?;
        }
        let finished = self.discard(write, WriteOutcome::Removed).await?;
        self.publish(None, event).await;
        Ok(finished)
    }

    async fn save(
        &self,
        write: &ProductWrite,
        stock: domain::events::StockChanged,
        stock_event: Option<domain::events::EventEnvelope>,
    ) -> Result<WriteOutcome> {
        let event = self.product_changed(write.product);
        let mut db = self.products.acquire().await?;
        let (saved, event) = match &write.kind {
            WriteKind::Replace { draft, .. } => {
                (writes::close_replace(&mut db, write.token, draft, stock, &event, event.at).await?, Some(event))
            }
            // Its event was written when it entered the catalogue.
            _ => (writes::close_add(&mut db, write.token, stock).await?, None),
        };
        drop(db);
        self.publish(event.filter(|_| saved.is_some()), stock_event).await;
        Ok(saved.map_or(WriteOutcome::CompletedByOther, WriteOutcome::Saved))
    }

    async fn discard(&self, write: &ProductWrite, outcome: WriteOutcome) -> Result<WriteOutcome> {
        let mut db = self.products.acquire().await?;
        writes::discard(&mut db, write.token).await?;
        Ok(outcome)
    }
}
