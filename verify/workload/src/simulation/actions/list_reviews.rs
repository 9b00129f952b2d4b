//! Reading the reviews of a product.

use anyhow::Result;
use api_client::ApiRequest;
use rand::Rng;
use serde_json::Value;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct ListReviews {
    path: String,
}

/// A page of them, or their summary.
pub(super) fn choose(me: &mut UserState) -> Box<dyn Action> {
    const VIEWS: [&str; 4] = ["?sort=newest&limit=10", "?sort=-rating&limit=10", "?sort=rating&limit=10", "/summary"];
    let product = me.shared.catalog.pick_random(&mut me.rng).id;
    let view = VIEWS[me.rng.random_range(0..VIEWS.len())];
    Box::new(ListReviews { path: format!("/api/reviews/product/{product}{view}") })
}

impl Action for ListReviews {
    fn kind(&self) -> ActionKind {
        ActionKind::Reviews
    }

    fn request(&self, _: &UserState) -> ApiRequest {
        ApiRequest::get(&self.path)
    }

    fn handle_response(&mut self, _: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        exchange.response.parse::<Value>().map(|_| NextStep::Done)
    }

    fn is_retryable(&self) -> bool {
        false
    }
}
