//! Searching by a word.

use anyhow::Result;
use api_client::ApiRequest;
use rand::Rng;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::known_catalog::ListedProduct;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct Search {
    word: String,
}

/// A word from the name of a product.
pub(super) fn choose(me: &mut UserState) -> Box<dyn Action> {
    let name = me.shared.catalog.pick_random(&mut me.rng).name;
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let word = if words.is_empty() { "tea" } else { words[me.rng.random_range(0..words.len())] };
    Box::new(Search { word: word.to_lowercase() })
}

impl Action for Search {
    fn kind(&self) -> ActionKind {
        ActionKind::Search
    }

    fn request(&self, _: &UserState) -> ApiRequest {
        let word: String = form_urlencoded::byte_serialize(self.word.as_bytes()).collect();
        ApiRequest::get(format!("/api/products?q={word}&sort=price&limit=20"))
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        me.shared.catalog.remember(exchange.response.parse::<Vec<ListedProduct>>()?);
        Ok(NextStep::Done)
    }

    fn is_retryable(&self) -> bool {
        false
    }
}
