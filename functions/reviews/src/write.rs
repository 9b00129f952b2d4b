//! `POST /api/reviews`

use axum::extract::State;
use domain::events::{EventEnvelope, ReviewChangeKind};
use domain::reviews::{Comment, Rating, RatingDelta, Review, already_reviewed, review_events, unknown_product};
use domain::{Problem, ProductId, ReviewId, UserId};
use serde::Deserialize;
use store_mongo::reviews::ONE_PER_USER;
use store_mongo::{Transaction, TransactionError};
use store_postgres::purchases;
use utoipa::ToSchema;
use web::{Body, Created, Customer};

use crate::App;

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
        user_name: caller.name,
        rating: rating.get(),
        comment: comment.into(),
        verified_purchase,
        created_at: now,
        updated_at: now,
    };
    let mut retry = app.mongo.transaction_retry();
    let events = loop {
        let mut tx = retry.begin().await?;
        let outcome = insert_review(&app, &mut tx, &review, retry.is_retry()).await;
        if let Some(events) = retry.commit_or_retry(tx, outcome).await? {
            break events;
        }
    };
    app.relay.publish(events).await;
    Ok(Created { location: format!("/api/reviews/{}", review.id), value: review })
}

/// Queries both databases in parallel; a product that does not exist was not bought either.
async fn is_verified_purchase(app: &App, user: UserId, product: ProductId) -> Result<bool, Problem> {
    let exists = async { purchases::product_exists(&mut app.productdb.acquire().await?, product).await };
    let bought = async { purchases::has_bought(&mut app.orderdb.acquire().await?, user, product).await };
    let (exists, bought) = tokio::try_join!(exists, bought)?;
    if exists { Ok(bought) } else { Err(unknown_product(product)) }
}

async fn insert_review(
    app: &App,
    tx: &mut Transaction,
    review: &Review,
    is_retry: bool,
) -> Result<Vec<EventEnvelope>, TransactionError> {
    // Only this request has the id: an earlier attempt has saved the review, and recovery publishes
    // its events.
    if is_retry && store_mongo::reviews::find(tx, &review.id).await?.is_some() {
        return Ok(Vec::new());
    }
    let delta = RatingDelta { removed: None, added: Some(review.rating) };
    let ratings = store_mongo::reviews::apply_rating_delta(tx, review.product_id, delta).await?;
    store_mongo::reviews::insert(tx, review).await.map_err(|error| match error {
        error if error.violates_unique_index(ONE_PER_USER) => TransactionError::Rejected(already_reviewed()),
        error => TransactionError::Store(error),
    })?;
    let events = app.envelopes(review_events(ReviewChangeKind::Created, review, None, Some(ratings)));
    store_mongo::outbox::append(tx, &events, review.created_at).await?;
    Ok(events)
}
