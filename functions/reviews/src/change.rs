//! `PUT /api/reviews/{id}`

use axum::extract::State;
use domain::events::{EventEnvelope, ReviewChangeKind};
use domain::reviews::{Comment, Rating, RatingDelta, Review, review_events};
use domain::{Problem, ReviewId};
use serde::Deserialize;
use store_mongo::{Transaction, TransactionError};
use utoipa::ToSchema;
use web::{Body, Customer, Id, IfMatch, Resource};

use crate::App;

/// The new rating and comment of a review.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ChangedReview {
    /// Whole stars: 1 to 5.
    rating: Rating,
    /// Empty if the review has only stars.
    comment: Comment,
}

/// Change one's own review
#[utoipa::path(
    put,
    path = "/api/reviews/{id}",
    params(("id" = ReviewId, Path), IfMatch),
    request_body = ChangedReview,
    responses((status = 200, body = Review),
              (status = 412, description = "`stale`: the review has changed since it was read"))
)]
pub(crate) async fn change_review(
    State(app): State<App>,
    caller: Customer,
    Id(id): Id<ReviewId>,
    condition: IfMatch,
    body: Body<ChangedReview>,
) -> web::Result<Resource<Review>> {
    let mut retry = app.mongo.transaction_retry();
    let (review, events) = loop {
        let mut tx = retry.begin().await?;
        let outcome = apply_change(&app, &mut tx, &id, &caller, &condition, &body.value).await;
        if let Some(done) = retry.commit_or_retry(tx, outcome).await? {
            break done;
        }
    };
    app.relay.publish(events).await;
    Ok(Resource(review))
}

async fn apply_change(
    app: &App,
    tx: &mut Transaction,
    id: &ReviewId,
    author: &Customer,
    condition: &IfMatch,
    change: &ChangedReview,
) -> Result<(Review, Vec<EventEnvelope>), TransactionError> {
    let found = store_mongo::reviews::find(tx, id).await?.filter(|review| author.owns(review.user_id));
    let review = found.ok_or_else(|| Problem::not_found("review"))?;
    let changed = review.edited(change.rating, &change.comment, app.clock.now());
    if let Err(stale) = condition.check(&review) {
        // Already in the requested state: most likely by an earlier attempt whose response was lost
        // on its way to the server or to the client. That is no conflict (RFC 9110, 13.1.1), and
        // recovery publishes its events.
        let done = (review.rating, &review.comment) == (changed.rating, &changed.comment);
        return if done { Ok((review, Vec::new())) } else { Err(stale.into()) };
    }
    let delta = RatingDelta { removed: Some(review.rating), added: Some(changed.rating) };
    let moved = match delta.is_zero() {
        true => None,
        false => Some(store_mongo::reviews::apply_rating_delta(tx, review.product_id, delta).await?),
    };
    store_mongo::reviews::update(tx, &changed).await?;
    let events = app.envelopes(review_events(ReviewChangeKind::Updated, &changed, Some(review.rating), moved));
    store_mongo::outbox::append(tx, &events, changed.updated_at).await?;
    Ok((changed, events))
}
