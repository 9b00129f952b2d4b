//! The required result of an admin's write of a product or of its stock, once its client has
//! repeated the request: exactly the written state, once, in both databases.

use anyhow::Result;
use domain::ProductId;

use super::env::MatrixEnv;
use super::scenario::{DELIVERED_QUANTITY, INITIAL_STOCK, NEW_PRICE, NEW_STOCK, Scenario, ScenarioState};

/// A product, and the number of rows in its ledger.
#[derive(Debug, PartialEq)]
struct ProductRecords {
    products: i64,
    stock: Option<(i32, i32)>,
    ledger_rows: i64,
}

pub(super) async fn check_product(
    world: &MatrixEnv,
    scene: &ScenarioState,
    broken: &mut impl FnMut(String),
) -> Result<()> {
    let found = match scene.scenario {
        Scenario::AddProduct => read_added(world, scene).await?,
        _ => read_written(world, scene).await?,
    };
    let expected = match scene.scenario {
        Scenario::AddProduct => ProductRecords { products: 1, stock: Some((INITIAL_STOCK, 0)), ledger_rows: 1 },
        Scenario::ReplaceProduct => ProductRecords { products: 1, stock: Some((NEW_STOCK, 0)), ledger_rows: 1 },
        Scenario::RemoveProduct => ProductRecords { products: 0, stock: Some((0, 0)), ledger_rows: 1 },
        _ => ProductRecords { products: 1, stock: Some((INITIAL_STOCK + DELIVERED_QUANTITY, 0)), ledger_rows: 1 },
    };
    if found != expected {
        broken(format!("{expected:?} is right, there is {found:?}"));
    }
    Ok(())
}

/// The product that the scenario added, found by its name.
async fn read_added(world: &MatrixEnv, scene: &ScenarioState) -> Result<ProductRecords> {
    let mut db = world.env.connection("PRODUCTDB_URL").await;
    let select = sqlx::query_scalar("select id from products where name = $1").bind(scene.key());
    let ids: Vec<i32> = select.fetch_all(&mut *db).await?;
    drop(db);
    let first = ids.first().copied().unwrap_or_default();
    let (stock, moved) = read_stock(world, ProductId::new(first), "set with the product").await?;
    Ok(ProductRecords { products: i64::try_from(ids.len())?, stock, ledger_rows: moved })
}

/// The scenario's tea, and whether it is in the written state.
async fn read_written(world: &MatrixEnv, scene: &ScenarioState) -> Result<ProductRecords> {
    let reason = match scene.scenario {
        Scenario::ReplaceProduct => "set with the product",
        Scenario::RemoveProduct => "product removed",
        _ => "delivery",
    };
    let mut db = world.env.connection("PRODUCTDB_URL").await;
    let select =
        "select count(*) from products where id = $1 and (not $4 or (name = $2 and price = $3::float8::numeric))";
    let replaced = scene.scenario == Scenario::ReplaceProduct;
    let select = sqlx::query_scalar(select).bind(scene.tea.get()).bind(scene.key()).bind(NEW_PRICE).bind(replaced);
    let products: i64 = select.fetch_one(&mut *db).await?;
    drop(db);
    let (stock, moved) = read_stock(world, scene.tea, reason).await?;
    Ok(ProductRecords { products, stock, ledger_rows: moved })
}

async fn read_stock(world: &MatrixEnv, product: ProductId, reason: &str) -> Result<(Option<(i32, i32)>, i64)> {
    let mut db = world.env.connection("INVENTORYDB_URL").await;
    let select = sqlx::query_as("select quantity, reserved from inventory where product_id = $1").bind(product.get());
    let there = select.fetch_optional(&mut *db).await?;
    let select = "select count(*) from stock_ledger where product_id = $1 and reason = $2";
    let moved = sqlx::query_scalar(select).bind(product.get()).bind(reason).fetch_one(&mut *db).await?;
    Ok((there, moved))
}
