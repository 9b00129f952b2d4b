//! Finding a review that was written although its response was lost.

use anyhow::Result;
use api_client::ApiRequest;
use domain::ProductId;
use domain::reviews::Review;

use super::{Action, Exchange, NextStep, review};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::virtual_user::VirtualUser;

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

    fn request(&self, _: &VirtualUser) -> ApiRequest {
        // It is new: a hundred others within a moment would be needed to hide it.
        ApiRequest::get(format!("/api/reviews/product/{}?sort=newest&limit=100", self.product))
    }

    fn handle_response(&mut self, me: &mut VirtualUser, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let reviews: Vec<Review> = exchange.response.parse()?;
        if let Some(found) = reviews.iter().find(|review| Some(review.user_id) == me.id()) {
            review::record_review(me, found)?;
        }
        Ok(NextStep::Done)
    }
}
