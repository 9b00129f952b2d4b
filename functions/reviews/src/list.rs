//! `GET /api/reviews/product/{productId}`

use axum::extract::State;
use domain::reviews::{Rating, Review, ReviewSort};
use domain::{Cursor, DecodedCursor, Page, PageSize, Problem, ProductId, ReviewId, Timestamp, UserId};
use http::Uri;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{Id, List, Query};

use crate::App;

/// The order and page of the reviews.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListReviewsQuery {
    /// The order; default newest first.
    #[serde(default)]
    #[param(inline)]
    sort: ReviewSort,
    /// The number of reviews.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// From the link to the next page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<ReviewCursor>>,
    /// Only the review of this user: one or none. Not together with a cursor.
    #[param(inline)]
    user_id: Option<UserId>,
}

/// List the reviews of a product
///
/// The same for every caller: of an author's name it shows the first name and an initial.
#[utoipa::path(
    get,
    path = "/api/reviews/product/{productId}",
    params(("productId" = ProductId, Path), ListReviewsQuery),
    responses((status = 200, body = [Review]))
)]
pub(crate) async fn list_reviews(
    State(app): State<App>,
    Id(product): Id<ProductId>,
    uri: Uri,
    Query(query): Query<ListReviewsQuery>,
) -> web::Result<List<Review>> {
    let ListReviewsQuery { sort, limit, cursor, user_id } = query;
    let after = cursor.map(|cursor| cursor_key(cursor, sort)).transpose()?;
    let rows = match user_id {
        Some(_) if after.is_some() => {
            return Err(Problem::invalid_field("cursor", "must not be combined with userId").into());
        }
        Some(user) => Vec::from_iter(store_mongo::reviews::find_of_user(&app.mongo, product, user).await?),
        None => store_mongo::reviews::list(&app.mongo, product, sort, after, limit.fetch_limit()).await?,
    };
    let rows = rows.into_iter().map(Review::with_public_name).collect();
    let page =
        Page::from_rows(rows, limit, move |review: &Review| (sort, store_mongo::reviews::sort_key(review, sort)));
    Ok(List::new(&uri, &page))
}

/// The order that a cursor was made for, and the position in it.
type ReviewCursor = (ReviewSort, (i64, ReviewId));

/// A cursor is valid only for the order that it was made for.
fn cursor_key(cursor: DecodedCursor<ReviewCursor>, sort: ReviewSort) -> Result<(i64, ReviewId), Problem> {
    let is_possible = |(made_for, (key, _)): &ReviewCursor| {
        let bounded = match sort {
            ReviewSort::Newest => Timestamp::try_from_millis(*key).is_some(),
            ReviewSort::Rating | ReviewSort::RatingDescending => Rating::new(*key).is_ok(),
        };
        *made_for == sort && bounded
    };
    cursor.into_key(is_possible).map(|(_, place)| place)
}
