//! What orders cost, and what an admin sets for it: settings, tax rates, shipping methods and
//! discounts.

mod cache;
pub(crate) mod discounts;
pub(crate) mod quote;
pub(crate) mod settings;
pub(crate) mod shipping_methods;
pub(crate) mod tax_rates;

use domain::Problem;
use store_postgres::Conn;

pub(crate) use cache::PricingRulesCache;

use crate::App;

impl App {
    /// Changes what prices depend on, in one transaction: committed if `change` succeeds, undone
    /// otherwise. This instance uses the new rules from now on; others do within the time for which they
    /// keep theirs.
    async fn change_pricing<T>(&self, change: impl AsyncFnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut db = self.checkout.orders().begin().await?;
        let value = match change(&mut db).await {
            Ok(value) => value,
            Err(refused) => {
                // Rolled back in any case: the response is about what was refused.
                _ = db.rollback().await;
                return Err(refused);
            }
        };
        let committed = db.commit().await;
        // Also after a failure: the change may have been committed.
        self.pricing_rules.forget();
        committed?;
        Ok(value)
    }
}
