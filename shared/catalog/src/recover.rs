//! Recovery: finishes the writes that a crash, a cut or a lost answer left half done.

use domain::Result;
use postgres::products::writes::{self, ProductWrite};
use runtime::recovering::{Work, Worked, work_through};

use crate::Catalog;

impl Catalog {
    /// Finishes whatever nobody has driven for so many seconds.
    ///
    /// # Errors
    /// When productdb cannot even be asked.
    pub async fn recover(&self, idle_seconds: f64) -> Result<Worked> {
        let take = |limit| -> Work<'_, Vec<ProductWrite>> {
            Box::pin(async move {
                let mut db = self.products.acquire().await?;
                Ok(writes::claim_stale(&mut db, idle_seconds, limit).await?)
            })
        };
        let finish =
            |write: ProductWrite| -> Work<'_, ()> { Box::pin(async move { self.finish_joined(&write).await }) };
        let at_once = self.products.connections();
        work_through("product write", at_once, take, |write| write.product, finish).await
    }
}
