//! DELETE /api/products/:id
//!
//! First what is not reserved is taken from sale, then the product goes. A crash between the two
//! leaves a product that shows 0; DELETE again completes it, PUT with `stock` undoes it.

use axum::extract::State;
use domain::events::Event;
use domain::{Problem, ProductId};
use postgres::products;
use web::{Admin, Id, NoContent};

use crate::{App, stock};

/// Remove a product from the catalogue; orders keep their history
#[utoipa::path(
    delete, path = "/api/products/{id}", security(("bearer" = [])),
    params(("id" = ProductId, Path, description = "The product")),
    responses((status = 204, description = "Gone"), (status = 404, description = "There is none"))
)]
pub(crate) async fn remove_product(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<ProductId>,
) -> web::Result<NoContent> {
    let there = products::find(&mut app.productdb.acquire().await?, id).await?;
    there.ok_or_else(|| Problem::not_found("product"))?;
    let withdrawn = stock::withdraw(&app, id, admin.id).await?;
    let removed = remove(&app, id).await;
    let event = removed.as_ref().ok().cloned();
    app.announce(id, event, withdrawn.map(|changed| changed.event)).await;
    removed?;
    Ok(NoContent)
}

async fn remove(app: &App, id: ProductId) -> Result<Event, Problem> {
    let mut db = app.productdb.begin().await?;
    if !products::remove(&mut db, id).await? {
        db.rollback().await?;
        return Err(Problem::not_found("product"));
    }
    let event = app.note_change(&mut db, id).await?;
    db.commit().await?;
    Ok(event)
}
