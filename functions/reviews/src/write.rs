//! `POST /api/reviews`

use axum::extract::State;
use domain::events::{Event, ReviewChange};
use domain::reviews::{Comment, Review, Shift, Stars, already_reviewed, facts, unknown_product};
use domain::{Problem, ProductId, ReviewId, UserId};
use mongo::reviews::ONE_PER_USER;
use mongo::{Abort, Transaction};
use postgres::reviewing;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Body, Created, Customer};

use crate::App;

/// A review to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewReview {
    /// What it is about.
    product_id: ProductId,
    /// Whole stars.
    rating: Stars,
    /// May be empty.
    comment: Comment,
}

/// Reviews a product
///
/// Once per user and product.
#[utoipa::path(
    post,
    path = "/api/reviews",
    request_body = NewReview,
    responses((status = 201, body = Review)),
    security(("bearer" = []))
)]
pub(crate) async fn write_review(
    State(app): State<App>,
    caller: Customer,
    body: Body<NewReview>,
) -> web::Result<Created<Review>> {
    let NewReview { product_id, rating, comment } = body.value;
    let verified_purchase = bought(&app, caller.id, product_id).await?;
    let now = app.clock.now();
    let review = Review {
        id: ReviewId::made_at(now, app.clock.random()),
        product_id,
        user_id: caller.id,
        user_name: caller.name,
        rating: rating.get(),
        comment: comment.into(),
        verified_purchase,
        created_at: now,
        updated_at: now,
    };
    let mut tries = app.mongo.tries();
    let events = loop {
        let mut tx = tries.begin().await?;
        let outcome = save(&app, &mut tx, &review, tries.is_repeated()).await;
        if let Some(events) = tries.settle(tx, outcome).await? {
            break events;
        }
    };
    app.relay.publish(events).await;
    Ok(Created { location: format!("/api/reviews/{}", review.id), value: review })
}

/// Asks both databases at once; a product that does not exist was not bought either.
async fn bought(app: &App, user: UserId, product: ProductId) -> Result<bool, Problem> {
    let exists = async { reviewing::product_exists(&mut app.productdb.acquire().await?, product).await };
    let bought = async { reviewing::has_bought(&mut app.orderdb.acquire().await?, user, product).await };
    let (exists, bought) = tokio::try_join!(exists, bought)?;
    if exists { Ok(bought) } else { Err(unknown_product(product)) }
}

async fn save(app: &App, tx: &mut Transaction, review: &Review, again: bool) -> Result<Vec<Event>, Abort> {
    // The id is ours alone: an earlier try has saved it, and recovery tells of it.
    if again && mongo::reviews::find(tx, &review.id).await?.is_some() {
        return Ok(Vec::new());
    }
    let given = Shift { taken: None, given: Some(review.rating) };
    let ratings = mongo::reviews::shift(tx, review.product_id, given).await?;
    mongo::reviews::insert(tx, review).await.map_err(|error| match error {
        refused if refused.is_duplicate_of(ONE_PER_USER) => Abort::Refused(already_reviewed()),
        error => Abort::Store(error),
    })?;
    let events = app.events(facts(ReviewChange::Created, review, None, Some(ratings)));
    mongo::outbox::append(tx, &events, review.created_at).await?;
    Ok(events)
}
