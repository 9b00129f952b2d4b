//! Deleting a review.

use anyhow::Result;
use api_client::ApiRequest;
use invariants::Acknowledged;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{OwnReview, UserState};

#[derive(Debug)]
struct DeleteReview {
    review: OwnReview,
}

pub(super) fn choose(me: &mut UserState) -> Option<Box<dyn Action>> {
    let review = me.reviews.pop()?;
    Some(Box::new(DeleteReview { review }))
}

impl Action for DeleteReview {
    fn kind(&self) -> ActionKind {
        ActionKind::DeleteReview
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        ApiRequest::delete(format!("/api/reviews/{}", self.review.id)).with_token(me.token())
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match exchange.status() {
            204 => {}
            // Deleted by the attempt whose response was lost.
            404 if exchange.is_retry() => {}
            _ => return exchange.unexpected_response(),
        }
        me.reviewed.remove(&self.review.product);
        me.record_acknowledgement(&Acknowledged::ReviewDeleted { review_id: self.review.id.clone() })?;
        Ok(NextStep::Done)
    }
}
