//! `DELETE /api/reviews/{id}`

use axum::extract::State;
use domain::events::ReviewChangeKind;
use domain::reviews::review_changed;
use domain::{Problem, ReviewId};
use store_mongo::reviews;
use web::{Customer, Id, NoContent};

use crate::App;
use crate::change::MAX_ATTEMPTS;
use crate::writer::{ReviewChange, ReviewWrite, WriteOutcome};

/// Delete a review
///
/// One's own; an admin may delete any review.
#[utoipa::path(
    delete,
    path = "/api/reviews/{id}",
    params(("id" = ReviewId, Path)),
    responses((status = 204))
)]
pub(crate) async fn delete_review(
    State(app): State<App>,
    caller: Customer,
    Id(id): Id<ReviewId>,
) -> web::Result<NoContent> {
    let mut was_there = false;
    for _ in 0..MAX_ATTEMPTS {
        let found = reviews::find(&app.mongo, &id).await?.filter(|review| caller.may_see(review.user_id));
        let Some(seen) = found else {
            // Deleted by someone else after this request saw it: it is gone, as requested.
            return if was_there { Ok(NoContent) } else { Err(Problem::not_found("review").into()) };
        };
        was_there = true;
        let event = app.envelope(review_changed(ReviewChangeKind::Deleted, &seen, None));
        if app.writer.write(ReviewWrite { change: ReviewChange::Delete(seen), event }).await? == WriteOutcome::Done {
            return Ok(NoContent);
        }
    }
    Err(Problem::unavailable("the review was changed by others each time").into())
}
