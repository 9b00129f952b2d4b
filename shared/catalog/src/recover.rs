//! Recovery: finishes the writes that a crash, a cut or a lost answer left half done.

use domain::Result;
use postgres::products::writes;

use crate::Catalog;

/// How many are taken over at once: what a minute's run can surely finish.
const AT_ONCE: i64 = 100;

/// What a run found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Writes brought to an end.
    pub writes: usize,
    /// What could not be finished now; the next run tries again, after what has waited longer.
    pub failures: usize,
}

impl Catalog {
    /// Finishes whatever nobody has driven for so many seconds.
    ///
    /// # Errors
    /// When productdb cannot even be asked.
    pub async fn recover(&self, idle_seconds: f64) -> Result<Recovered> {
        let mut db = self.products.acquire().await?;
        let stale = writes::claim_stale(&mut db, idle_seconds, AT_ONCE).await?;
        drop(db);
        let mut done = Recovered::default();
        for write in &stale {
            match self.finish_joined(write).await {
                Ok(()) => done.writes += 1,
                Err(problem) => {
                    done.failures += 1;
                    tracing::error!(product.id = %write.product, %problem, "A product's write could not be finished now.");
                }
            }
        }
        Ok(done)
    }
}
