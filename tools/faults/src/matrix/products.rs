//! What must have come of an admin's write of a product or of its stock, once its client has asked
//! again: exactly what it says, once, in both databases.

use anyhow::Result;
use domain::ProductId;

use super::World;
use super::path::{DELIVERED, NEW_PRICE, NEW_STOCK, Path, STOCK, Scene};

/// What a product is, and how many rows its ledger has.
#[derive(Debug, PartialEq)]
struct Found {
    products: i64,
    stock: Option<(i32, i32)>,
    moved: i64,
}

pub(super) async fn judge(world: &World, scene: &Scene, broken: &mut impl FnMut(String)) -> Result<()> {
    let found = match scene.path {
        Path::AddProduct => added(world, scene).await?,
        _ => written(world, scene).await?,
    };
    let expected = match scene.path {
        Path::AddProduct => Found { products: 1, stock: Some((STOCK, 0)), moved: 1 },
        Path::ReplaceProduct => Found { products: 1, stock: Some((NEW_STOCK, 0)), moved: 1 },
        Path::RemoveProduct => Found { products: 0, stock: Some((0, 0)), moved: 1 },
        _ => Found { products: 1, stock: Some((STOCK + DELIVERED, 0)), moved: 1 },
    };
    if found != expected {
        broken(format!("{expected:?} is right, there is {found:?}"));
    }
    Ok(())
}

/// The product that the scene added, known by its name.
async fn added(world: &World, scene: &Scene) -> Result<Found> {
    let mut db = world.bed.connection("PRODUCTDB_URL").await;
    let select = sqlx::query_scalar("select id from products where name = $1").bind(scene.key());
    let ids: Vec<i32> = select.fetch_all(&mut *db).await?;
    drop(db);
    let first = ids.first().copied().unwrap_or_default();
    let (stock, moved) = stock(world, ProductId::new(first), "set with the product").await?;
    Ok(Found { products: i64::try_from(ids.len())?, stock, moved })
}

/// The scene's tea, and whether it is what was written.
async fn written(world: &World, scene: &Scene) -> Result<Found> {
    let reason = match scene.path {
        Path::ReplaceProduct => "set with the product",
        Path::RemoveProduct => "product removed",
        _ => "delivery",
    };
    let mut db = world.bed.connection("PRODUCTDB_URL").await;
    let select =
        "select count(*) from products where id = $1 and (not $4 or (name = $2 and price = $3::float8::numeric))";
    let replaced = scene.path == Path::ReplaceProduct;
    let select = sqlx::query_scalar(select).bind(scene.tea.get()).bind(scene.key()).bind(NEW_PRICE).bind(replaced);
    let products: i64 = select.fetch_one(&mut *db).await?;
    drop(db);
    let (stock, moved) = stock(world, scene.tea, reason).await?;
    Ok(Found { products, stock, moved })
}

async fn stock(world: &World, product: ProductId, reason: &str) -> Result<(Option<(i32, i32)>, i64)> {
    let mut db = world.bed.connection("INVENTORYDB_URL").await;
    let select = sqlx::query_as("select quantity, reserved from inventory where product_id = $1").bind(product.get());
    let there = select.fetch_optional(&mut *db).await?;
    let select = "select count(*) from stock_ledger where product_id = $1 and reason = $2";
    let moved = sqlx::query_scalar(select).bind(product.get()).bind(reason).fetch_one(&mut *db).await?;
    Ok((there, moved))
}
