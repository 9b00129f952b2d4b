//! `POST /api/reviews`

use axum::extract::State;
use domain::events::ReviewChangeKind;
use domain::reviews::{Comment, Rating, Review, already_reviewed, review_changed, unknown_product};
use domain::{Problem, ProductId, ReviewId, UserId};
use serde::Deserialize;
use store_postgres::purchases;
use utoipa::ToSchema;
use web::{Body, Created, Customer};

use crate::App;
use crate::writer::{ReviewChange, ReviewWrite, WriteOutcome};

/// A review that the caller writes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewReview {
    product_id: ProductId,
    /// Whole stars: 1 to 5.
    rating: Rating,
    /// Empty if the review has only stars.
    comment: Comment,
}

/// Review a product
///
/// Once per user and product.
#[utoipa::path(
    post,
    path = "/api/reviews",
    request_body = NewReview,
    responses((status = 201, body = Review))
)]
pub(crate) async fn write_review(
    State(app): State<App>,
    caller: Customer,
    body: Body<NewReview>,
) -> web::Result<Created<Review>> {
    let NewReview { product_id, rating, comment } = body.value;
    let verified_purchase = is_verified_purchase(&app, caller.id, product_id).await?;
    let now = app.clock.now();
    let review = Review {
        id: ReviewId::generate_at(now, app.clock.random()),
        product_id,
        user_id: caller.id,
        user_name: caller.name.clone(),
        rating: rating.get(),
        comment: comment.into(),
        verified_purchase,
        created_at: now,
        updated_at: now,
    };
    let event = app.envelope(review_changed(ReviewChangeKind::Created, &review, None));
    let write = ReviewWrite { change: ReviewChange::Insert(review.clone()), event };
    match app.writer.write(write).await? {
        WriteOutcome::Done => Ok(Created { location: format!("/api/reviews/{}", review.id), value: review }),
        WriteOutcome::Duplicate | WriteOutcome::Outdated => Err(already_reviewed().into()),
    }
}

/// Queries both databases in parallel, and reads what the write needs; a product that does not exist
/// was not bought either.
async fn is_verified_purchase(app: &App, user: UserId, product: ProductId) -> Result<bool, Problem> {
    let exists = async {
        let exists = purchases::product_exists(&mut app.productdb.acquire().await?, product).await?;
        Ok::<bool, Problem>(exists)
    };
    let bought = async {
        let bought = purchases::has_bought(&mut app.orderdb.acquire().await?, user, product).await?;
        Ok(bought)
    };
    let (exists, bought, ()) = tokio::try_join!(exists, bought, app.writer.prepare(product))?;
    if exists { Ok(bought) } else { Err(unknown_product(product)) }
}
