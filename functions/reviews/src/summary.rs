//! `GET /api/reviews/product/{productId}/summary`

use axum::extract::State;
use domain::ProductId;
use domain::reviews::RatingSummary;
use web::{Id, Resource};

use crate::App;

/// The rating summary of a product
///
/// One document, however many reviews there are.
#[utoipa::path(
    get,
    path = "/api/reviews/product/{productId}/summary",
    params(("productId" = ProductId, Path)),
    responses((status = 200, body = RatingSummary))
)]
pub(crate) async fn summarise_reviews(
    State(app): State<App>,
    Id(product): Id<ProductId>,
) -> web::Result<Resource<RatingSummary>> {
    Ok(Resource(store_mongo::reviews::find_ratings(&app.mongo, product).await?.into()))
}
