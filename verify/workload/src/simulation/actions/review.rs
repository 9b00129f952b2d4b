//! Writing a review.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::ProductId;
use domain::reviews::Review;
use rand::Rng;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use super::find_review;
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct WriteReview {
    product: ProductId,
    rating: u8,
}

/// Usually of a product that one has bought; each product once.
pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    let bought = me.orders.iter().rev().flat_map(|order| order.products.iter().copied());
    let unsaid: Option<ProductId> = bought.into_iter().find(|product| !me.reviewed.contains(product));
    let any = me.shared.catalog.pick_random(&mut me.rng).id;
    let product = if me.rng.random_bool(0.8) { unsaid.unwrap_or(any) } else { any };
    // Recorded at once: no second review is begun while the first is pending.
    me.reviewed.insert(product).then(|| {
        let rating = random_rating(me);
        Box::new(WriteReview { product, rating }) as Box<dyn Action>
    })
}

/// Mostly good, as in shops.
pub(super) fn random_rating(me: &mut UserState) -> u8 {
    const RATINGS: [u8; 10] = [1, 2, 3, 3, 4, 4, 4, 5, 5, 5];
    RATINGS[me.rng.random_range(0..RATINGS.len())]
}

impl Action for WriteReview {
    fn kind(&self) -> ActionKind {
        ActionKind::WriteReview
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let review = json!({"productId": self.product, "rating": self.rating, "comment": "Written by the workload."});
        ApiRequest::post("/api/reviews", &review).with_token(me.token())
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match exchange.status() {
            201 => {
                let review: Review = exchange.response.parse()?;
                let as_sent = review.product_id == self.product && review.rating == self.rating;
                ensure!(as_sent && Some(review.user_id) == me.id(), "another review: {}", exchange.response);
                me.record_review(&review)?;
                Ok(NextStep::Done)
            }
            // The first attempt has written it, and its response was lost.
            409 if exchange.is_retry() => Ok(NextStep::Then(find_review::find(self.product))),
            404 => {
                me.shared.catalog.forget(self.product);
                Ok(NextStep::Done)
            }
            _ => exchange.unexpected_response(),
        }
    }
}
