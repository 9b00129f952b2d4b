//! The catalogue as the customers know it: what they have seen, at the prices they have seen.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use anyhow::Result;
use domain::{Money, ProductId};
use rand::Rng;
use rand::rngs::StdRng;
use serde::Deserialize;
use serde_json::json;

use crate::shop::{Answer, Request, Shop};

/// More than anybody looks through; a catalogue of any size is good for a load.
const KNOWN: usize = 500;
const PAGE: usize = 100;
/// Pieces of each product that is added for the load.
const STOCK: u32 = 1000;

/// A product as lists show it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Good {
    pub(crate) id: ProductId,
    pub(crate) name: String,
    pub(crate) price: Money,
    #[serde(default)]
    pub(crate) category: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Goods(RwLock<BTreeMap<ProductId, Good>>);

impl Goods {
    /// Reads the catalogue, from its first page on.
    pub(crate) async fn read(shop: &Shop) -> Result<Self> {
        let goods = Self::default();
        let mut next = Some(format!("/api/products?limit={PAGE}"));
        while let Some(path) = next.take().filter(|_| goods.count() < KNOWN) {
            let (seen, following) = page(shop, &path).await?;
            goods.see(seen);
            next = following;
        }
        Ok(goods)
    }

    /// Adds products of our own.
    pub(crate) async fn furnish(&self, shop: &Shop, admin: &str, count: u32) -> Result<()> {
        for n in 1..=count {
            let price = f64::from(499 + n * 137 % 9000) / 100.0;
            let product = json!({
                "name": format!("Load Article {n}"), "price": price, "stock": STOCK, "category": "Load",
                "description": "Something that is bought often and never missed.",
            });
            let request = Request::post("/api/products", &product).by(admin);
            let answer = shop.insist(&request).await?;
            anyhow::ensure!(answer.status == 201, "POST /api/products: {answer}");
            self.see(vec![answer.json()?]);
        }
        Ok(())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn see(&self, seen: Vec<Good>) {
        let mut goods = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for good in seen {
            if goods.len() < KNOWN || goods.contains_key(&good.id) {
                goods.insert(good.id, good);
            }
        }
    }

    pub(crate) fn forget(&self, product: ProductId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&product);
    }

    /// Any of them, a few far more often than most, as in a real shop: the square of an even
    /// choice makes the first tenth three times as likely as its share.
    pub(crate) fn any(&self, rng: &mut StdRng) -> Good {
        let goods = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let place = (rng.random::<f64>().powi(2) * goods.len() as f64) as usize;
        let nothing = || Good { id: ProductId::new(1), name: "Tea".to_owned(), price: Money::ZERO, category: None };
        goods.values().nth(place).cloned().unwrap_or_else(nothing)
    }
}

/// A page, and where the next one is.
async fn page(shop: &Shop, path: &str) -> Result<(Vec<Good>, Option<String>)> {
    let answer = shop.insist(&Request::get(path)).await?;
    anyhow::ensure!(answer.status == 200, "GET {path}: {answer}");
    Ok((answer.json()?, next(&answer)))
}

/// `</api/products?…>; rel="next"`.
fn next(answer: &Answer) -> Option<String> {
    answer.link.strip_prefix('<')?.split_once(">; rel=\"next\"").map(|(path, _)| path.to_owned())
}
