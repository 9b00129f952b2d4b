//! The rules that prices depend on, kept for a while by each instance.

use std::sync::{Arc, Mutex, PoisonError};

use domain::pricing::PricingRules;
use domain::{Problem, Timestamp};
use runtime::Clock;
use store_postgres::{Database, pricing_rules};

/// How long rules are kept, in milliseconds. A quote and the list of shipping methods may be as old
/// as this. An order never is: the statement that places it compares the version of the rules.
const KEPT_MILLIS: i64 = 30_000;

/// Settings, tax rates and shipping methods as of one version. Clones share what they keep.
#[derive(Clone)]
pub(crate) struct PricingRulesCache(Arc<CacheState>);

struct CacheState {
    kept: Mutex<Option<(Timestamp, Arc<PricingRules>)>>,
    /// Held while rules are loaded: callers that come in meanwhile take what it brings.
    loading: tokio::sync::Mutex<()>,
    clock: Clock,
}

impl PricingRulesCache {
    /// Empty.
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::new(CacheState { kept: Mutex::default(), loading: tokio::sync::Mutex::default(), clock }))
    }

    /// The rules, at most 30 seconds old.
    ///
    /// # Errors
    /// When they must be loaded and orderdb is unavailable.
    pub(crate) async fn recent(&self, db: &Database) -> Result<Arc<PricingRules>, Problem> {
        if let Some(rules) = self.kept() {
            return Ok(rules);
        }
        let _loading = self.0.loading.lock().await;
        match self.kept() {
            Some(rules) => Ok(rules),
            None => self.reload(db).await,
        }
    }

    /// The rules as they are now. They replace what is kept.
    ///
    /// # Errors
    /// When orderdb is unavailable.
    pub(crate) async fn reload(&self, db: &Database) -> Result<Arc<PricingRules>, Problem> {
        // Their age counts from before they were read.
        let now = self.0.clock.now();
        let rules = Arc::new(pricing_rules::load(&mut db.acquire().await?).await?);
        *self.0.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, rules.clone()));
        Ok(rules)
    }

    /// Keeps nothing: an admin has just changed the rules.
    pub(crate) fn forget(&self) {
        *self.0.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn kept(&self) -> Option<Arc<PricingRules>> {
        let kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, rules) = kept.as_ref()?;
        let age = self.0.clock.now().millis() - since.millis();
        (0..KEPT_MILLIS).contains(&age).then(|| rules.clone())
    }
}
