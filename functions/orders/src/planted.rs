//! Two bugs at the price of an order, for test builds; see `runtime::planted`.

use domain::Money;
use domain::orders::{OrderDraft, PricedProduct};
use runtime::planted::{Bug, planted};
use serde::Deserialize;
use store_redis::{Cache, CacheEntry, Lookup};

use crate::App;

/// What `GET /api/products/{id}` has cached, as far as it matters here.
#[derive(Deserialize)]
struct CachedProduct {
    price: Money,
}

/// Prices by the cache, and no question whether the client saw the right total.
pub(crate) async fn apply_price_bugs(
    app: &App,
    mut catalogue: Vec<PricedProduct>,
    seen: Option<Money>,
) -> (Vec<PricedProduct>, Option<Money>) {
    if planted(Bug::CacheAsTruth) {
        let cache = Cache::new(app.redis.clone());
        for priced in &mut catalogue {
            if let Ok(Lookup::Hit(bytes)) = cache.find(&CacheEntry::product(priced.product_id), "json").await
                && let Ok(cached) = serde_json::from_slice::<CachedProduct>(&bytes)
            {
                priced.price = cached.price;
            }
        }
    }
    (catalogue, seen.filter(|_| !planted(Bug::ClientsPrice)))
}

/// What the client says that it costs is what it costs.
pub(crate) fn apply_total_bug(draft: OrderDraft, sent: Option<Money>) -> OrderDraft {
    let total = sent.filter(|_| planted(Bug::ClientsPrice)).unwrap_or(draft.total);
    OrderDraft { total, ..draft }
}
