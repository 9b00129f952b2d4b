//! `DELETE /api/reviews/{id}`

use axum::extract::State;
use domain::events::{EventEnvelope, ReviewChangeKind};
use domain::reviews::{RatingDelta, review_events};
use domain::{Problem, ReviewId};
use store_mongo::{Transaction, TransactionError};
use web::{Customer, Id, NoContent};

use crate::App;

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
    let mut retry = app.mongo.transaction_retry();
    let mut was_there = false;
    let events = loop {
        let mut tx = retry.begin().await?;
        let outcome = delete_in_transaction(&app, &mut tx, &id, &caller, &mut was_there).await;
        if let Some(events) = retry.commit_or_retry(tx, outcome).await? {
            break events;
        }
    };
    app.relay.publish(events).await;
    Ok(NoContent)
}

async fn delete_in_transaction(
    app: &App,
    tx: &mut Transaction,
    id: &ReviewId,
    caller: &Customer,
    was_there: &mut bool,
) -> Result<Vec<EventEnvelope>, TransactionError> {
    let found = store_mongo::reviews::find(tx, id).await?.filter(|review| caller.may_see(review.user_id));
    let Some(review) = found else {
        // An earlier attempt has deleted it but its response was lost; recovery publishes its
        // events.
        return if *was_there { Ok(Vec::new()) } else { Err(Problem::not_found("review").into()) };
    };
    *was_there = true;
    let taken = RatingDelta { removed: Some(review.rating), added: None };
    let ratings = store_mongo::reviews::apply_rating_delta(tx, review.product_id, taken).await?;
    store_mongo::reviews::delete(tx, id).await?;
    let events = app.envelopes(review_events(ReviewChangeKind::Deleted, &review, None, Some(ratings)));
    store_mongo::outbox::append(tx, &events, app.clock.now()).await?;
    Ok(events)
}
