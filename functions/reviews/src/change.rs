//! `PUT /api/reviews/:id`

use axum::extract::State;
use domain::events::{Event, ReviewChange};
use domain::reviews::{Comment, Review, Shift, Stars, facts};
use domain::{Problem, ReviewId};
use mongo::{Abort, Transaction};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Body, Customer, Id, IfMatch, Resource};

use crate::App;

/// What may change of a review.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ChangedReview {
    /// Whole stars.
    rating: Stars,
    /// May be empty.
    comment: Comment,
}

/// Changes one's own review
#[utoipa::path(
    put,
    path = "/api/reviews/{id}",
    params(("id" = ReviewId, Path), IfMatch),
    request_body = ChangedReview,
    responses((status = 200, body = Review), (status = 412, description = "`stale`: it was changed meanwhile")),
    security(("bearer" = []))
)]
pub(crate) async fn change_review(
    State(app): State<App>,
    caller: Customer,
    Id(id): Id<ReviewId>,
    condition: IfMatch,
    body: Body<ChangedReview>,
) -> web::Result<Resource<Review>> {
    let mut tries = app.mongo.tries();
    let (review, events) = loop {
        let mut tx = tries.begin().await?;
        let outcome = change(&app, &mut tx, &id, &caller, &condition, &body.value).await;
        if let Some(done) = tries.settle(tx, outcome).await? {
            break done;
        }
    };
    app.relay.publish(events).await;
    Ok(Resource(review))
}

async fn change(
    app: &App,
    tx: &mut Transaction,
    id: &ReviewId,
    author: &Customer,
    condition: &IfMatch,
    to: &ChangedReview,
) -> Result<(Review, Vec<Event>), Abort> {
    let found = mongo::reviews::find(tx, id).await?.filter(|review| author.owns(review.user_id));
    let review = found.ok_or_else(|| Problem::not_found("review"))?;
    let changed = review.changed(to.rating, &to.comment, app.clock.now());
    if let Err(stale) = condition.check(&review) {
        // As it was to become: by an earlier try, most likely, whose answer was lost on its way to
        // us or to the client. That is no conflict (RFC 9110, 13.1.1), and recovery tells of it.
        let done = (review.rating, &review.comment) == (changed.rating, &changed.comment);
        return if done { Ok((review, Vec::new())) } else { Err(stale.into()) };
    }
    let shift = Shift { taken: Some(review.rating), given: Some(changed.rating) };
    let moved = match shift.is_none() {
        true => None,
        false => Some(mongo::reviews::shift(tx, review.product_id, shift).await?),
    };
    mongo::reviews::update(tx, &changed).await?;
    let events = app.events(facts(ReviewChange::Updated, &changed, Some(review.rating), moved));
    mongo::outbox::append(tx, &events, changed.updated_at).await?;
    Ok((changed, events))
}
