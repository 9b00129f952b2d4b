//! Recovery: completes product writes that a crash, a cut connection or a lost reply left unfinished.

use domain::Result;
use runtime::recovery::{RecoveryCounts, RecoveryFuture, recover_stale};
use store_postgres::products::writes::{self, ProductWrite};

use crate::Catalog;

impl Catalog {
    /// Completes writes without progress for so many seconds.
    ///
    /// # Errors
    /// When productdb is unreachable.
    pub async fn recover(&self, idle_seconds: f64) -> Result<RecoveryCounts> {
        let claim = |limit| -> RecoveryFuture<'_, Vec<ProductWrite>> {
            Box::pin(async move {
                let mut db = self.products.acquire().await?;
                Ok(writes::claim_stale(&mut db, idle_seconds, limit).await?)
            })
        };
        let complete = |write: ProductWrite| -> RecoveryFuture<'_, ()> {
            Box::pin(async move { self.complete_joined(&write).await })
        };
        let at_once = self.products.max_connections();
        recover_stale("product write", at_once, claim, |write| write.product, complete).await
    }
}
