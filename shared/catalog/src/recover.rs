//! Recovery: finishes the writes that a crash, a cut or a lost answer left half done.

use domain::Result;
use runtime::recovery::{RecoveryCounts, RecoveryFuture, recover_stale};
use store_postgres::products::writes::{self, ProductWrite};

use crate::Catalog;

impl Catalog {
    /// Finishes whatever nobody has driven for so many seconds.
    ///
    /// # Errors
    /// When productdb cannot even be asked.
    pub async fn recover(&self, idle_seconds: f64) -> Result<RecoveryCounts> {
        let take = |limit| -> RecoveryFuture<'_, Vec<ProductWrite>> {
            Box::pin(async move {
                let mut db = self.products.acquire().await?;
                Ok(writes::claim_stale(&mut db, idle_seconds, limit).await?)
            })
        };
        let finish = |write: ProductWrite| -> RecoveryFuture<'_, ()> {
            Box::pin(async move { self.complete_joined(&write).await })
        };
        let at_once = self.products.max_connections();
        recover_stale("product write", at_once, take, |write| write.product, finish).await
    }
}
