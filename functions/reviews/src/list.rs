//! `GET /api/reviews/product/:productId`

use axum::extract::State;
use domain::reviews::{Review, Sort, Stars};
use domain::{After, Cursor, Limit, Page, Problem, ProductId, ReviewId, Timestamp};
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
    #[param(inline, required = false)]
    limit: Limit,
    /// From the link to the next page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<After<Key>>,
}

/// The reviews of a product
///
/// The same for every caller: of an author's name it shows the first name and an initial.
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
    let after = cursor.map(|cursor| place(cursor, sort)).transpose()?;
    let rows = mongo::reviews::list(&app.mongo, product, sort, after, limit.and_one()).await?;
    let rows = rows.into_iter().map(Review::to_strangers).collect();
    let page = Page::cut(rows, limit, move |review: &Review| (sort, mongo::reviews::place(review, sort)));
    Ok(List::new(&uri, &page))
}

/// The order that a cursor was made for, and the place in it.
type Key = (Sort, (i64, ReviewId));

/// A cursor is good for the order that it was made for.
fn place(cursor: After<Key>, sort: Sort) -> Result<(i64, ReviewId), Problem> {
    let is_possible = |(made_for, (key, _)): &Key| {
        let bounded = match sort {
            Sort::Newest => Timestamp::checked(*key).is_some(),
            Sort::Rating | Sort::RatingDescending => Stars::new(*key).is_ok(),
        };
        *made_for == sort && bounded
    };
    cursor.key(is_possible).map(|(_, place)| place)
}
