//! Finding a review that was written although its response was lost.

use anyhow::Result;
use api_client::ApiRequest;
use domain::ProductId;
use domain::reviews::Review;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct FindReview {
    product: ProductId,
}

pub(super) fn find(product: ProductId) -> Box<dyn Action> {
    Box::new(FindReview { product })
}

impl Action for FindReview {
    fn kind(&self) -> ActionKind {
        ActionKind::Reviews
    }

    fn request(&self, _: &UserState) -> ApiRequest {
        // It is new: a hundred others within a moment would be needed to hide it.
        ApiRequest::get(format!("/api/reviews/product/{}?sort=newest&limit=100", self.product))
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let reviews: Vec<Review> = exchange.response.parse()?;
        if let Some(found) = reviews.iter().find(|review| Some(review.user_id) == me.id()) {
            me.record_review(found)?;
        }
        Ok(NextStep::Done)
    }
}
