//! The source of an order's price: the catalog's database at that moment, and nothing else.

use anyhow::{Context, Result, ensure};
use domain::ProductId;
use serde_json::json;

use super::env::MatrixEnv;
use crate::violations::Violations;

const OLD_CENTS: i64 = 1000;
const NEW_CENTS: i64 = 2500;

pub(super) async fn run(world: &MatrixEnv) -> Result<Violations> {
    let mut verdict = Violations::default();
    check_wrong_total(world, &mut verdict).await;
    check_stale_cache(world, &mut verdict).await?;
    Ok(verdict)
}

async fn check_wrong_total(world: &MatrixEnv, verdict: &mut Violations) {
    let (customer, product) = (world.env.customer().await, world.env.product(OLD_CENTS, 5).await);
    for total in [9.99, 10.01, 0.01] {
        let order = json!({"items": [{"productId": product, "quantity": 1}], "total": total});
        let response = world.orders.as_user(&customer).post("/api/orders", order).await;
        if (response.status.as_u16(), response.error_code().as_str()) != (409, "price_changed") {
            verdict.add("prices", format!("a total of {total} for a price of 10 got {}", response.status));
        }
    }
}

async fn check_stale_cache(world: &MatrixEnv, verdict: &mut Violations) -> Result<()> {
    let (customer, product) = (world.env.customer().await, world.env.product(OLD_CENTS, 5).await);
    fill_cache(world, product).await?;
    // The price changes without invalidating the cache: Redis is unavailable, or slow, or was
    // restored.
    let mut db = world.env.connection("PRODUCTDB_URL").await;
    let change = "update products set price = $2::bigint::numeric / 100 where id = $1";
    sqlx::query(change).bind(product.get()).bind(NEW_CENTS).execute(&mut *db).await?;
    drop(db);
    let order = json!({"items": [{"productId": product, "quantity": 1}]});
    let response = world.orders.as_user(&customer).post("/api/orders", order).await;
    ensure!(response.status == 201, "an order without a fault: {response:?}");
    let total = response.json()["total"].as_f64();
    if total != Some(NEW_CENTS as f64 / 100.0) {
        verdict.add("prices", format!("a product of {NEW_CENTS} cents was sold for the cached {total:?}"));
    }
    Ok(())
}

async fn fill_cache(world: &MatrixEnv, product: ProductId) -> Result<()> {
    let test_env = &world.env;
    let app = products::App::from_env(&test_env.env(), &test_env.clock)
        .map_err(anyhow::Error::from_boxed)
        .context("products")?;
    let catalogue = test_env.client(products::router(app, &test_env.http_stack()));
    let shown = catalogue.get(&format!("/api/products/{product}")).await;
    ensure!(shown.status == 200, "a product without a fault: {shown:?}");
    Ok(())
}
