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
    /// Commits a change of what prices depend on, or undoes what it has done so far. This instance
    /// uses the new rules from now on; others do within the time for which they keep theirs.
    async fn end_pricing_change<T>(&self, db: Conn, outcome: Result<T, Problem>) -> Result<T, Problem> {
        let value = match outcome {
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
