//! POST /api/products
//!
//! Two databases, so two transactions. The product comes first, without stock: a crash between
//! the two leaves one that shows 0 and that nobody can buy, which PUT with `stock` mends. The
//! other order could leave stock of a product that does not exist. A failure that is noticed
//! takes the product back, so that trying again does not add it twice.

use axum::extract::State;
use domain::inventory::Pieces;
use domain::products::Product;
use domain::{Problem, UserId};
use postgres::products;
use web::{Admin, Body, Created};

use crate::stock::Changed;
use crate::written::ProductData;
use crate::{App, stock};

/// Add a product, and open its stock
#[utoipa::path(
    post, path = "/api/products", request_body = ProductData, security(("bearer" = [])),
    responses((status = 201, description = "The product", body = Product,
               headers(("Location" = String, description = "Its path"))))
)]
pub(crate) async fn add_product(
    State(app): State<App>,
    Admin(admin): Admin,
    body: Body<ProductData>,
) -> web::Result<Created<Product>> {
    let (draft, pieces) = body.value.split();
    let mut db = app.productdb.begin().await?;
    let product = products::insert(&mut db, &draft, app.clock.now()).await?;
    let event = app.note_change(&mut db, product.id).await?;
    db.commit().await?;
    let id = product.id;
    let stocked = open_stock(&app, product, pieces.unwrap_or_default(), admin.id).await;
    let changed = stocked.as_ref().ok().and_then(|(_, changed)| changed.clone());
    app.announce(id, Some(event), changed.map(|changed| changed.event)).await;
    Ok(Created { location: format!("/api/products/{id}"), value: stocked?.0 })
}

async fn open_stock(
    app: &App,
    product: Product,
    pieces: Pieces,
    by: UserId,
) -> Result<(Product, Option<Changed>), Problem> {
    let id = product.id;
    let changed = match stock::set(app, id, pieces, by).await {
        Ok(None) => return Ok((product, None)),
        Ok(Some(changed)) => changed,
        Err(problem) => {
            if let Err(error) = take_back(app, &product).await {
                tracing::warn!(product.id = %id, %error, "A product stays without stock; PUT with stock opens it.");
            }
            return Err(problem);
        }
    };
    let shown = show(app, &changed).await.unwrap_or_else(|problem| {
        tracing::warn!(product.id = %id, %problem, "Stock is shown only when its event arrives.");
        None
    });
    let shown = shown.unwrap_or(Product { stock: changed.fact.available, ..product });
    Ok((shown, Some(changed)))
}

async fn take_back(app: &App, product: &Product) -> Result<(), Problem> {
    products::remove(&mut app.productdb.acquire().await?, product.id).await?;
    Ok(())
}

async fn show(app: &App, changed: &Changed) -> Result<Option<Product>, Problem> {
    Ok(products::show_stock(&mut app.productdb.acquire().await?, changed.fact).await?)
}
