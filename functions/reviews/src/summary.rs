//! `GET /api/reviews/product/:productId/summary`

use axum::extract::State;
use domain::ProductId;
use domain::reviews::Summary;
use web::{Id, Resource};

use crate::App;

/// How a product is rated
///
/// One document, however many reviews there are.
#[utoipa::path(
    get,
    path = "/api/reviews/product/{productId}/summary",
    params(("productId" = ProductId, Path)),
    responses((status = 200, body = Summary))
)]
pub(crate) async fn summarise_reviews(
    State(app): State<App>,
    Id(product): Id<ProductId>,
) -> web::Result<Resource<Summary>> {
    Ok(Resource(mongo::reviews::ratings(&app.mongo, product).await?.into()))
}
