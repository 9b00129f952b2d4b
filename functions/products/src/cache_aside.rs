//! Cache-aside: the cached bytes if there are any, those of the store otherwise. A failing Redis
//! costs time and nothing else.

use bytes::Bytes;
use domain::{Problem, ProductId};
use store_redis::{CacheEntry, Lookup};

use crate::App;

impl App {
    /// The bytes of `form` of `entry`; `load` reads them from the store, `None` if it has none.
    /// Cached bytes that `is_valid` rejects were not written by the shop: they are discarded.
    pub(crate) async fn get_or_load<F>(
        &self,
        entry: &CacheEntry,
        form: &str,
        is_valid: impl Fn(&[u8]) -> bool,
        load: F,
    ) -> Result<Option<Bytes>, Problem>
    where
        F: Future<Output = Result<Option<Vec<u8>>, Problem>>,
    {
        let token = match self.cache.find(entry, form).await {
            Ok(Lookup::Hit(bytes)) if is_valid(&bytes) => return Ok(Some(bytes)),
            Ok(Lookup::Hit(_)) => {
                tracing::warn!(cache.form = form, "A cached entry was invalid and was discarded.");
                self.invalidate(std::slice::from_ref(entry)).await;
                None
            }
            Ok(Lookup::Miss(token)) => Some(token),
            Err(error) => {
                tracing::debug!(%error, "The cache could not be read.");
                None
            }
        };
        let loaded = load.await.map(|bytes| bytes.map(Bytes::from));
        let Some(token) = token else { return loaded };
        let filled = match &loaded {
            Ok(Some(bytes)) => self.cache.fill(entry, form, &token, bytes).await,
            _ => self.cache.release_lease(entry, form).await,
        };
        if let Err(error) = filled {
            tracing::debug!(%error, "An entry could not be cached.");
        }
        loaded
    }

    /// Invalidates every cached copy of a product.
    pub(crate) async fn invalidate_product(&self, id: ProductId) {
        self.invalidate(&[CacheEntry::product(id), CacheEntry::product_lists()]).await;
    }

    /// Invalidates every cached list.
    pub(crate) async fn invalidate_lists(&self) {
        self.invalidate(&[CacheEntry::product_lists()]).await;
    }

    async fn invalidate(&self, entries: &[CacheEntry]) {
        let nonce = format!("{:x}", self.clock.random());
        if let Err(error) = self.cache.invalidate(entries, &nonce).await {
            tracing::warn!(%error, "Cached copies could not be invalidated; the event will do it.");
        }
    }
}
