//! A 4xx has no effect in any store: rejected writes of products and of stock, concurrent and
//! sequential.

use anyhow::{Result, ensure};
use domain::ProductId;
use serde_json::{Value, json};
use testkit::TestResponse;

use super::env::MatrixEnv;
use crate::violations::Violations;

const INITIAL_STOCK: i32 = 12;
/// Pairs of writers with one ETag.
const RACES: i64 = 8;

pub(super) async fn run(world: &MatrixEnv) -> Result<Violations> {
    let mut verdict = Violations::default();
    check_stale_write(world, &mut verdict).await?;
    check_concurrent_writes(world, &mut verdict).await?;
    check_stock_below_reserved(world, &mut verdict).await?;
    Ok(verdict)
}

async fn put_product(world: &MatrixEnv, product: ProductId, etag: &str, stock: i64) -> TestResponse {
    let body: Value = json!({"name": "Tea", "price": stock, "stock": stock});
    let admin = world.products.as_user(&world.admin).with_header("if-match", etag);
    admin.put(&format!("/api/products/{product}"), body).await
}

async fn fetch_etag(world: &MatrixEnv, product: ProductId) -> Result<String> {
    let shown = world.products.get(&format!("/api/products/{product}")).await;
    ensure!(shown.status == 200, "a product without a fault: {shown:?}");
    Ok(shown.header("etag").to_owned())
}

async fn check_stale_write(world: &MatrixEnv, verdict: &mut Violations) -> Result<()> {
    let product = world.env.product(1000, INITIAL_STOCK).await;
    let rejected = put_product(world, product, "\"stale\"", 99).await;
    let (status, stock) = (rejected.status.as_u16(), world.env.stock(product).await);
    if (status, stock) != (412, (INITIAL_STOCK, 0)) {
        verdict.add("rejections", format!("a stale write got {status}, and the stock is {stock:?}"));
    }
    Ok(())
}

async fn check_concurrent_writes(world: &MatrixEnv, verdict: &mut Violations) -> Result<()> {
    let product = world.env.product(1000, INITIAL_STOCK).await;
    for round in 1..=RACES {
        let etag = fetch_etag(world, product).await?;
        let (one, two) = (round * 100 + 1, round * 100 + 2);
        let (a, b) = tokio::join!(put_product(world, product, &etag, one), put_product(world, product, &etag, two));
        let won = match (a.status.as_u16(), b.status.as_u16()) {
            (200, 412) => one,
            (412, 200) => two,
            // The machine is busy: the writer that got a 503 may have won.
            (503, _) | (_, 503) => continue,
            others => {
                verdict.add("rejections", format!("two writers with the same ETag got {others:?}"));
                continue;
            }
        };
        let stock = world.env.stock(product).await;
        if i64::from(stock.0) != won {
            verdict.add("rejections", format!("the rejected one of two writers left {stock:?} instead of {won}"));
        }
    }
    Ok(())
}

async fn check_stock_below_reserved(world: &MatrixEnv, verdict: &mut Violations) -> Result<()> {
    let product = world.env.product(1000, INITIAL_STOCK).await;
    let etag = fetch_etag(world, product).await?;
    let mut db = world.env.connection("INVENTORYDB_URL").await;
    let order = domain::OrderId::new(i32::MAX);
    store_postgres::reservations::reserve(&mut db, order, 1, &[(product, 5)], 900.0).await?;
    let rejected = put_product(world, product, "*", 4).await;
    if rejected.status != 409 || self::fetch_etag(world, product).await? != etag {
        verdict.add("rejections", format!("a stock below the reserved units got {}", rejected.status));
    }
    store_postgres::reservations::release_reservation(&mut db, order, 1, &[(product, 5)]).await?;
    Ok(())
}
