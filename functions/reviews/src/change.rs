//! `PUT /api/reviews/{id}`

use axum::extract::State;
use domain::events::ReviewChangeKind;
use domain::reviews::{Comment, Rating, Review, review_changed};
use domain::{Problem, ReviewId};
use serde::Deserialize;
use store_mongo::reviews;
use utoipa::ToSchema;
use web::{Body, Customer, Id, IfMatch, Resource};

use crate::App;
use crate::writer::{ReviewChange, ReviewWrite, WriteOutcome};

/// How often a request reads a review that others change: its author's other devices, or an admin
/// who deletes it.
pub(crate) const MAX_ATTEMPTS: usize = 10;

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
    for _ in 0..MAX_ATTEMPTS {
        let found = reviews::find(&app.mongo, &id).await?.filter(|review| caller.owns(review.user_id));
        let seen = found.ok_or_else(|| Problem::not_found("review"))?;
        let changed = seen.edited(body.value.rating, &body.value.comment, app.clock.now());
        if let Err(stale) = condition.check(&seen) {
            // Already in the requested state: most likely by an earlier attempt whose response was
            // lost on its way to the server or to the client. That is no conflict (RFC 9110, 13.1.1),
            // and recovery publishes its event.
            let done = (seen.rating, &seen.comment) == (changed.rating, &changed.comment);
            return if done { Ok(Resource(seen)) } else { Err(stale.into()) };
        }
        let event = app.envelope(review_changed(ReviewChangeKind::Updated, &changed, Some(seen.rating)));
        let change = ReviewChange::Update { seen, changed: changed.clone() };
        if app.writer.write(ReviewWrite { change, event }).await? == WriteOutcome::Done {
            return Ok(Resource(changed));
        }
    }
    Err(Problem::unavailable("the review was changed by others each time").into())
}
