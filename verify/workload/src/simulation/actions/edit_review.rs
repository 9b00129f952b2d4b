//! Editing a review.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::reviews::Review;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use super::review;
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{OwnReview, UserState};

#[derive(Debug)]
struct EditReview {
    review: OwnReview,
    rating: u8,
}

pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    let review = me.reviews.pop()?;
    let rating = review::random_rating(me);
    Some(Box::new(EditReview { review, rating }))
}

impl Action for EditReview {
    fn kind(&self) -> ActionKind {
        ActionKind::EditReview
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let review = json!({"rating": self.rating, "comment": "On second thoughts."});
        ApiRequest::put(format!("/api/reviews/{}", self.review.id), &review).with_token(me.token())
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let review: Review = exchange.response.parse()?;
        ensure!(review.rating == self.rating, "another rating than {}: {}", self.rating, exchange.response);
        me.remember_review(self.review.clone());
        Ok(NextStep::Done)
    }
}
