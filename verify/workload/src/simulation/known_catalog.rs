//! The catalog as the customers know it: the products they have seen, at the prices they have seen.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use anyhow::Result;
use api_client::{ApiRequest, ApiResponse};
use domain::{Money, ProductId};
use rand::Rng;
use rand::rngs::StdRng;
use serde::Deserialize;
use serde_json::json;

use crate::balancer::Balancer;

/// More than anyone looks through; a catalog of any size is good for a load.
const MAX_KNOWN: usize = 500;
const PAGE_SIZE: usize = 100;
/// The stock of each product that is added for the load.
const INITIAL_STOCK: u32 = 1000;

/// A product as lists show it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ListedProduct {
    pub(crate) id: ProductId,
    pub(crate) name: String,
    pub(crate) price: Money,
    #[serde(default)]
    pub(crate) category: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct KnownCatalog(RwLock<BTreeMap<ProductId, ListedProduct>>);

impl KnownCatalog {
    /// Reads the catalog, from its first page on.
    pub(crate) async fn load(shop: &Balancer) -> Result<Self> {
        let goods = Self::default();
        let mut next = Some(format!("/api/products?limit={PAGE_SIZE}"));
        while let Some(path) = next.take().filter(|_| goods.count() < MAX_KNOWN) {
            let (seen, following) = fetch_page(shop, &path).await?;
            goods.remember(seen);
            next = following;
        }
        Ok(goods)
    }

    /// Adds products for the load.
    pub(crate) async fn add_products(&self, shop: &Balancer, admin: &str, count: u32) -> Result<()> {
        for n in 1..=count {
            let price = f64::from(499 + n * 137 % 9000) / 100.0;
            let product = json!({
                "name": format!("Load Article {n}"), "price": price, "stock": INITIAL_STOCK, "category": "Load",
                "description": "Something that is bought often and never missed.",
            });
            let request = ApiRequest::post("/api/products", &product).with_token(admin);
            let response = shop.send_until_available(&request).await?;
            anyhow::ensure!(response.status == 201, "POST /api/products: {response}");
            self.remember(vec![response.parse()?]);
        }
        Ok(())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn remember(&self, seen: Vec<ListedProduct>) {
        let mut goods = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for good in seen {
            if goods.len() < MAX_KNOWN || goods.contains_key(&good.id) {
                goods.insert(good.id, good);
            }
        }
    }

    pub(crate) fn forget(&self, product: ProductId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&product);
    }

    /// Any product, some far more often than most, as in a real shop: the square of an even choice
    /// makes the first tenth three times as likely as its share.
    pub(crate) fn pick_random(&self, rng: &mut StdRng) -> ListedProduct {
        let goods = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let place = (rng.random::<f64>().powi(2) * goods.len() as f64) as usize;
        let nothing =
            || ListedProduct { id: ProductId::new(1), name: "Tea".to_owned(), price: Money::ZERO, category: None };
        goods.values().nth(place).cloned().unwrap_or_else(nothing)
    }
}

/// A page, and the path of the next one.
async fn fetch_page(shop: &Balancer, path: &str) -> Result<(Vec<ListedProduct>, Option<String>)> {
    let response = shop.send_until_available(&ApiRequest::get(path)).await?;
    anyhow::ensure!(response.status == 200, "GET {path}: {response}");
    Ok((response.parse()?, next_page_path(&response)))
}

/// The path in a header such as `</api/products?…>; rel="next"`.
fn next_page_path(response: &ApiResponse) -> Option<String> {
    response.header("link").strip_prefix('<')?.split_once(">; rel=\"next\"").map(|(path, _)| path.to_owned())
}
