//! Cache-aside: the cache's bytes where it has them, the store's otherwise. Whatever Redis does
//! costs time and nothing else.

use bytes::Bytes;
use domain::{Problem, ProductId};
use store_redis::{CacheEntry, Lookup};

use crate::App;

impl App {
    /// The bytes of `form` of `entry`; `ask` makes them from the store, `None` where it has none.
    /// Bytes that are not `sound` did not come from us: they are thrown away.
    pub(crate) async fn get_or_load<F>(
        &self,
        entry: &CacheEntry,
        form: &str,
        sound: impl Fn(&[u8]) -> bool,
        ask: F,
    ) -> Result<Option<Bytes>, Problem>
    where
        F: Future<Output = Result<Option<Vec<u8>>, Problem>>,
    {
        let token = match self.cache.find(entry, form).await {
            Ok(Lookup::Hit(bytes)) if sound(&bytes) => return Ok(Some(bytes)),
            Ok(Lookup::Hit(_)) => {
                tracing::warn!(cache.form = form, "A cached answer was not ours; it is thrown away.");
                self.invalidate(std::slice::from_ref(entry)).await;
                None
            }
            Ok(Lookup::Miss(token)) => Some(token),
            Err(error) => {
                tracing::debug!(%error, "The cache was not asked.");
                None
            }
        };
        let answer = ask.await.map(|bytes| bytes.map(Bytes::from));
        let Some(token) = token else { return answer };
        let kept = match &answer {
            Ok(Some(bytes)) => self.cache.fill(entry, form, &token, bytes).await,
            _ => self.cache.release_lease(entry, form).await,
        };
        if let Err(error) = kept {
            tracing::debug!(%error, "An answer could not be cached.");
        }
        answer
    }

    /// Makes every cached copy of a product forgotten.
    pub(crate) async fn invalidate_product(&self, id: ProductId) {
        self.invalidate(&[CacheEntry::product(id), CacheEntry::product_lists()]).await;
    }

    /// Makes every cached list forgotten.
    pub(crate) async fn invalidate_lists(&self) {
        self.invalidate(&[CacheEntry::product_lists()]).await;
    }

    async fn invalidate(&self, entries: &[CacheEntry]) {
        let nonce = format!("{:x}", self.clock.random());
        if let Err(error) = self.cache.invalidate(entries, &nonce).await {
            tracing::warn!(%error, "Cached copies could not be forgotten now; the event will see to it.");
        }
    }
}
