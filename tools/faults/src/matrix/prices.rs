//! Who says what an order costs: the catalogue's database at that moment, and nobody else.

use anyhow::{Context, Result, ensure};
use domain::ProductId;
use serde_json::json;

use super::{Verdict, World};

/// Cents.
const OLD: i64 = 1000;
const NEW: i64 = 2500;

pub(super) async fn all(world: &World) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    a_total_that_is_off_by_a_cent(world, &mut verdict).await;
    a_cache_that_is_behind(world, &mut verdict).await?;
    Ok(verdict)
}

async fn a_total_that_is_off_by_a_cent(world: &World, verdict: &mut Verdict) {
    let (customer, product) = (world.bed.customer().await, world.bed.product(OLD, 5).await);
    for total in [9.99, 10.01, 0.01] {
        let order = json!({"items": [{"productId": product, "quantity": 1}], "total": total});
        let answer = world.orders.of(&customer).post("/api/orders", order).await;
        if (answer.status.as_u16(), answer.code().as_str()) != (409, "price_changed") {
            verdict.broken("prices", format!("a total of {total} for what costs 10 was answered {}", answer.status));
        }
    }
}

async fn a_cache_that_is_behind(world: &World, verdict: &mut Verdict) -> Result<()> {
    let (customer, product) = (world.bed.customer().await, world.bed.product(OLD, 5).await);
    cache(world, product).await?;
    // The price changes and nobody tells the cache: it is away, or slow, or was restored.
    let mut db = world.bed.connection("PRODUCTDB_URL").await;
    let change = "update products set price = $2::bigint::numeric / 100 where id = $1";
    sqlx::query(change).bind(product.get()).bind(NEW).execute(&mut *db).await?;
    drop(db);
    let order = json!({"items": [{"productId": product, "quantity": 1}]});
    let answer = world.orders.of(&customer).post("/api/orders", order).await;
    ensure!(answer.status == 201, "an order with nothing broken: {answer:?}");
    let total = answer.json()["total"].as_f64();
    if total != Some(NEW as f64 / 100.0) {
        verdict.broken("prices", format!("what costs {NEW} cents was sold for {total:?}, as the cache had it"));
    }
    Ok(())
}

async fn cache(world: &World, product: ProductId) -> Result<()> {
    let bed = &world.bed;
    let app = products::App::read(&bed.vars(), &bed.clock).map_err(anyhow::Error::from_boxed).context("products")?;
    let catalogue = bed.client(products::router(app, &bed.door()));
    let shown = catalogue.get(&format!("/api/products/{product}")).await;
    ensure!(shown.status == 200, "a product with nothing broken: {shown:?}");
    Ok(())
}
