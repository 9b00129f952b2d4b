//! A 4xx has no effect in any store: writes of products and of stock that are refused, beside each
//! other and after each other.

use anyhow::{Result, ensure};
use domain::ProductId;
use serde_json::{Value, json};
use testkit::Reply;

use super::{Verdict, World};

/// Pieces at first.
const STOCK: i32 = 12;
/// Pairs of writers with one ETag.
const RACES: i64 = 8;

pub(super) async fn all(world: &World) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    a_stale_write(world, &mut verdict).await?;
    two_with_one_etag(world, &mut verdict).await?;
    less_than_is_reserved(world, &mut verdict).await?;
    Ok(verdict)
}

async fn put(world: &World, product: ProductId, etag: &str, stock: i64) -> Reply {
    let body: Value = json!({"name": "Tea", "price": stock, "stock": stock});
    let admin = world.products.of(&world.admin).with_header("if-match", etag);
    admin.put(&format!("/api/products/{product}"), body).await
}

async fn etag(world: &World, product: ProductId) -> Result<String> {
    let shown = world.products.get(&format!("/api/products/{product}")).await;
    ensure!(shown.status == 200, "a product with nothing broken: {shown:?}");
    Ok(shown.header("etag").to_owned())
}

async fn a_stale_write(world: &World, verdict: &mut Verdict) -> Result<()> {
    let product = world.bed.product(1000, STOCK).await;
    let refused = put(world, product, "\"stale\"", 99).await;
    let (status, stock) = (refused.status.as_u16(), world.bed.stock(product).await);
    if (status, stock) != (412, (STOCK, 0)) {
        verdict.broken("refusals", format!("a stale write was answered {status}, and there is {stock:?} in stock"));
    }
    Ok(())
}

async fn two_with_one_etag(world: &World, verdict: &mut Verdict) -> Result<()> {
    let product = world.bed.product(1000, STOCK).await;
    for round in 1..=RACES {
        let etag = etag(world, product).await?;
        let (one, two) = (round * 100 + 1, round * 100 + 2);
        let (a, b) = tokio::join!(put(world, product, &etag, one), put(world, product, &etag, two));
        let won = match (a.status.as_u16(), b.status.as_u16()) {
            (200, 412) => one,
            (412, 200) => two,
            // The machine is busy: whoever was answered 503 may have won.
            (503, _) | (_, 503) => continue,
            others => {
                verdict.broken("refusals", format!("of two writers with one ETag, the answers were {others:?}"));
                continue;
            }
        };
        let stock = world.bed.stock(product).await;
        if i64::from(stock.0) != won {
            verdict.broken("refusals", format!("the refused one of two writers left {stock:?} instead of {won}"));
        }
    }
    Ok(())
}

async fn less_than_is_reserved(world: &World, verdict: &mut Verdict) -> Result<()> {
    let product = world.bed.product(1000, STOCK).await;
    let etag = etag(world, product).await?;
    let mut db = world.bed.connection("INVENTORYDB_URL").await;
    let order = domain::OrderId::new(i32::MAX);
    postgres::reservations::hold(&mut db, order, 1, &[(product, 5)], 900.0).await?;
    let refused = put(world, product, "*", 4).await;
    if refused.status != 409 || self::etag(world, product).await? != etag {
        verdict.broken("refusals", format!("a stock below what is reserved was answered {}", refused.status));
    }
    postgres::reservations::release(&mut db, order, 1, &[(product, 5)]).await?;
    Ok(())
}
