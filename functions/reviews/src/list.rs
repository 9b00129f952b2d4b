//! `GET /api/reviews/product/:productId`

use axum::extract::State;
use domain::reviews::{Review, Sort};
use domain::{Cursor, Limit, Page, Problem, ProductId, ReviewId};
use http::Uri;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{Id, List, Query};

use crate::App;

/// Which reviews.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Their order; newest first unless told.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// How many.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
    /// From the link to the next page.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// The reviews of a product
#[utoipa::path(
    get,
    path = "/api/reviews/product/{productId}",
    params(("productId" = ProductId, Path), Wanted),
    responses((status = 200, body = [Review]))
)]
pub(crate) async fn list_reviews(
    State(app): State<App>,
    Id(product): Id<ProductId>,
    uri: Uri,
    Query(wanted): Query<Wanted>,
) -> web::Result<List<Review>> {
    let Wanted { sort, limit, cursor } = wanted;
    let after = cursor.as_ref().map(|cursor| place(cursor, sort)).transpose()?;
    let rows = mongo::reviews::list(&app.mongo, product, sort, after, limit.and_one()).await?;
    let page = Page::cut(rows, limit, |review| (sort, mongo::reviews::place(review, sort)));
    Ok(List::new(&uri, page))
}

/// A cursor is good for the order that it was made for.
fn place(cursor: &Cursor, sort: Sort) -> Result<(i64, ReviewId), Problem> {
    let key = cursor.key::<(Sort, (i64, ReviewId))>().filter(|(made_for, _)| *made_for == sort);
    key.map(|(_, place)| place).ok_or_else(|| Problem::field("cursor", "is not from this list"))
}
