//! Completes a write of a product, begun by this process or by another one.

use domain::inventory::InventoryError;
use domain::products::Product;
use domain::{Problem, Result};
use store_postgres::inventory::{self, SetStockOutcome};
use store_postgres::products::writes::{self, ProductWrite, WriteKind};
use uuid::Uuid;

use crate::Catalog;

/// The outcome of a write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WriteOutcome {
    /// The product as it was saved.
    Saved(Product),
    /// The product was removed from the catalog.
    Removed,
    /// Inventory rejected the stock: nothing was changed.
    Rejected(InventoryError),
    /// Another process has closed the write, and saved it.
    CompletedByOther,
}

/// A step of a write failed.
pub(crate) struct StepError {
    /// Nothing has changed in inventorydb: the statement was not sent, or was rolled back.
    no_effect: bool,
    problem: Problem,
}

impl<E: Into<Problem>> From<E> for StepError {
    fn from(error: E) -> Self {
        Self { no_effect: false, problem: error.into() }
    }
}

impl Catalog {
    /// Completes a write for the request that began it. One that certainly had no effect is rolled back
    /// at once, so that the request may be repeated.
    ///
    /// # Errors
    /// When a database is unreachable; a write that was not rolled back is completed by the next request
    /// or by recovery.
    pub(crate) async fn complete_own(&self, write: &ProductWrite) -> Result<WriteOutcome> {
        let StepError { no_effect, problem } = match self.complete(write).await {
            Ok(outcome) => return Ok(outcome),
            Err(error) => error,
        };
        if no_effect {
            let rolled_back = async {
                let mut db = self.products.acquire().await?;
                writes::roll_back(&mut db, write.token).await
            };
            if let Err(error) = rolled_back.await {
                tracing::warn!(product.id = %write.product, %error, "A product write could not be rolled back; recovery completes it.");
            }
        }
        Err(problem)
    }

    /// Joins a write that another process has begun, and completes it.
    ///
    /// # Errors
    /// When a database is unreachable; the next request or recovery continues.
    pub(crate) async fn join_and_complete(&self, token: Uuid) -> Result<()> {
        let mut db = self.products.acquire().await?;
        let write = writes::join(&mut db, token).await?;
        drop(db);
        match write {
            Some(write) => self.complete_joined(&write).await,
            None => Ok(()),
        }
    }

    /// Completes a write that another process has begun, or that cannot be rolled back any more.
    ///
    /// # Errors
    /// When a database is unreachable; the next request or recovery continues.
    pub(crate) async fn complete_joined(&self, write: &ProductWrite) -> Result<()> {
        match self.complete(write).await.map_err(|error| error.problem)? {
            WriteOutcome::Rejected(error) => {
                let problem = Problem::from(error);
                tracing::info!(product.id = %write.product, %problem, "An unfinished product write was rejected.");
            }
            _ => tracing::info!(product.id = %write.product, "An unfinished product write was completed."),
        }
        Ok(())
    }

    /// May run twice, concurrently and late: both steps are keyed by the write's token.
    async fn complete(&self, write: &ProductWrite) -> Result<WriteOutcome, StepError> {
        let (WriteKind::Add { quantity } | WriteKind::Replace { quantity, .. }) = &write.kind else {
            return Ok(self.withdraw_stock(write).await?);
        };
        // Without a connection nothing was sent.
        let acquired = self.inventory.acquire().await;
        let mut db = acquired.map_err(|error| StepError { no_effect: true, problem: error.into() })?;
        let outcome = inventory::set_stock(&mut db, write.token, write.product, *quantity, write.actor).await;
        drop(db);
        match outcome {
            Ok(SetStockOutcome::Applied(stock, event)) => {
                Ok(self.save(write, stock, event.map(|event| *event)).await?)
            }
            Ok(SetStockOutcome::BelowReserved) => {
                Ok(self.discard(write, WriteOutcome::Rejected(InventoryError::BelowReserved)).await?)
            }
            Ok(SetStockOutcome::Removed) => Ok(self.discard(write, WriteOutcome::Removed).await?),
            Err(error) => Err(StepError { no_effect: error.had_no_effect(), problem: error.into() }),
        }
    }

    async fn withdraw_stock(&self, write: &ProductWrite) -> Result<WriteOutcome> {
        let mut db = self.inventory.acquire().await?;
        let event = inventory::remove_stock(&mut db, write.product, write.actor).await?;
        drop(db);
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
            // Its event was written when it entered the catalog.
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
