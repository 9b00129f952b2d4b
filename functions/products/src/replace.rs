//! PUT /api/products/:id
//!
//! Stock is set first, in a transaction of its own: where inventory refuses, nothing has changed.
//! A crash after it leaves the stock set and the rest as it was; the same PUT again completes it.

use axum::extract::State;
use domain::events::{Event, StockFact};
use domain::products::{Draft, Product};
use domain::{Problem, ProductId};
use postgres::products;
use web::{Admin, Body, Id, IfMatch, Resource};

use crate::written::ProductData;
use crate::{App, stock};

/// Replace a product; `stock`, where sent, sets its quantity
#[utoipa::path(
    put, path = "/api/products/{id}", request_body = ProductData, security(("bearer" = [])),
    params(("id" = ProductId, Path, description = "The product"),
           ("If-Match" = Option<String>, Header, description = "The ETag that the product must still have")),
    responses((status = 200, description = "The product", body = Product),
              (status = 409, description = "`below_reserved`: nothing was changed"),
              (status = 412, description = "`stale`: somebody else changed it"))
)]
pub(crate) async fn replace_product(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<ProductId>,
    if_match: IfMatch,
    body: Body<ProductData>,
) -> web::Result<Resource<Product>> {
    let (draft, pieces) = body.value.split();
    let mut replacing = Replacing { id, draft, if_match, seen: None, stock: None };
    let mut changed = None;
    if let Some(pieces) = pieces {
        replacing.look(&app).await?;
        changed = stock::set(&app, id, pieces, admin.id).await?;
        replacing.stock = changed.as_ref().map(|changed| changed.fact);
    }
    let saved = replacing.save(&app).await;
    let event = saved.as_ref().ok().map(|(_, event)| event.clone());
    app.announce(id, event, changed.map(|changed| changed.event)).await;
    Ok(Resource(saved?.0))
}

struct Replacing {
    id: ProductId,
    draft: Draft,
    if_match: IfMatch,
    /// The product as it was when the client's condition was first found true.
    seen: Option<Product>,
    stock: Option<StockFact>,
}

impl Replacing {
    /// Refuses before stock is touched.
    async fn look(&mut self, app: &App) -> Result<(), Problem> {
        let current = products::find(&mut app.productdb.acquire().await?, self.id).await?;
        let current = current.ok_or_else(|| Problem::not_found("product"))?;
        self.if_match.check(&current)?;
        self.seen = Some(current);
        Ok(())
    }

    async fn save(&self, app: &App) -> Result<(Product, Event), Problem> {
        let mut db = app.productdb.begin().await?;
        let current = products::lock(&mut db, self.id).await?;
        if let Err(problem) = self.allowed(current.as_ref()) {
            db.rollback().await?;
            return Err(problem);
        }
        let product = products::update(&mut db, self.id, &self.draft, self.stock, app.clock.now()).await?;
        let product = product.ok_or_else(|| Problem::internal("a locked row is gone"))?;
        let event = app.note_change(&mut db, self.id).await?;
        db.commit().await?;
        Ok((product, event))
    }

    fn allowed(&self, current: Option<&Product>) -> Result<(), Problem> {
        let current = current.ok_or_else(|| Problem::not_found("product"))?;
        // A sale or a review between the two looks is no other admin's edit.
        let edited = self.seen.as_ref().is_none_or(|seen| seen.updated_at != current.updated_at);
        if edited { self.if_match.check(current) } else { Ok(()) }
    }
}
